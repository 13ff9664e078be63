"""Feedback keeps the original's names on the wire, and its words apart from its body."""

import pytest

from seraphine_pos.domain import event, feedback, journal
from seraphine_pos.domain.feedback import Message, Scope, Sentiment
from seraphine_pos.domain.refusal import InvalidText


def test_the_words_stand_in_the_body_by_their_digest_alone() -> None:
    message = Message(Scope.SALES_LOG, Sentiment.NEGATIVE, "trop lent", "sale-1")
    digest = journal.text_digest(b"salt", message.text)
    assert digest is not None
    body = feedback.to_body(message, "amina", digest)
    event.check_body("feedback.submitted", 1, body)
    assert "trop lent" not in journal.canonical(body)
    assert (body["scope"], body["sentiment"], body["related_sale_id"]) == ("salesLog", "negative", "sale-1")


def test_scopes_and_sentiments_are_named_as_the_original_names_them() -> None:
    assert [scope.value for scope in Scope] == ["dashboard", "pos", "salesLog", "settings"]
    assert [sentiment.value for sentiment in Sentiment] == ["positive", "neutral", "negative"]


@pytest.mark.parametrize(("text", "kept"), [(" a\r\nb\x00 \n", "a\nb"), ("e\u0301", "é"), ("a\u200fb", "ab")])
def test_words_are_kept_as_they_can_be_read(text: str, kept: str) -> None:
    assert feedback.checked(text) == kept


@pytest.mark.parametrize("text", ["", "\n\n", "\x00", "x" * 2001])
def test_words_that_say_nothing_or_never_end_are_refused(text: str) -> None:
    with pytest.raises(InvalidText):
        feedback.checked(text)
