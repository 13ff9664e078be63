"""Where a server may send to: forty ways to talk it into the shop's own network, none of which opens anything."""

from collections.abc import Mapping, Sequence

import httpx
import pytest

from sync_server.outgoing import destination
from sync_server.outgoing.destination import DestinationRefused
from sync_server.outgoing.outbound import HttpSender, NotDelivered

PUBLIC = "93.184.215.14"
# What names stand for where these tests look them up.
NAMES: Mapping[str, Sequence[str]] = {
    "hooks.example": [PUBLIC],
    "localhost": ["127.0.0.1"],
    "inside.example": ["192.168.1.10"],
    "ten.example": ["10.0.0.5"],
    "cloud.example": ["169.254.169.254"],
    "mixed.example": [PUBLIC, "10.0.0.5"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "unique.example": ["fd12:3456:789a::1"],
    "link.example": ["fe80::1%eth0"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "shared.example": ["100.64.0.1"],
    "nobody.example": [],
}
VECTORS = (
    # another scheme, another port, a name before @
    "http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "gopher://hooks.example/", "hooks.example",
    "https://hooks.example:8443/", "https://hooks.example:22/", "https://hooks.example:0/", "https://hooks.example:99999/",
    "https://user@hooks.example/", "https://hooks.example@127.0.0.1/", "https://user:secret@127.0.0.1/",
    # this machine, by every one of its names
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/",
    "https://0177.0.0.1/", "https://017700000001/", "https://0/", "https://0.0.0.0/", "https://127.0.0.1./",
    "https://localhost/", "https://LOCALHOST/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/",
    # inside the house, the provider's network, and clouds
    "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.10:5678/", "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/", "https://198.18.0.1/", "https://192.0.0.8/", "https://168.63.129.16/",
    "https://[fd00::1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[64:ff9b::a00:1]/",
    "https://[2002:a00:1::1]/", "https://[2001:0:a00:1::1]/", "https://[2001:db8::1]/",
    # many at once, and reserved
    "https://224.0.0.1/", "https://255.255.255.255/", "https://240.0.0.1/", "https://[ff02::1]/",
    # names that lead inside, and words that are read in two ways
    "https://inside.example/", "https://ten.example/", "https://cloud.example/", "https://mixed.example/",
    "https://six.example/", "https://mapped.example/", "https://unique.example/", "https://link.example/",
    "https://nat64.example/", "https://shared.example/", "https://nobody.example/", "https://unknown.example/",
    "https://hooks.example\\@127.0.0.1/", "https://hooks.example#@127.0.0.1/", "https://127.0.0.1\t/",
    "https://\u2460\u2461\u2466.0.0.1/", "https://hooks\u3002example/", "https:///path", "https://", "https://[::1/",
    "https://hooks.example/" + "x" * 2000,
)  # fmt: skip


class Opened(httpx.BaseTransport):
    """Notes what would have been connected to."""

    def __init__(self, opened: list[str]) -> None:
        self._opened = opened

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._opened.append(f"{request.url.host}:{request.url.port or 443} {request.headers['host']}")
        return httpx.Response(204, stream=httpx.ByteStream(b""))


def resolve(host: str, _port: int) -> Sequence[str]:
    """Look a name up in NAMES."""
    if host not in NAMES:
        raise OSError(-2, "Name or service not known")
    return NAMES[host]


def sent(url: str, allow: Sequence[str] = ()) -> list[str]:
    """Send to an address and return what was opened for it."""
    opened: list[str] = []
    try:
        HttpSender(allow, resolve=resolve, transport=lambda: Opened(opened)).send(url, {}, b"{}")
    except NotDelivered:
        assert opened == []
    return opened


def test_there_are_forty_ways_and_more() -> None:
    assert len(set(VECTORS)) >= 40


@pytest.mark.parametrize("url", VECTORS)
def test_no_way_inside_opens_anything(url: str) -> None:
    assert sent(url) == []


def test_a_public_name_is_connected_to_at_the_address_that_was_judged() -> None:
    assert sent("https://hooks.example/a?b=c") == [f"{PUBLIC}:443 hooks.example"]
    assert sent("https://[2606:4700::1111]/") == ["2606:4700::1111:443 [2606:4700::1111]"]


def test_a_name_is_looked_up_once() -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    opened: list[str] = []
    HttpSender((), resolve=rebinding, transport=lambda: Opened(opened)).send("https://hooks.example/", {}, b"{}")
    assert (asked, opened) == (["hooks.example"], [f"{PUBLIC}:443 hooks.example"])


@pytest.mark.parametrize(
    ("url", "allow", "opened"),
    [
        ("http://192.168.1.10:5678/webhook", "192.168.1.10:5678", "192.168.1.10:5678 192.168.1.10:5678"),
        ("http://inside.example:5678/", "inside.example:5678", "192.168.1.10:5678 inside.example:5678"),
        ("https://[::1]:5678/", "[::1]:5678", "::1:5678 [::1]:5678"),
    ],
)
def test_what_the_settings_name_is_sent_to_there_and_nowhere_else(url: str, allow: str, opened: str) -> None:
    assert sent(url, [allow]) == [opened]
    assert sent(url.replace("5678", "5679"), [allow]) == []
    assert sent(url, [allow.replace("5678", "443")]) == []


def test_a_refusal_says_what_to_name_in_the_settings() -> None:
    with pytest.raises(DestinationRefused, match=r"name 192\.168\.1\.10:5678 under allow"):
        destination.read("http://192.168.1.10:5678/")
