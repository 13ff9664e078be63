"""This till in words: where it stands and what it runs on. Pure: everything it speaks of is handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seraphine_pos.domain.staff import Operator, Right, StaffMember
from seraphine_pos.settings import Settings
from seraphine_pos.sync.engine import SyncState
from seraphine_pos.ui.facts import Fact
from seraphine_pos.ui.label import Tone
from seraphine_pos.ui.person_card import role_words
from seraphine_pos.ui.settings_state import SettingsState
from seraphine_pos.ui.sync_words import sync_words
from seraphine_pos.ui.text import tr


@dataclass(frozen=True, slots=True)
class Standing:
    """What was read of this till."""

    settings: Settings
    sync: SyncState
    now_ms: int
    contact: datetime | None
    home: Path
    keys_notice: str | None
    versions: tuple[tuple[str, str], ...]
    members: Sequence[StaffMember]
    operator: Operator | None
    languages: tuple[tuple[str, str], ...]


def put_standing_in_words(standing: Standing) -> SettingsState:
    """Everything the settings page shows."""
    own = standing.settings
    owner = standing.operator is not None and standing.operator.may(Right.STORE_SETTINGS)
    return SettingsState(
        till=_till(standing),
        about=tuple(Fact(name, value) for name, value in standing.versions),
        people=tuple(Fact(one.name, role_words(one.role)) for one in standing.members) if owner else (),
        mode=own.theme,
        language=own.language,
        languages=standing.languages,
        till_hint=tr(
            "Pour relier une autre caisse à ce magasin : « seraphine-server enrol-code », sur le PC du serveur, "
            "donne un code valable 15 minutes."
        )
        if owner
        else "",
    )


def _till(standing: Standing) -> tuple[Fact, ...]:
    own = standing.settings
    words = sync_words(standing.sync, standing.now_ms, standing.contact)
    keys = (
        Fact(tr("Clés"), tr(standing.keys_notice), "warn")
        if standing.keys_notice
        else Fact(tr("Clés"), tr("dans le trousseau du système"))
    )
    return (
        Fact(tr("Caisse"), f"{own.till_label} · {own.store_name}"),
        Fact(tr("Serveur"), own.server_url or tr("sur ce PC")),
        Fact(tr("Envoi"), "".join(text for text, _strong in words.pieces), _tone(words.dot)),
        Fact(tr("Données"), str(standing.home)),
        keys,
    )


def _tone(dot: str) -> Tone:
    tones: dict[str, Tone] = {"good": "good", "warn": "warn", "bad": "bad"}
    return tones.get(dot, "muted")
