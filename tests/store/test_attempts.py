"""Wrong PINs are counted over restarts."""

from seraphine_pos.store.attempts import Attempts
from tests.store.folder import Folder


def test_wrong_pins_are_kept_until_they_are_forgotten(folder: Folder) -> None:
    book = folder.open().attempts
    assert book.of("amina") == Attempts()
    book.note("amina", Attempts(1, 5))
    book.note("amina", Attempts(2, 9))
    folder.close()
    book = folder.open().attempts
    assert (book.of("amina"), book.of("omar")) == (Attempts(2, 9), Attempts())
    book.clear("amina")
    assert book.of("amina") == Attempts()
