"""Finding products at the till, and wishing for new ones or other prices."""

from seraphine_pos.domain import barcode
from seraphine_pos.domain import product as products
from seraphine_pos.domain.event import Kind
from seraphine_pos.domain.feed import DocumentKind
from seraphine_pos.domain.product import PackCode, Product
from seraphine_pos.domain.staff import Operator, Right
from seraphine_pos.domain.tax import Tax
from seraphine_pos.store.catalogue import SEARCH_MAX
from seraphine_pos.store.catalogue import Catalogue as Stored
from seraphine_pos.store.journal import Journal
from seraphine_pos.till.session import Session


class Catalogue:
    """The store's products as this till sees them."""

    def __init__(self, stored: Stored, journal: Journal, session: Session) -> None:
        """Look into what is stored; wish through the journal."""
        self._stored = stored
        self._journal = journal
        self._session = session

    def find(self, code: str) -> Product | None:
        """Return the product a code stands for; raise InvalidCode."""
        return self._stored.find(barcode.key_of(code))

    def get(self, product_id: str) -> Product | None:
        """Return a product by its id."""
        return self._stored.get(product_id)

    def search(self, text: str, limit: int = SEARCH_MAX) -> list[Product]:
        """Return products whose names hold all these words, the best first."""
        return self._stored.search(text, limit)

    def without_code(self, limit: int = 24) -> list[Product]:
        """Return products that no scanner finds."""
        return self._stored.without_code(limit)

    def taxes(self) -> list[Tax]:
        """Return the store's taxes."""
        return self._stored.taxes()

    def create(
        self, name: str, price: int, tax_code: str, code: str = "", *, approved_by: Operator | None = None
    ) -> Product:
        """Wish for a new product, which this till sells at once; a cashier needs an owner."""
        self._session.approver(Right.CREATE_PRODUCT, approved_by)
        key = barcode.key_of(code) if code else ""
        codes = (PackCode(key),) if key else ()
        product = products.checked(Product(key, name, price, tax_code, codes))
        return self._propose(product, products.to_body(product))

    def assign(self, product: Product, code: str, *, approved_by: Operator | None = None) -> Product:
        """Wish for one more code on a product."""
        self._session.approver(Right.CREATE_PRODUCT, approved_by)
        codes = (*product.codes, PackCode(barcode.key_of(code)))
        body = products.to_body(
            products.checked(Product(product.product_id, product.name, product.price, product.tax_code, codes))
        )
        return self._propose(product, {"codes": body["codes"]})

    def _propose(self, product: Product, fields: dict[str, object]) -> Product:
        operator = self._session.require()
        with self._journal.action() as action:
            key = product.product_id or action.new_id()
            body = {
                "kind": DocumentKind.PRODUCT.value, "key": key, "rev": self._stored.revision(key),
                "fields": fields, "operator_id": operator.staff_id,
            }  # fmt: skip
            action.record(Kind.DOCUMENT_PROPOSED, body)
        return self._stored.lay(key, fields)
