"""What the person at the till should know of its disk when the day begins."""

from seraphine_pos.store.place import copied_by
from seraphine_pos.store.till import Mended, TillStore
from seraphine_pos.ui.strip import Notice
from seraphine_pos.ui.text import tr


def storage_notices(stored: TillStore) -> list[Notice]:
    """Return what stands before the first sale: damage that was mended, a folder that is copied, a disk nearly full."""
    notices = []
    if stored.mended is not None:
        notices.append(mended(stored.mended))
    by = copied_by(stored.database.path.parent)
    if by is not None:
        notices.append(copied(by))
    if stored.room.is_short():
        notices.append(short())
    return notices


def mended(told: Mended) -> Notice:
    """Return the strip after a start that found the till's file damaged."""
    safe = told.kept + told.carried
    if told.lost:
        what = tr("{safe} écritures sont sauves, {lost} sont illisibles.", safe=safe, lost=told.lost)
    else:
        what = tr("Toutes les écritures lisibles sont sauves ({safe}).", safe=safe)
    detail = tr(
        "{what} Vous pouvez vendre. Prévenez le responsable : l’ancien fichier est gardé ({folder}).",
        what=what, folder=told.aside.name,
    )  # fmt: skip
    return Notice(tr("Le fichier de la caisse était abîmé, il est réparé"), detail, tone="warn", stays=True)


def copied(by: str) -> Notice:
    """Return the strip for data in a folder that another program copies."""
    detail = tr("Une copie en cours peut bloquer une vente. Faites déplacer les données hors de ce dossier.")
    return Notice(tr("Les données de la caisse sont dans « {folder} »", folder=by), detail, tone="warn", stays=True)


def short() -> Notice:
    """Return the strip for a disk that is nearly full."""
    detail = tr("Vous pouvez encore vendre. Libérez de la place avant qu’aucune vente ne puisse plus commencer.")
    return Notice(tr("Le disque est presque plein"), detail, tone="warn", stays=True)
