"""The page, for servers of either kind."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable

from servers import __version__


def server() -> str:
    """The server that has imported us."""
    for name in ("uwsgi", "gunicorn", "uvicorn"):
        if name in sys.modules:
            return name
    return "none"


def body() -> bytes:
    """Who answers."""
    said = {
        "server": server(),
        "version": __version__,
        "greeting": os.environ.get("GREETING", ""),
        "origin": os.environ.get("ORIGIN", ""),
        "user": os.getuid(),
        "pid": os.getpid(),
    }
    return json.dumps(said).encode() + b"\n"


def wsgi(environ: dict, start: Callable) -> Iterable[bytes]:
    """For gunicorn and uWSGI (PEP 3333)."""
    page = body()
    start(
        "200 OK",
        [("Content-Type", "application/json"), ("Content-Length", str(len(page)))],
    )
    return [page]


async def asgi(scope: dict, receive: Callable, send: Callable) -> None:
    """For uvicorn."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    page = body()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(page)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page})
