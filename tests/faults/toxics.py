"""What a network does to a request: each toxic by name, in the times of a network that runs so many times faster."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.fakes.talker import reply
from tests.faults.proxy import HEAD_END, Call, Toxic, passing

LATE_S_MAX: Final = 45.0
FLAP_S: Final = 30.0
SLOW_BYTE_S: Final = 8 / 20_000
TRICKLE_S: Final = 1.0
CUT_BYTES_MAX: Final = 4000
FOREIGN_ID: Final = "01900000-0000-7000-8000-00000000dead"


async def refused(call: Call) -> None:
    """Hang up at once."""


async def silent(call: Call) -> None:
    """Take everything and never answer."""
    await call.wait()


@dataclass(frozen=True, slots=True)
class Sometimes:
    """Does it to so many of a hundred requests and passes the others on."""

    toxic: Toxic
    percent: int

    async def __call__(self, call: Call) -> None:
        """Let chance decide."""
        await (self.toxic if call.chance.randrange(100) < self.percent else passing)(call)


@dataclass(frozen=True, slots=True)
class Slow:
    """Takes so long before a request, and for each byte of it and of its answer."""

    byte_s: float
    before_s: float = 0

    async def __call__(self, call: Call) -> None:
        """Pass on slowly."""
        await asyncio.sleep(self.before_s)
        await call.say(await call.ask(await call.hear(self.byte_s)), self.byte_s)


@dataclass(frozen=True, slots=True)
class Late:
    """Brings requests and answers late, some of them after the till has given up."""

    most_s: float

    async def __call__(self, call: Call) -> None:
        """Pass on late."""
        request = await call.hear()
        await asyncio.sleep(call.chance.random() * self.most_s / 2)
        said = await call.ask(request)
        await asyncio.sleep(call.chance.random() * self.most_s / 2)
        await call.say(said)


@dataclass(frozen=True, slots=True)
class Flapping:
    """Is there for so long and away for as long, in turns; what is under way when it goes is broken off."""

    each_s: float

    async def __call__(self, call: Call) -> None:
        """Pass on until the line goes."""
        turn, since_s = divmod(asyncio.get_running_loop().time(), self.each_s)
        try:
            async with asyncio.timeout(0 if turn % 2 else self.each_s - since_s):
                await passing(call)
        except TimeoutError:
            call.reset()


async def black_hole(call: Call) -> None:
    """Swallow the request, or its answer."""
    if call.chance.random() < 1 / 2:
        await call.ask(await call.hear())
    await call.wait()


async def reset(call: Call) -> None:
    """Break off before the request, after it, or within its answer."""
    when = call.chance.randrange(3)
    if when:
        said = await call.ask(await call.hear())
        if when > 1:
            await call.say(said[: call.chance.randrange(len(said))])
    call.reset()


@dataclass(frozen=True, slots=True)
class Says:
    """Says one of these instead of the server."""

    answers: tuple[bytes, ...]

    async def __call__(self, call: Call) -> None:
        """Answer without passing on."""
        await call.hear()
        await call.say(call.chance.choice(self.answers))


PORTAL: Final = Says(
    (
        reply(200, "<html>Bienvenue ! Acceptez les conditions.</html>", "text/html"),
        reply(200, "<html>Bienvenue !</html>"),
        reply(200, {"portal": True}),
        reply(302, b""),
        reply(401, "<html>Identifiez-vous</html>", "text/html"),
    )
)


async def duplicate(call: Call) -> None:
    """Deliver the request twice, one after the other or both at once, and give one of the two answers."""
    request = await call.hear()
    if call.chance.random() < 1 / 2:
        one, other = await call.ask(request), await call.ask(request)
    else:
        one, other = await asyncio.gather(call.ask(request), call.ask(request))
    await call.say(call.chance.choice((one, other)))


async def replay(call: Call) -> None:
    """Deliver an old request once more, whose answer nobody hears, before or after this one."""
    request = await call.hear()
    old = call.chance.choice(call.past)[0] if call.past else request
    order = call.chance.sample([old, request], 2)
    said = {one: await call.ask(one) for one in order}
    await call.say(said[request])


async def cut_request(call: Call) -> None:
    """Deliver the beginning of a request and hang up on both sides."""
    request = await call.hear()
    await call.send(request[: call.chance.randrange(len(request))])


@dataclass(frozen=True, slots=True)
class Broken:
    """Gives so many bytes of each answer."""

    after_bytes: int

    async def __call__(self, call: Call) -> None:
        """Give the beginning of an answer."""
        await call.say((await call.ask(await call.hear()))[: self.after_bytes])


async def cut_answer(call: Call) -> None:
    """Give some beginning of an answer."""
    said = await call.ask(await call.hear())
    await call.say(said[: call.chance.randrange(len(said))])


async def cut_after(call: Call) -> None:
    """Break off after some thousand bytes in both directions."""
    left = call.chance.randrange(CUT_BYTES_MAX)
    request = await call.hear()
    if len(request) > left:
        await call.send(request[:left])
    else:
        await call.say((await call.ask(request))[: left - len(request)])
    call.reset()


async def cached(call: Call) -> None:
    """Give what was answered to an earlier request of this kind, or now and then of another kind."""
    request = await call.hear()
    line = request.partition(b"\r\n")[0]
    of_kind = [said for asked, said in call.past if asked.partition(b"\r\n")[0] == line]
    old = [said for _, said in call.past] if call.chance.random() < 1 / 10 else of_kind
    await call.say(call.chance.choice(old) if old else await call.ask(request))


@dataclass(frozen=True, slots=True)
class Trickling:
    """Lets an answer come byte by byte, so that something always comes and nothing ever ends."""

    byte_s: float

    async def __call__(self, call: Call) -> None:
        """Pass the request on and answer slowly."""
        said = await call.ask(await call.hear())
        for at in range(len(said)):
            await asyncio.sleep(self.byte_s)
            await call.say(said[at : at + 1])


@dataclass(frozen=True, slots=True)
class Stranger:
    """Lets another store's real server answer, or one that says just what ours would, under another id."""

    url: Callable[[], str]

    async def __call__(self, call: Call) -> None:
        """Answer in the server's place; nothing reaches ours but questions."""
        request = await call.hear()
        if call.chance.random() < 1 / 2:
            await call.say(await call.ask(request, await asyncio.to_thread(self.url)))
            return
        line, _, asked = request.partition(b"\r\n")
        if b"/v1/push " in line:
            said = _as_if_taken(json.loads(asked.partition(HEAD_END)[2]))
        else:
            said = json.loads((await call.ask(request)).partition(HEAD_END)[2]) | {"server_id": FOREIGN_ID}
        await call.say(reply(200, said))


