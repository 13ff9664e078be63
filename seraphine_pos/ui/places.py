"""The places of the rail: which right opens each, and how its page is made at the first visit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QThreadPool
from PySide6.QtWidgets import QWidget

from seraphine_pos.domain.staff import Operator, Right, Role
from seraphine_pos.shop import Shop
from seraphine_pos.ui.rail import Place
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme

HOME: Final = "dashboard"
TILL: Final = "till"
SALES: Final = "sales"
REPORTS: Final = "reports"
SETTINGS: Final = "settings"
# Not on the rail: reached from what speaks of it.
QUARANTINE: Final = "quarantine"

RIGHTS: Final = {
    HOME: Right.REPORTS,
    TILL: Right.SELL,
    SALES: Right.OWN_SALES,
    REPORTS: Right.REPORTS,
    SETTINGS: Right.DEVICES,
    QUARANTINE: Right.REPORTS,
}
# Which place of the rail a page belongs to that has none of its own.
BELOW: Final = {QUARANTINE: REPORTS}


@dataclass(frozen=True, slots=True)
class Makings:
    """What the owner's pages are made of."""

    theme: Theme
    shop: Shop
    pool: QThreadPool


def places() -> tuple[Place, ...]:
    """Return the places from the top of the rail."""
    return (
        Place(HOME, "layout-dashboard", tr("Accueil")),
        Place(TILL, "scan-barcode", tr("Caisse")),
        Place(SALES, "receipt-text", tr("Ventes")),
        Place(REPORTS, "chart-no-axes-column", tr("Rapports")),
        Place(SETTINGS, "settings-2", tr("Réglages")),
    )


def open_to(operator: Operator) -> frozenset[str]:
    """Return the places that a person may open."""
    return frozenset(name for name, right in RIGHTS.items() if operator.may(right))


def landing(operator: Operator) -> str:
    """Return where a person begins: owners at home, cashiers at the till."""
    return HOME if operator.role is Role.OWNER else TILL


def make_page(name: str, makings: Makings) -> QWidget:
    """Make one of the owner's pages; its modules load now, not at start-up."""
    from seraphine_pos.ui import pages

    factories: dict[str, Callable[[Theme, Shop, QThreadPool], QWidget]] = {
        HOME: pages.make_dashboard,
        SALES: pages.make_sales,
        REPORTS: pages.make_reports,
        SETTINGS: pages.make_settings,
        QUARANTINE: pages.make_quarantine,
    }
    return factories[name](makings.theme, makings.shop, makings.pool)
