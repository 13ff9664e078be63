"""Fuzzes the parsers by what their code does with each input, each held to a promise and not only to not falling over.

    python -m tests.security.fuzz --parser NAME --seconds N [--seed S] [--corpus DIR]
    python -m tests.security.fuzz --parser NAME --replay HEX

With Atheris (the dependency group ``fuzz``, Linux), inputs that reach new code are kept and changed further; with
``--blind``, or without Atheris, they are made by chance. The same seed makes the same inputs as long as the code stays.
What fails is printed as the command that does it again, once for each place and kind of failure.
"""

import argparse
import importlib
import importlib.util
import logging
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.security.fuzz_target import Target

PARSERS: Final = {
    "push": ("fuzz_push", "Push"),
    "feed": ("fuzz_feed", "Feed"),
    "products": ("fuzz_lists", "ProductList"),
    "staff": ("fuzz_lists", "StaffList"),
    "codes": ("fuzz_codes", "Codes"),
    "request": ("fuzz_calls", "Request"),
    "webhook": ("fuzz_calls", "Webhook"),
}
BYTES_MAX: Final = 4096
TOLD_MAX: Final = 10
TOLD_LINES: Final = 12
REPLAYED_MAX: Final = 200_000


class Campaign:
    """Tries inputs until the time is over; a failure is told once for each place that it comes from."""

    def __init__(self, parser: str, target: "Target", seconds: float, seed: int) -> None:
        """Begin to count the time."""
        from tests import harness

        self._parser, self._target, self._seconds, self._seed = parser, target, seconds, seed
        self._bar = harness.progress(f"fuzz {parser}, seconds")
        self._began_s = time.monotonic()
        self._places: set[tuple[str, ...]] = set()
        self.passed = self.failed = 0

    def attempt(self, data: bytes) -> bool:
        """Try an input; return whether there is time for another one."""
        try:
            self._target.attempt(data)
        except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
            self.failed += 1
            self._tell(error, data)
        else:
            self.passed += 1
        spent = time.monotonic() - self._began_s
        self._bar(int(spent), int(self._seconds))
        return spent < self._seconds and len(self._places) < TOLD_MAX

    def finish(self) -> int:
        """Say what came of it; return the exit code."""
        from tests import harness

        self._bar.__exit__(None, None, None)
        spent = time.monotonic() - self._began_s
        sys.stdout.write(f"{self._parser}: {self.passed + self.failed:,} inputs in {spent:.0f} s\n")
        return harness.finish(self.passed, self.failed)

    def _tell(self, error: Exception, data: bytes) -> None:
        from tests import harness

        frames = traceback.extract_tb(error.__traceback__)
        place = (type(error).__name__, *(f"{Path(one.filename).name}:{one.lineno}" for one in frames[-2:]))
        if place in self._places:
            return
        self._places.add(place)
        told = " ".join(traceback.format_exception_only(error)[-1].split())
        again = f"python -m tests.security.fuzz --parser {self._parser} --replay {data.hex()}"
        harness.failure(self._seed, f"{told} ({' < '.join(reversed(place[1:]))})", again[:REPLAYED_MAX])


def target_of(parser: str, folder: Path) -> "Target":
    """Return a parser under fire, loaded only now: Atheris watches what is loaded after it."""
    module, name = PARSERS[parser]
    made: Any = getattr(importlib.import_module(f"tests.security.{module}"), name)
    found: Target = made() if parser == "codes" else made(folder)
    return found


def blindly(campaign: Campaign, seeds: Sequence[bytes], seed: int, most: int | None = None) -> None:
    """Try inputs made by chance."""
    from tests.security.fuzz_target import mutations

    for number, data in enumerate(mutations(seeds, random.Random(seed)), 1):
        if not campaign.attempt(data) or number == most:
            return


def watched(campaign: Campaign, corpus: Path, seed: int) -> None:
    """Try inputs that Atheris chooses, and never return: the library under it ends the process."""
    import atheris

    def attempt(data: bytes) -> None:
        if not campaign.attempt(data):
            code = campaign.finish()
            sys.stdout.flush()
            os._exit(code)  # what is open is in a folder that is removed by whoever started this

    options = ["-verbosity=0", f"-max_len={BYTES_MAX}", f"-seed={seed}", "-rss_limit_mb=4096", "-timeout=120"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={corpus.parent}/", str(corpus)], attempt)
    atheris.Fuzz()


def _instrumented(parser: str, folder: Path) -> "Target":
    """Load a parser so that Atheris sees which of its lines are reached."""
    import atheris

    with atheris.instrument_imports(include=["seraphine_pos", "sync_server"], enable_loader_override=False):
        return target_of(parser, folder)


def run(given: argparse.Namespace, folder: Path) -> int:
    """Fuzz a parser, in a folder that is removed afterwards; return the exit code."""
    blind = given.blind or importlib.util.find_spec("atheris") is None
    place = folder / "place"
    place.mkdir()
    target = target_of(given.parser, place) if blind else _instrumented(given.parser, place)
    logging.disable()
    if given.replay is not None:
        target.attempt(bytes.fromhex(given.replay))
        sys.stdout.write("nothing is wrong with it\n")
        return 0
    seeds = target.seeds()
    corpus = given.corpus or folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, data in enumerate(seeds):
        (corpus / f"seed-{number}").write_bytes(data)
    campaign = Campaign(given.parser, target, given.seconds, given.seed)
    if not blind:
        watched(campaign, corpus, given.seed)
    blindly(campaign, [path.read_bytes() for path in sorted(corpus.iterdir())], given.seed)
    target.close()
    return campaign.finish()


def main(words: Sequence[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.security.fuzz", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--parser", choices=PARSERS, required=True)
    parser.add_argument("--seconds", type=float, default=600, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="keep the inputs that reached new code there")
    parser.add_argument("--replay", metavar="HEX", help="try this one input")
    parser.add_argument("--blind", action="store_true", help="without Atheris")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="seraphine-fuzz-") as folder:
        return run(given, Path(folder))


if __name__ == "__main__":
    sys.exit(main())