def _as_if_taken(asked: dict[str, object]) -> dict[str, object]:
    """Return the head that a server would answer if it had taken all of this push."""
    entries, head = asked["entries"], asked["acknowledged"]
    if isinstance(entries, list) and entries:
        head = entries[-1]
    known = {name: head[name] for name in ("seq", "hash")} if isinstance(head, dict) else {}
    return {"server_id": FOREIGN_ID, "journal_id": asked["journal_id"], "durable": 0, **known}


def toxics(haste: float, stranger: Callable[[], str]) -> Mapping[str, Toxic]:
    """Return every toxic by its name, in a network that runs ``haste`` times faster than the real one."""
    return {
        "latency": Late(LATE_S_MAX / haste),
        "slow": Slow(SLOW_BYTE_S / haste),
        "flapping": Flapping(FLAP_S / haste),
        "black-hole": Sometimes(black_hole, 75),
        "reset": Sometimes(reset, 75),
        "portal": Sometimes(PORTAL, 75),
        "duplicate": duplicate,
        "replay": replay,
        "truncated-request": Sometimes(cut_request, 75),
        "truncated-answer": Sometimes(cut_answer, 75),
        "cached-answer": Sometimes(cached, 75),
        "cut-after": Sometimes(cut_after, 75),
        "slow-headers": Sometimes(Trickling(TRICKLE_S / haste), 75),
        "stranger": Sometimes(Stranger(stranger), 75),
    }
