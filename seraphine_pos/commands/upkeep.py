"""The commands ``verify`` and ``rebuild``: whether the till's data holds together, and folding it again."""

from seraphine_pos.commands import proofs
from seraphine_pos.commands.english import english
from seraphine_pos.commands.opening import Place, opened
from seraphine_pos.commands.terminal import DONE, FOUND, Terminal
from seraphine_pos.domain.refusal import ServerUnavailable


def verify(place: Place, terminal: Terminal) -> int:
    """Check chains, ledger, what the server holds of journals and days, and the mirror; return the exit code."""
    found = 0
    with opened(place, terminal, beside=True) as shop:
        journals = [shop.stored.journal.state(journal_id) for journal_id in shop.stored.journal.journals()]
        try:
            for problem in shop.verify():
                found += 1
                terminal.say(problem)
        except ServerUnavailable as failure:
            found += 1
            terminal.say(f"journals and mirror could not be compared with the server: {english(failure)}")
        found += proofs.say(shop, terminal)
        entries = sum(state.seq for state in journals)
    terminal.say(
        f"{len(journals)} journals, {entries:,} entries: {'no problem' if not found else f'{found} problems'}."
    )
    if found:
        terminal.tell("If the ledger differs, “seraphine-pos rebuild” folds it again from the journals. "
                      "If a journal differs, keep a copy of the data folder before anything else. "
                      "If a day differs, “seraphine-server rebuild” folds the server's side of it again.")  # fmt: skip
    return FOUND if found else DONE


def rebuild(place: Place, terminal: Terminal) -> int:
    """Fold every table again from the journals and the mirror; return the exit code."""
    aside: list[str] = []
    with opened(place, terminal) as shop:
        entries, products = shop.rebuild(aside)
    for problem in aside:
        terminal.say(f"left out: {problem}")
    terminal.say(f"Folded {entries:,} entries and {products:,} products again.")
    if aside:
        terminal.tell("Entries were left out because they cannot be read; keep a copy of the data folder.")
    return FOUND if aside else DONE
