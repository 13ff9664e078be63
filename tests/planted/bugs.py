"""The planted faults: those that every suite of this project must be measured by, and some more."""

from typing import Final

from tests.planted.bug import NotYet
from tests.planted.exchange_bugs import EXCHANGE
from tests.planted.server_bugs import SERVER
from tests.planted.till_bugs import TILL

BUGS: Final = (*TILL, *EXCHANGE, *SERVER)

NOT_YET: Final = (
    NotYet("purge-on-acknowledged", 8, "no program empties old entries yet: there is no purge to go wrong"),
    NotYet("purge-without-checkpoint", 21, "no program empties old entries yet, and none writes checkpoints"),
)
