"""What the wizard's last button does: makes the store on this PC or joins one, and brings the first goods in.

Runs off the window's thread and says how far it is; what it made stays made, so it may be begun again.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from seraphine_pos import settings as own
from seraphine_pos.demo import sample
from seraphine_pos.devices.keys import Keys
from seraphine_pos.domain.money import currency_of
from seraphine_pos.domain.pairing import is_pairing
from seraphine_pos.domain.product_row import Rules
from seraphine_pos.domain.protocol import IMPORT_ROWS_MAX
from seraphine_pos.domain.refusal import InvalidFile
from seraphine_pos.domain.staff import Role
from seraphine_pos.domain.store import Store
from seraphine_pos.domain.tax import Tax
from seraphine_pos.domain.usual_taxes import usual_taxes
from seraphine_pos.joining import Stage
from seraphine_pos.paths import Home
from seraphine_pos.shop import NewMember, NewStore, Shop, found_shop, join_shop, open_shop
from seraphine_pos.till.importing import Checked, Reading, check, send, write_refused
from seraphine_pos.ui import text
from seraphine_pos.ui.disk_words import why
from seraphine_pos.ui.founding import Founding, Goods
from seraphine_pos.ui.text import tr, tr_count

Say = Callable[[str], None]

REASONS_SHOWN: Final = 3


def found(home: Home, keys: Keys | None, founding: Founding, say: Say) -> str:
    """Make the store and its catalogue; return what should be known of the file, empty where all went well."""
    checked = _checked(founding, say)
    if not own.load(home.settings).enrolled:
        say(tr("Le serveur du magasin se prépare…"))
        found_shop(home, _new_store(founding), keys=keys)
    if founding.goods is Goods.LATER:
        return ""
    say(tr("Les articles arrivent…"))
    with ExitStack() as closing:
        shop = closing.enter_context(open_shop(home, keys=keys))
        shop.staff.take_over(shop.staff.members()[0].operator)
        summary = _bring_sample(shop, say) if checked is None else _bring_file(shop, checked, home.root, say)
        say(tr("Le catalogue se pose sur cette caisse…"))
        shop.exchange()
    return summary


def join(home: Home, keys: Keys | None, founding: Founding, say: Say) -> str:
    """Join the store of a server; return what came back where the code is for a till that was lost."""
    say(tr("La caisse se présente au serveur du magasin…"))
    if own.load(home.settings).enrolled:
        return ""
    url = "" if is_pairing(founding.code) else founding.server.strip().rstrip("/")
    joined = join_shop(home, url, founding.code.strip(), keys=keys, told=partial(_say_stage, say))
    if not joined.journals:
        return ""
    tickets = tr_count(joined.tickets, "{count} ticket est revenu", "{count} tickets sont revenus")
    return tr(
        "La caisse {till} est reconstituée sur ce PC : {tickets} du serveur. Ce que l’ancien PC n’avait pas envoyé n’y "
        "est pas ; les tickets continuent avec un nouveau numéro de série.",
        till=joined.till_label,
        tickets=tickets,
    )


def taxes_of(founding: Founding) -> tuple[Tax, ...]:
    """The taxes the store begins with; the sample's goods bring those they bear."""
    usual = usual_taxes(founding.currency)
    if founding.goods is not Goods.SAMPLE:
        return usual
    known = {tax.code for tax in usual}
    return (*usual, *(tax for tax in sample.read().taxes if tax.code not in known))


def _new_store(founding: Founding) -> NewStore:
    store = Store(founding.name.strip(), "", currency_of(founding.currency), founding.time_zone, founding.language)
    owner = NewMember(founding.owner.strip(), Role.OWNER, founding.pin)
    return NewStore(store, taxes_of(founding), (owner,))


def _checked(founding: Founding, say: Say) -> Checked | None:
    """Check the whole file before anything is made, so that a wrong one can be changed without trace."""
    if founding.goods is not Goods.FILE or founding.file is None:
        return None
    say(tr("Le fichier est vérifié…"))
    taxes = {tax.code: tax for tax in taxes_of(founding)}
    rules = Rules(currency_of(founding.currency), taxes, next(iter(taxes)))
    checked = check(founding.file, Reading(), rules, lambda _done, _whole: None)
    if not checked.good:
        reason = checked.bad[0].reason if checked.bad else tr("aucune ligne d’article")
        raise InvalidFile(path=founding.file, reason=reason)
    return checked


def _bring_sample(shop: Shop, say: Say) -> str:
    rows = sample.import_rows(sample.read().products)
    operator = shop.session.require()
    for start in range(0, len(rows), IMPORT_ROWS_MAX):
        shop.server.import_products(operator.staff_id, rows[start : start + IMPORT_ROWS_MAX], dry_run=False)
        _say_progress(say, min(start + IMPORT_ROWS_MAX, len(rows)), len(rows))
    return ""


def _bring_file(shop: Shop, checked: Checked, folder: Path, say: Say) -> str:
    operator = shop.session.require()
    imported = send(
        shop.server, operator.staff_id, checked, lambda done, whole: _say_progress(say, done, whole), dry_run=False
    )
    bad = sorted((*checked.bad, *imported.refused), key=lambda one: one.line)
    if not bad:
        return ""
    try:
        kept = write_refused(checked, bad, folder)
    except OSError as error:
        raise InvalidFile(path=folder, reason=why(error)) from error
    shown = " ; ".join(tr("ligne {line} : {reason}", line=one.line, reason=one.reason) for one in bad[:REASONS_SHOWN])
    refused = tr_count(len(bad), "{count} ligne n’est pas importée", "{count} lignes ne sont pas importées")
    return tr("{refused}. {shown}. Elles sont gardées dans {path}.", refused=refused, shown=shown, path=kept)


def _say_stage(say: Say, stage: Stage, done: int, whole: int) -> None:
    said = {"done": text.whole(done), "whole": text.whole(whole)}
    if stage is Stage.CATALOGUE:
        say(tr("Le catalogue arrive…"))
    elif stage is Stage.ENTRIES and whole:
        say(tr("Journal de la caisse : {done} écritures sur {whole}…", **said))
    elif stage is Stage.LEDGER:
        say(tr("Les tickets se remettent en place : {done} sur {whole}…", **said))


def _say_progress(say: Say, done: int, whole: int) -> None:
    say(tr("{done} articles sur {whole}…", done=text.whole(done), whole=text.whole(whole)))
