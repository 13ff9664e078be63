"""A shop whose till sold long ago: what retention is tried on."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seraphine_pos.domain.checkpoint import Checkpoint
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.report import ReportQuery
from sync_server.purge import retention
from sync_server.purge.retention import Purged, Wish
from sync_server.rebuild import rebuild
from sync_server.verify import verify
from tests.sync_server.shop import CASHIER, OWNER, Shop, Till

DAY_MS = 86_400_000
CANARY = "zorglub"
WHOLE = ReportQuery("2020-01-01", "2029-12-31")


@dataclass
class Aged:
    """A shop whose till has sold for some days, long ago."""

    shop: Shop
    till: Till
    archive: Path

    def __post_init__(self) -> None:
        """Plug in the disk of the archive."""
        self.archive.mkdir(exist_ok=True)

    def day(self, name: str, *amounts: int, words: bool = True) -> None:
        """Let the till sell on a business day, end it with a checkpoint, and let a day go by."""
        till = self.till
        first = self._last_checkpoint()
        till.write(Kind.STAFF_SIGNED_IN, {"operator_id": CASHIER})
        for hour, amount in enumerate(amounts):
            till.sell(amount, business_day=name, hour=hour, receipt=f"A1-7QK-{len(till.entries):06d}")
        text = f"Très bien {CANARY} {name}" if words else None
        body = {"scope": "pos", "sentiment": "neutral", "related_sale_id": None, "operator_id": OWNER}
        till.write(Kind.FEEDBACK_SUBMITTED, {**body, "text_digest": ""}, text=text)
        since = till.entries[first:]
        sums = [json.loads(one.body)["total"] for one in since if one.kind == Kind.SALE_COMPLETED]
        self.checkpoint(Checkpoint(len(since), len(sums), 0, sum(sums), 0, self._sold()))
        till.push(till.entries[-400:])
        self.shop.clock.pass_ms(DAY_MS)

    def checkpoint(self, said: Checkpoint) -> None:
        self.till.write(Kind.CHECKPOINT, said.to_body())

    def _last_checkpoint(self) -> int:
        return max((one.seq for one in self.till.entries if one.kind == Kind.CHECKPOINT), default=0)

    def _sold(self) -> int:
        return sum(json.loads(one.body)["total"] for one in self.till.entries if one.kind == Kind.SALE_COMPLETED)

    def back_up(self, seq: int | None = None) -> None:
        """Say that a verified backup holds the journal up to a place."""
        last = len(self.till.entries) if seq is None else seq
        with self.shop.database.write() as connection:
            connection.exec_driver_sql(f"UPDATE journals SET durable = {last}")

    def purge(self, preset: str = "keep", **changes: Any) -> Purged:
        """Purge by the shop's clock."""
        shop = self.shop
        opened = changes.pop("opened", lambda: shop.server.write(shop.store_id, "purge"))
        wish = Wish(self.archive, preset=preset, **changes)
        return retention.purge(shop.database, shop.store_id, opened, shop.clock.now_ms(), wish)

    @property
    def key(self) -> bytes:
        with self.shop.database.read() as connection:
            return retention.signing_key(connection, self.shop.store_id)

    def figures(self) -> tuple[object, ...]:
        """Return all that reports and comparisons of days say."""
        report, proofs = self.till.server.report(WHOLE), self.till.server.proofs(WHOLE)
        return report.cells, report.not_included, proofs.counted, sorted(str(row) for row in self.shop.rows("sales"))

    def problems(self) -> list[str]:
        with self.shop.database.read() as connection:
            return verify(connection, self.shop.store_id).problems

    def rebuild(self) -> None:
        with self.shop.server.write(self.shop.store_id, "test") as tx:
            rebuild(tx)

    def stored(self) -> list[dict[str, object]]:
        return sorted(self.shop.rows("entries"), key=lambda row: int(str(row["seq"])))
