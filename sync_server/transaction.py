"""One open writing transaction of one store at one moment: what every change is made with."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from seraphine_pos.domain.clock import RandomBytes, new_id
from sync_server.database import Database

SERVER: Final = "server"
Reading = AbstractContextManager[Connection]


@dataclass(frozen=True, slots=True)
class Transaction:
    """A connection that writes for a store; ``actor`` is the device or the command that asked, in which request."""

    database: Database
    connection: Connection
    store_id: str
    now_ms: int
    random_bytes: RandomBytes
    actor: str = SERVER
    request_id: str = ""

    def new_id(self) -> str:
        """Return a fresh id of this moment."""
        return new_id(self.now_ms, self.random_bytes)
