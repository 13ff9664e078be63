"""What the settings page shows and can ask, as values."""

from collections.abc import Callable
from dataclasses import dataclass

from seraphine_pos.domain.feedback import Message
from seraphine_pos.ui.facts import Fact


@dataclass(frozen=True, slots=True)
class SettingsState:
    """This till in words; `people` is empty for those who may not see them."""

    till: tuple[Fact, ...]
    about: tuple[Fact, ...]
    people: tuple[Fact, ...] = ()
    mode: str = "system"
    language: str = "fr"
    languages: tuple[tuple[str, str], ...] = (("fr", "Français"),)
    till_hint: str = ""


@dataclass(frozen=True, slots=True)
class SettingsDesk:
    """What the page can ask; `read` may wait for the keyring, so it is run off the window's thread."""

    read: Callable[[], SettingsState]
    choose_mode: Callable[[str], None]
    choose_language: Callable[[str], None]
    submit: Callable[[Message], object]
