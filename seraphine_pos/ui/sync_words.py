"""What the sync chip says, from the state that the worker reports; knows no Qt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from seraphine_pos.domain.refusal import ServerUnavailable
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.ui import text
from seraphine_pos.ui.text import tr

PATIENCE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class SyncWords:
    """Pieces of text (strong or not), the dot and the icon."""

    pieces: tuple[tuple[str, bool], ...]
    dot: Literal["good", "warn", "bad", "faint"]
    icon: str


def sync_words(state: SyncState, now_ms: int, contact: datetime | None) -> SyncWords:
    """Return the words for a state; `contact` is `last_contact_ms` in the store's time."""
    waiting = _waiting(state, now_ms)
    if state.problem is not None and not isinstance(state.problem, ServerUnavailable):
        return SyncWords(_joined((tr("Envoi en panne"), False), waiting), "bad", "cloud-off")
    if state.reachable and not state.waiting:
        sent = text.clock_time(contact) if contact else ""
        return SyncWords(((tr("Tout est envoyé") + " ", False), (sent, True)), "good", "cloud")
    if state.reachable:
        late = now_ms - (state.oldest_at_ms or now_ms) > PATIENCE_MS
        return SyncWords(waiting, "warn" if late else "good", "cloud-upload")
    if state.problem is None and contact is None:
        return SyncWords(_joined((tr("Connexion au serveur"), False), waiting), "faint", "cloud")
    return SyncWords(_joined((tr("Hors ligne"), False), waiting or ((tr("rien en attente"), False),)), "warn", "cloud")


def _waiting(state: SyncState, now_ms: int) -> tuple[tuple[str, bool], ...]:
    if not state.waiting:
        return ()
    count = tr("{count} en attente", count=text.whole(state.waiting))
    age_ms = now_ms - (state.oldest_at_ms or now_ms)
    if age_ms < PATIENCE_MS:
        return ((count, True),)
    return ((count, True), (tr(", depuis {duration}", duration=text.duration(age_ms)), False))


def _joined(first: tuple[str, bool], rest: tuple[tuple[str, bool], ...]) -> tuple[tuple[str, bool], ...]:
    return (first, (" · ", False), *rest) if rest else (first,)
