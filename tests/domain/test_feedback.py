"""Feedback keeps the original's names on the wire, and its words apart from its body."""

from seraphine_pos.domain import event, feedback, journal
from seraphine_pos.domain.feedback import Message, Scope, Sentiment


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
