"""How much somebody may ask: a bucket of tokens for each key, in memory, filled as time passes.

Each process counts for itself: with several replicas behind one address the sum of their limits holds.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

KEYS_MAX: Final = 10_000
MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What a full bucket holds, so much at once, and what flows into it in a minute, so much for ever."""

    burst: int
    per_minute: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_ms: int


class Buckets:
    """Buckets of one rate; of more than ``keys_max`` keys those not seen for longest are forgotten.

    ``now_ms`` is of a clock that is never set back. Who asks for more than a bucket holds gets it from a full one,
    and waits afterwards until the debt is paid.
    """

    def __init__(self, rate: Rate, keys_max: int = KEYS_MAX) -> None:
        """Start with every bucket full."""
        self._size = float(rate.burst)
        self._per_ms = rate.per_minute / MINUTE_MS
        self._keys_max = keys_max
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_ms(self, key: str, now_ms: int, amount: int = 1) -> int:
        """Return how long a key has to wait for so many tokens; 0 when it has them."""
        lacking = min(float(amount), self._size) - self._filled(key, now_ms).tokens
        return 0 if lacking <= 0 else int(lacking / self._per_ms) + 1

    def take(self, key: str, now_ms: int, amount: int = 1) -> int:
        """Take tokens and return 0, or return how long the key has to wait for them."""
        wait_ms = self.wait_ms(key, now_ms, amount)
        if not wait_ms:
            self._buckets[key].tokens -= amount
        return wait_ms

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._buckets)

    def _filled(self, key: str, now_ms: int) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._size, now_ms)
            if len(self._buckets) > self._keys_max:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.tokens = min(self._size, bucket.tokens + max(0, now_ms - bucket.at_ms) * self._per_ms)
        bucket.at_ms = now_ms
        return bucket
