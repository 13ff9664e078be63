"""A CSV file from outside: every damage has a clear message, and nothing is dropped without a word."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seraphine_pos.domain.csv_rows import ROW_LINES_MAX, Row, parse
from seraphine_pos.domain.reason import Reason
from seraphine_pos.domain.refusal import InvalidFile
from seraphine_pos.till.csv_file import FILE_BYTES_MAX, LINE_BYTES_MAX, CsvFile


def made(folder: Path, content: bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(content)
    return path


def rows(path: Path, encoding: str = "utf-8") -> list[Row]:
    with CsvFile(path, encoding=encoding) as file:
        return list(parse(file.lines()))


def refusal(path: Path, encoding: str = "utf-8") -> str:
    with pytest.raises(InvalidFile) as refused:
        rows(path, encoding)
    reason = refused.value.details["reason"]
    assert isinstance(reason, Reason)
    assert str(path) in str(refused.value)
    return reason.english


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("sign", [b",", b";", b"\t"])
def test_plain_files_are_read(tmp_path: Path, mark: bytes, end: bytes, sign: bytes) -> None:
    content = mark + sign.join([b"ean", b"nom", "été".encode()]) + end + sign.join([b"1", b"2", b"3"])
    assert rows(made(tmp_path, content)) == [Row(1, ("ean", "nom", "été")), Row(2, ("1", "2", "3"))]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_first_line_for_excel_says_the_delimiter_and_is_no_row(tmp_path: Path, sign: str) -> None:
    for said in (f"sep={sign}\r\n", f'\ufeff"SEP={sign}"\n'):
        path = made(tmp_path, f"{said}a;b,c\td|e\n".encode())
        assert rows(path) == [Row(2, tuple("a;b,c\td|e".split(sign)))]
    assert rows(made(tmp_path, f"sep={sign}".encode())) == []
    assert rows(made(tmp_path, b"sep=x\n1\n"))[0] == Row(1, ("sep=x",))


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    assert rows(made(tmp_path, gzip.compress("a,ברקוד\n".encode()))) == [Row(1, ("a", "ברקוד"))]


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    path = made(tmp_path, "nom\nété\n".encode("cp1252"))
    assert rows(path, "cp1252")[1] == Row(2, ("été",))
    assert refusal(path) == (
        "line 2, byte 1: 0xE9 is not UTF-8; save the file as “CSV UTF-8”, "
        "or name its encoding (--encoding cp1252 is usual for old French files)"
    )
    assert "no encoding called klingon" in refusal(path, "klingon")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (gzip.compress(b"", mtime=0), "it is empty"),
        (b"PK\x03\x04workbook", "workbook"),
        ("\ufeffa,b".encode("utf-16-le"), "UTF-16"),
        (gzip.compress(b"a,b\n" * 1000, mtime=0)[:-20], "gzip file is damaged after line"),
        (b"\x1f\x8bnot really", "gzip file is damaged"),
        (b"a" * (LINE_BYTES_MAX + 1), "line 1 is longer than 1 MB"),
        (gzip.compress(b"a,b\n" + b"\0" * (LINE_BYTES_MAX + 9), mtime=0), "line 2 is longer than 1 MB"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in refusal(made(tmp_path, content))


def test_what_is_no_file_says_so(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.csv")
    assert "directory" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "not an ordinary file" in refusal(tmp_path / "pipe")


def test_two_gigabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = made(tmp_path, b"a,b\n")
    os.truncate(path, 2 << 30)
    assert path.stat().st_blocks < 100, "the file is a hole: reading it all would take long, refusing it none"
    assert refusal(path) == "it is larger than 256 MB; split it into several files"


def test_a_small_gzip_of_too_much_is_refused_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    block = gzip.compress((b"a" * 0xFFFF + b"\n") * 64, 9)
    path.write_bytes(block * ((FILE_BYTES_MAX >> 22) + 1))
    with CsvFile(path) as file, pytest.raises(InvalidFile, match="256"):
        for _ in file.lines():
            pass


def test_the_position_grows_to_the_size(tmp_path: Path) -> None:
    with CsvFile(made(tmp_path, b"a,b\n" * 50_000)) as file:
        places = {file.position for _ in file.lines()}
        assert max(places) == file.size
        assert len(places) > 1


def faulty(text: str) -> list[tuple[int, tuple[str, ...], bool]]:
    return [(row.line, row.fields, row.fault is not None) for row in parse(text.splitlines(keepends=True))]


def test_a_quoted_line_end_is_part_of_its_row() -> None:
    assert faulty('a,b\n1,"two\nlines"\n2,x\n') == [
        (1, ("a", "b"), False),
        (2, ("1", "two\nlines"), False),
        (4, ("2", "x"), False),
    ]


def test_a_quote_inside_a_field_is_a_letter() -> None:
    assert faulty('a,b\n1,2 ק"ג\n') == [(1, ("a", "b"), False), (2, ("1", '2 ק"ג'), False)]


def test_an_open_quote_spoils_its_own_line_alone() -> None:
    assert faulty('a,b\n1,"open\n2,x\n3,y\n') == [
        (1, ("a", "b"), False),
        (2, ('1,"open',), True),
        (3, ("2", "x"), False),
        (4, ("3", "y"), False),
    ]


def test_an_open_quote_closed_by_a_later_one_spoils_the_two_lines_not_those_between() -> None:
    assert faulty('a,b\n1,"open\n2,x\n3,"y,z\n4,w\n') == [
        (1, ("a", "b"), False),
        (2, ('1,"open',), True),
        (3, ("2", "x"), False),
        (4, ('3,"y,z',), True),
        (5, ("4", "w"), False),
    ]


def test_a_row_has_a_limit_of_lines() -> None:
    text = 'a,b\n1,"open\n' + "x\n" * (ROW_LINES_MAX + 10) + '2,"\n'
    found = faulty(text)
    assert len(found) == 2 + ROW_LINES_MAX + 10 + 1
    assert [line for line, _, fault in found if fault] == [2, len(found)]


def test_blank_lines_are_passed_over_and_counted_in_the_line_numbers() -> None:
    assert faulty("a\n\n\nb\n") == [(1, ("a",), False), (4, ("b",), False)]
    assert faulty("") == []


_TEXTS = st.text(st.sampled_from('ab",;\n\r \0é'), max_size=12)


@given(st.lists(_TEXTS, max_size=30))
def test_every_letter_of_any_text_comes_back_in_some_row_or_blank_line(pieces: list[str]) -> None:
    def lines() -> Iterator[str]:
        return iter("".join(pieces).splitlines(keepends=True) if pieces else [])

    kept = sum(letter in "abé" for row in parse(lines()) for field in row.fields for letter in field)
    assert kept == sum(letter in "abé" for line in lines() for letter in line)
