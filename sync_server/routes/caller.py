"""Who calls: the server as the holder of the request's device key sees it."""

from typing import Annotated

from fastapi import Depends, Request

from sync_server.errors import Unauthenticated
from sync_server.store_server import DeviceServer, StoreServer


async def whole(request: Request) -> StoreServer:
    """Return the server that the app was built over."""
    server = request.app.state.server
    if not isinstance(server, StoreServer):
        raise TypeError("the app was built without its server")
    return server


def device(request: Request, server: Annotated[StoreServer, Depends(whole)]) -> DeviceServer:
    """Return the server as the caller may see it; raise Unauthenticated without a key."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Unauthenticated("a device key is needed: Authorization: Bearer <key>")
    return server.device(key.strip())


Whole = Annotated[StoreServer, Depends(whole)]
Caller = Annotated[DeviceServer, Depends(device)]
