"""The planted faults: those that every suite of this project must be measured by, and some more."""

from typing import Final

from tests.planted.bug import NotYet
from tests.planted.exchange_bugs import EXCHANGE
from tests.planted.server_bugs import SERVER
from tests.planted.till_bugs import TILL

BUGS: Final = (*TILL, *EXCHANGE, *SERVER)

NOT_YET: Final[tuple[NotYet, ...]] = ()
