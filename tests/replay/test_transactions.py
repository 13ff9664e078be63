"""A file of invoice lines, uncleaned: what is a line and what is set aside, with its reason."""

from decimal import Decimal
from pathlib import Path

import pytest

from seraphine_pos.domain.reason import Reason
from seraphine_pos.domain.refusal import InvalidFile
from seraphine_pos.replay.transactions import Transactions, read
from tests.replay.scene import unseen

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
GOOD = "536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"


def made(folder: Path, *lines: str) -> Path:
    path = folder / "invoices.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def reading(folder: Path, *lines: str) -> Transactions:
    return read(made(folder, HEADER, *lines), unseen)


def test_a_line_is_read_exactly(tmp_path: Path) -> None:
    (line,) = reading(tmp_path, GOOD).lines
    assert (line.line, line.invoice, line.code, line.customer) == (2, "536365", "85123A", "17850.0")
    assert (line.quantity, line.price, line.exact) == (6000, Decimal("2.55"), Decimal("15.30"))
    assert line.at.isoformat() == "2010-12-01T08:26:00"


def test_columns_may_stand_in_any_order_and_be_spelt_as_in_the_second_set(tmp_path: Path) -> None:
    path = made(
        tmp_path, "Price,Customer ID,Invoice,StockCode,Quantity,InvoiceDate,Description", "1.5,,9,A,-2,2011-01-01,x"
    )
    (line,) = read(path, unseen).lines
    assert (line.exact, line.invoice, line.customer) == (Decimal("-3.0"), "9", "")


@pytest.mark.parametrize(
    ("old", "new", "why", "exact"),
    [
        (",6,", ",six,", "the quantity cannot be read", None),
        (",6,", ",0,", "the quantity is zero", "0.00"),
        (",6,", ",0.0001,", "the quantity cannot be read", "0.000255"),
        (",6,", ",9999999,", "the quantity cannot be read", "25499997.45"),
        (",2.55,", ",-2.55,", "the price is below zero", "-15.30"),
        (",2.55,", ",,", "the price cannot be read", None),
        (",2.55,", ",NaN,", "the price cannot be read", None),
        (",2.55,", ",1e3,", "the price cannot be read", None),
        ("2010-12-01 08:26:00", "12/1/2010 8:26", "the time cannot be read", "15.30"),
        ("85123A", "", "there is no stock code", "15.30"),
        ("85123A", "8\t5", "there is no stock code", "15.30"),
        ("536365", " ", "there is no invoice number", "15.30"),
        (",17850.0", "", "the row has not as many columns", "15.30"),
        ("WHITE", '"WHITE', "broken CSV line", None),
    ],
)
def test_a_line_that_is_none_is_set_aside(tmp_path: Path, old: str, new: str, why: str, exact: str | None) -> None:
    found = reading(tmp_path, GOOD.replace(old, new, 1), GOOD)
    (aside,) = found.set_aside
    assert why in aside.reason.english
    assert str(aside.reason)
    assert (aside.line, aside.exact) == (2, None if exact is None else Decimal(exact))
    assert [line.line for line in found.lines] == [3]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((HEADER,), "no invoice line"),
        (("barcode,name,price", "1,2,3"), "the columns invoiceno, stockcode"),
        ((HEADER.replace("CustomerID", "Client"), GOOD), "the columns customerid are missing"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    with pytest.raises(InvalidFile) as refused:
        read(made(tmp_path, *lines), unseen)
    reason = refused.value.details["reason"]
    assert isinstance(reason, Reason)
    assert why in reason.english
