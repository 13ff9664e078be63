"""The program as it was before an upgrade: it lacks kinds and versions, or has a fault in reading some."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from pydantic_core import SchemaValidator, core_schema

from seraphine_pos.domain import event
from sync_server import bodies

Form = tuple[str, int]
# Every body lacks this field, so that a reader that asks for it refuses all of them.
_FAULT = core_schema.typed_dict_schema({"fault": core_schema.typed_dict_field(core_schema.str_schema())})


@contextmanager
def older_program(*, lacks: Iterable[Form] = (), misreads: Iterable[Form] = ()) -> Iterator[None]:
    """Be the older program within the block; after it, the upgrade has taken place."""
    shapes, readers = cast("dict[Form, Any]", event.SHAPES), bodies._READERS  # noqa: SLF001  what a release changes
    today = dict(shapes), dict(readers)
    for form in misreads:
        readers[form] = SchemaValidator(_FAULT)
    for form in lacks:
        shapes.pop(form, None)
        readers.pop(form, None)
    try:
        yield
    finally:
        for table, whole in zip((shapes, readers), today, strict=True):
            table.clear()
            table.update(whole)
