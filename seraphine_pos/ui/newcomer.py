"""A code the till does not know: create the product or give the code to one, with an owner's PIN where it takes one."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Protocol

from PySide6.QtWidgets import QWidget

from seraphine_pos.domain.product import Product
from seraphine_pos.domain.refusal import Failure, NotAllowed
from seraphine_pos.domain.staff import Operator, Right, Role
from seraphine_pos.till.catalogue import Catalogue
from seraphine_pos.till.staff import Staff
from seraphine_pos.ui import keys, till_words
from seraphine_pos.ui.owner_approval import OwnerApproval
from seraphine_pos.ui.product_form import Draft, ProductForm
from seraphine_pos.ui.strip import Choice, Notice
from seraphine_pos.ui.text import tr
from seraphine_pos.ui.theme import Theme


class Stage(Protocol):
    """What a newcomer needs of the page."""

    def show_panel(self, panel: QWidget) -> None:
        """Show the form or the owner's PIN pad in place of the sale."""
        ...

    def search_for(self, code: str) -> None:
        """Let the person search the product that gets this code."""
        ...

    def back_to_sale(self) -> None:
        """Take prompts and panels away."""
        ...

    def known(self, product: Product, code: str) -> None:
        """Ring up a product that has its code now."""
        ...

    def fail(self, failure: Failure) -> None:
        """Show a failure."""
        ...


class Newcomer:
    """Form and approval for one page."""

    def __init__(
        self, theme: Theme, catalogue: Catalogue, staff: Staff, stage: Stage, currency: str, decimals: int
    ) -> None:
        self._catalogue = catalogue
        self._staff = staff
        self._stage = stage
        self._unfinished = ""
        self._theme = theme
        self._currency = currency
        self._decimals = decimals

    @cached_property
    def form(self) -> ProductForm:
        """The form of a new product, made for the first one."""
        form = ProductForm(self._theme, self._currency, self._decimals)
        form.saved.connect(self._create)
        form.left.connect(self._stage.back_to_sale)
        return form

    @cached_property
    def approval(self) -> OwnerApproval:
        """The owner's PIN pad, made for the first question."""
        return OwnerApproval(self._theme, self._verify, self._stage.back_to_sale)

    def notice(self, code: str) -> Notice:
        """Return the strip of an unknown code with its two ways out."""
        assign = Choice(tr("Associer"), keys.FIRST_CHOICE, lambda: self._stage.search_for(code))
        create = Choice(tr("Créer"), keys.SECOND_CHOICE, lambda: self.begin(code))
        return till_words.unknown(code, (assign, create))

    def begin(self, code: str, name: str = "") -> None:
        """Open the form for a code, as it was left if it is the same one."""
        if not code or code != self._unfinished:
            self.form.begin(code, self._catalogue.taxes(), name)
        self._unfinished = code
        self._stage.show_panel(self.form)

    def forget(self) -> None:
        """Let the next form begin empty."""
        self._unfinished = ""

    def assign(self, product: Product, code: str) -> None:
        """Give a code to a product that the person found."""
        what = tr("Associer le code {code} à « {name} »", code=code, name=product.name)
        self._allowed(what, code, lambda owner: self._catalogue.assign(product, code, approved_by=owner))

    def _create(self, draft: Draft) -> None:
        what = tr("Créer l’article « {name} »", name=draft.name)
        create = partial(self._catalogue.create, draft.name, draft.price, draft.tax_code, draft.code)
        self._allowed(what, draft.code, lambda owner: create(approved_by=owner))

    def _allowed(
        self, what: str, code: str, act: Callable[[Operator | None], Product], owner: Operator | None = None
    ) -> None:
        """Do it, or ask an owner first where the person may not."""
        try:
            product = act(owner)
        except NotAllowed:
            owners = [member.operator for member in self._staff.members() if member.role is Role.OWNER]
            self.approval.ask(what, owners, lambda found: self._allowed(what, code, act, found))
            self._stage.show_panel(self.approval)
        except Failure as failure:
            if self.form.isVisible():
                self.form.show_problem(tr(failure))
            else:
                self._stage.back_to_sale()
                self._stage.fail(failure)
        else:
            self.forget()
            self._stage.back_to_sale()
            self._stage.known(product, code)

    def _verify(self, staff_id: str, pin: str) -> Operator:
        return self._staff.approve(staff_id, pin, Right.CREATE_PRODUCT)
