"""The one style sheet, filled with the colours of a theme; for Qt's own widgets and our frames."""

from collections.abc import Mapping
from string import Template
from typing import Final

_SHEET: Final = Template("""
QWidget { color: $ink; }
QMainWindow, QDialog, QWidget[page="true"] { background: $bg; }

QFrame[frame="card"] { background: $surface; border: 1px solid $line; border-radius: 14px; }
QFrame[frame="raised"] { background: $raised; border: 1px solid $line; border-radius: 14px; }
QFrame[frame="bad"] { background: $bad_soft; border: 1px solid $bad; border-radius: 14px; }
QFrame[frame="warn"] { background: $warn_soft; border: 1px solid $warn; border-radius: 14px; }
QFrame[frame="info"] { background: $info_soft; border: 1px solid $info; border-radius: 14px; }
QFrame[frame="brand"] { background: $brand_soft; border: 1px solid $brand; border-radius: 14px; }
QFrame[frame="popup"] { background: $surface; border: 2px solid $brand; border-radius: 14px; }
QFrame[frame="bar"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QFrame[frame="rail"] { background: $surface; border: none; border-right: 1px solid $line; }
QFrame[frame="foot"] {
    background: $raised; border: none; border-top: 1px solid $line;
    border-bottom-left-radius: 13px; border-bottom-right-radius: 13px;
}
QFrame[frame="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }

QLabel { background: transparent; border: none; }
QLabel[tone="ink"] { color: $ink; }
QLabel[tone="muted"] { color: $muted; }
QLabel[tone="faint"] { color: $faint; }
QLabel[tone="brand"] { color: $brand; }
QLabel[tone="brand-ink"] { color: $brand_ink; }
QLabel[tone="brand-deep"] { color: $brand_deep; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="bad"] { color: $bad; }
QLabel[tone="info"] { color: $info; }
QLabel[tone="good"] { color: $good; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDateEdit {
    background: $surface; color: $ink; border: 1px solid $line_strong; border-radius: 10px; padding: 0 12px;
    min-height: 42px; selection-background-color: $brand; selection-color: $brand_ink;
}
QPlainTextEdit, QTextEdit { padding: 8px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QSpinBox:focus, QDateEdit:focus {
    border: 2px solid $brand; padding: 0 11px;
}
QPlainTextEdit:focus, QTextEdit:focus { padding: 7px; }
QLineEdit[bare="true"] { background: transparent; border: none; padding: 0; min-height: 24px; }
QLineEdit[invalid="true"] { border: 2px solid $bad; padding: 0 11px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled { color: $faint; background: $raised; }
QComboBox::drop-down, QDateEdit::drop-down { border: none; width: 28px; }
QComboBox QAbstractItemView {
    background: $surface; border: 1px solid $line_strong; padding: 4px; outline: none;
    selection-background-color: $brand_soft; selection-color: $ink;
}

QPushButton {
    background: $surface; color: $ink; border: 1px solid $line_strong; border-radius: 10px;
    padding: 0 16px; min-height: 42px; font-weight: 600;
}
QPushButton:hover { background: $raised; }
QPushButton:pressed, QPushButton:checked { background: $brand_soft; border-color: $brand; }
QPushButton:focus { border: 2px solid $brand; padding: 0 15px; }
QPushButton:disabled { color: $faint; background: $raised; border-color: $line; }
QPushButton[kind="primary"] { background: $brand; color: $brand_ink; border-color: $brand; }
QPushButton[kind="primary"]:pressed { background: $brand_deep; }
QPushButton[kind="primary"]:disabled { background: $line; color: $muted; border-color: $line; }
QPushButton[kind="danger"] { color: $bad; }
QPushButton[kind="link"] { background: transparent; border: none; color: $brand; padding: 0 4px; min-height: 24px; }
QPushButton[kind="tab"] { background: transparent; border: none; color: $muted; padding: 0 14px; min-height: 38px; }
QPushButton[kind="tab"]:checked { background: $brand_soft; color: $brand_deep; }
QPushButton[kind="tab"]:focus { border: 2px solid $brand; padding: 0 12px; }

QCheckBox, QRadioButton { background: transparent; spacing: 8px; min-height: 32px; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 18px; height: 18px; border: 2px solid $line_strong; background: $surface; border-radius: 5px;
}
QRadioButton::indicator { border-radius: 11px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked { background: $brand; border-color: $brand; }
QCheckBox:focus, QRadioButton:focus { color: $brand; }

QListView, QTableView, QTreeView {
    background: transparent; border: none; outline: none; gridline-color: $line;
    selection-background-color: $brand_soft; selection-color: $ink;
}
QTableView::item { border-bottom: 1px solid $line; padding: 0 8px; }
QTableView::item:selected { background: $brand_soft; color: $ink; }
QHeaderView { background: transparent; }
QHeaderView::section {
    background: transparent; color: $muted; border: none; border-bottom: 1px solid $line;
    padding: 8px 11px; font-size: 13px; font-weight: 600;
}
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: $line_strong; border-radius: 4px; min-height: 36px; min-width: 36px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QProgressBar {
    background: $line; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; color: transparent;
}
QProgressBar::chunk { background: $brand; border-radius: 4px; }
QMenu { background: $surface; border: 1px solid $line_strong; padding: 6px; }
QMenu::item { padding: 10px 16px; border-radius: 8px; }
QMenu::item:selected { background: $brand_soft; color: $ink; }
QToolTip { background: $surface; color: $ink; border: 1px solid $line_strong; padding: 6px; }
QCalendarWidget QWidget { background: $surface; alternate-background-color: $raised; }
QCalendarWidget QAbstractItemView:enabled { selection-background-color: $brand; selection-color: $brand_ink; }
QCalendarWidget QToolButton { background: transparent; color: $ink; border: none; padding: 6px 10px; font-weight: 600; }
""")


def style_sheet(colours: Mapping[str, str]) -> str:
    """Return the style sheet in these colours (token → "#rrggbb")."""
    return _SHEET.substitute({name.replace("-", "_"): value for name, value in colours.items()})
