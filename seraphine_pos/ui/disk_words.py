"""Why the disk said no, as the shop says it; the system's own words are in its language, not in the shop's."""

import errno
from typing import Final

from seraphine_pos.ui.text import tr

_REASONS: Final = {
    errno.ENOENT: "dossier introuvable",
    errno.ENOTDIR: "dossier introuvable",
    errno.EISDIR: "c’est un dossier, choisissez un nom de fichier",
    errno.EACCES: "écriture interdite à cet endroit",
    errno.EPERM: "écriture interdite à cet endroit",
    errno.EROFS: "écriture interdite à cet endroit",
    errno.ENOSPC: "le disque est plein",
    errno.ENAMETOOLONG: "ce nom est trop long",
}


def why(error: OSError) -> str:
    """Return the reason; one without words of its own keeps the system's number, which support can look up."""
    known = _REASONS.get(error.errno or 0)
    return tr(known) if known else tr("le disque a refusé (erreur {number})", number=error.errno or "?")
