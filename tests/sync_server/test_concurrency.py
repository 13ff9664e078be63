"""Many writers at once: no reader steps over a revision, nothing is counted twice or lost."""

import contextlib
import threading
from collections.abc import Callable

from seraphine_pos.domain.journal import Draft
from seraphine_pos.domain.protocol import ImportRow
from seraphine_pos.domain.refusal import CodeRefused
from sync_server.verify import verify
from tests.sync_server.shop import OWNER, Shop, Till

WRITERS = 6
ROUNDS = 12


def run_all(tasks: list[Callable[[], object]]) -> None:
    """Run tasks at the same time and raise what any of them raised."""
    problems: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as problem:  # noqa: BLE001  handed to the test's own thread
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


def test_no_reader_steps_over_a_revision(shop: Shop) -> None:
    tills = [shop.till() for _ in range(WRITERS)]
    reader = shop.till()
    done = threading.Event()
    seen: dict[str, int] = {}

    def write(no: int, till: Till) -> None:
        for round_ in range(ROUNDS):
            key = f"{no}-{round_}"
            if round_ % 2:
                row = ImportRow(key, {"name": key, "price": 1, "tax_code": ""})
                till.server.import_products(OWNER, [row], dry_run=False)
            else:
                till.propose("product", key, 0, {"name": key, "price": 1, "tax_code": ""})
                till.push(till.entries[-1:])

    def read() -> None:
        page, last = reader.pull(), False
        while not last:
            seen.update({document.key: document.rev for document in page.documents})
            last = done.is_set() and not page.more  # what is pulled now was read after the last commit
            page = reader.pull(page.feed_id, page.rev)
        seen.update({document.key: document.rev for document in page.documents})

    def write_all() -> None:
        try:
            run_all([lambda no=no, till=till: write(no, till) for no, till in enumerate(tills)])  # type: ignore[misc]
        finally:
            done.set()

    run_all([read, write_all])
    products = {key: rev for key, rev in seen.items() if "-" in key and key[0].isdigit()}
    assert set(products) == {f"{no}-{round_}" for no in range(WRITERS) for round_ in range(ROUNDS)}
    assert sorted(products.values()) == list(range(2, 2 + WRITERS * ROUNDS))


def test_one_journal_pushed_by_many_at_once_is_kept_once(shop: Shop, till: Till) -> None:
    for no in range(40):
        till.sell(no + 1)
    run_all([till.push for _ in range(WRITERS)])
    assert till.push([]).seq == 40
    assert sum(cell.sales for cell in till.report().cells if cell.facet == "total") == 40
    with shop.database.read() as connection:
        assert verify(connection, shop.store_id).problems == []


def test_the_same_events_in_many_journals_at_once_count_once(shop: Shop, till: Till) -> None:
    for no in range(20):
        till.sell(no + 1)
    tills = [shop.till() for _ in range(WRITERS)]
    for one in tills:
        for entry in till.entries:
            one.write_raw(Draft(entry.event_id, entry.kind, 1, entry.at_ms, entry.salt, entry.body))
    run_all([one.push for one in (*tills, till)])
    assert sum(cell.sales for cell in till.report().cells if cell.facet == "total") == 20
    with shop.database.read() as connection:
        assert verify(connection, shop.store_id).problems == []


def test_a_code_used_by_many_at_once_enrols_one(shop: Shop) -> None:
    enrolled: list[str] = []

    def enrol() -> None:
        with contextlib.suppress(CodeRefused):
            enrolled.append(shop.server.enrol(shop.first_code, "m").till_id)

    run_all([enrol] * WRITERS)
    assert len(enrolled) == 1


def test_tills_enrolled_at_once_have_labels_of_their_own(shop: Shop) -> None:
    codes = [shop.server.new_code() for _ in range(WRITERS)]
    labels: list[str] = []
    run_all([lambda code=code: labels.append(shop.server.enrol(code, "m").till_label) for code in codes])  # type: ignore[misc]
    assert sorted(labels) == [f"A{no}" for no in range(1, WRITERS + 1)]
