"""The line that joins a till: read whole or not at all; and which addresses may be spoken to unencrypted."""

import pytest

from seraphine_pos.domain.pairing import Pairing, PairingUnreadable, PlainLine, check_line, is_pairing, read, stays_here

PIN = "vxTeBeVaA2b2aKm550jRxp6DnXbWcmzREJNbQuJL3M8"
LINE = Pairing("https://192.168.1.10:8443", PIN, "H3CPFH2SLZHL5VRQV928DSX4SM")


def test_a_line_is_read_as_it_was_written() -> None:
    assert read(str(LINE)) == LINE
    assert is_pairing(str(LINE))


def test_a_line_that_a_letter_broke_in_two_is_whole_again() -> None:
    text = str(LINE)
    assert read(f"  {text[:30]}\n {text[30:60]}\r\n{text[60:]} \n") == LINE


def test_a_line_without_a_pin_means_public_trust() -> None:
    assert read("seraphine:https://shop.example##ABCD-EFGH") == Pairing("https://shop.example", "", "ABCD-EFGH")


@pytest.mark.parametrize(
    "text",
    [
        "", "seraphine:", str(LINE)[:-20], str(LINE)[:40], str(LINE).replace("https", "http"),
        str(LINE).replace(PIN, PIN[:-1]), str(LINE).replace("#", "|"), f"{LINE}#more",
        "seraphine:https://a/b##ABCDEFGH",
    ],
)  # fmt: skip
def test_a_line_that_is_cut_or_changed_is_refused(text: str) -> None:
    with pytest.raises(PairingUnreadable):
        read(text)


def test_a_bare_code_is_no_line() -> None:
    assert not is_pairing("ABCD-EFGH-JKLM-NPQR")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080", "http://127.0.0.1", "HTTP://LOCALHOST:1/", "http://[::1]:9", "http://127.9.9.9:1/a?b",
    ],
)  # fmt: skip
def test_plain_http_may_stay_on_this_pc(url: str) -> None:
    check_line(url)
    assert stays_here(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.1.10:8080", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example/",
        "http://127.0.0.1:80@evil.example/", "http://localhost.evil.example", "http:\\\\127.0.0.1", "http://0.0.0.0:1",
        "http://[::ffff:7f00:1]:1", "http://2130706433/", "http://127.1/", "HTTP://shop.example", "http:/127.0.0.1",
        "http://127.0.0.1\\@evil.example", "http://evil.example#http://127.0.0.1", "http://evil?127.0.0.1",
    ],
)  # fmt: skip
def test_plain_http_beyond_this_pc_is_refused(url: str) -> None:
    with pytest.raises(PlainLine):
        check_line(url)


def test_https_may_go_anywhere() -> None:
    check_line("https://192.168.1.10:8443")
