"""Paying at the till: exact, by amount, in parts, with a note; pressed twice it pays once. Knows no layout."""

from collections.abc import Callable
from functools import cached_property
from typing import Final, Protocol

from seraphine_pos.domain.cart import Cart
from seraphine_pos.domain.refusal import Failure, OddTender
from seraphine_pos.domain.sale import Method, Ticket
from seraphine_pos.till.checkout import Checkout
from seraphine_pos.ui import keys, till_words
from seraphine_pos.ui.prompt import Prompt
from seraphine_pos.ui.strip import Notice
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme
from seraphine_pos.ui.typed import typed_amount

_BETWEEN_NOTES: Final = " · "


class Stage(Protocol):
    """What payment needs of the page."""

    def typed(self) -> str:
        """Return what is typed on the line."""
        ...

    def end_typing(self) -> None:
        """Empty the line."""
        ...

    def show_cart(self, cart: Cart) -> None:
        """Show a cart that changed."""
        ...

    def show_done(self, ticket: Ticket) -> None:
        """Show a ticket that is recorded."""
        ...

    def refuse(self, notice: Notice) -> None:
        """Show a problem or a question with its sound."""
        ...

    def fail(self, failure: Failure) -> None:
        """Show a failure."""
        ...

    def tell(self, notice: Notice) -> None:
        """Show something good to know, without a sound."""
        ...

    def ask(self, prompt: Prompt) -> None:
        """Put a prompt in the head of the sale."""
        ...

    def back_to_sale(self) -> None:
        """Take prompts and panels away."""
        ...


class Payment:
    """The three ways to pay, for one page."""

    def __init__(self, theme: Theme, checkout: Checkout, stage: Stage, currency: str, decimals: int) -> None:
        self._checkout = checkout
        self._stage = stage
        self._currency = currency
        self._decimals = decimals
        self._other_amount: int | None = None
        self._theme = theme

    @cached_property
    def _prompt(self) -> Prompt:
        """The question for a note, made with the first payment."""
        words = tr("Autre paiement"), tr("Encaisser")
        prompt = Prompt(self._theme, *words, keys.OTHER, self._noted, self._stage.back_to_sale)
        prompt.field.setPlaceholderText(tr("Bon d’achat, chèque, virement…"))
        return prompt

    def by(self, method: Method) -> None:
        """Pay what is typed, or exactly what is due; another payment asks for a note first."""
        if method is Method.OTHER and self._prompt.isVisible():
            self._prompt.confirm()
            return
        try:
            amount = typed_amount(self._stage.typed(), self._decimals)
        except Failure as failure:
            self._stage.fail(failure)
            return
        if method is Method.OTHER and self._checkout.cart.lines:
            self._other_amount = amount
            self._stage.ask(self._prompt)
        else:
            self.pay(method, amount)

    def pay(self, method: Method, amount: int | None, *, confirmed: bool = False) -> None:
        """Pay and show what came of it; a note that is being typed stays with the sale, however it is paid."""
        try:
            if self._prompt.isVisible():
                self._add_note(self._prompt.field.text())
            ticket = self._checkout.pay(method, amount, confirmed=confirmed)
        except OddTender as failure:
            confirm = self._confirmed(method, amount)
            self._stage.refuse(till_words.odd(failure, self._currency, self._decimals, confirm))
            return
        except Failure as failure:
            self._stage.fail(failure)
            return
        self._stage.end_typing()
        self._stage.back_to_sale()
        if ticket is not None:
            self._stage.show_done(ticket)
            return
        cart = self._checkout.cart
        self._stage.show_cart(cart)
        self._stage.tell(till_words.part_paid(cart, self._currency, self._decimals))

    def _confirmed(self, method: Method, amount: int | None) -> Callable[[], None]:
        return lambda: self.pay(method, amount, confirmed=True)

    def _add_note(self, typed: str) -> None:
        """Put a note behind those of earlier payments; a payment tried again brings its note once."""
        notes = [note for note in self._checkout.cart.note.split(_BETWEEN_NOTES) if note]
        if typed.strip() and typed.strip() not in notes:
            self._checkout.note(_BETWEEN_NOTES.join((*notes, typed.strip())))

    def _noted(self, _note: str) -> None:
        self.pay(Method.OTHER, self._other_amount)
