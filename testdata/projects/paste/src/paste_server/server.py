"""The command which serves the application."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from paste_server import __version__
from paste_server.app import create_app
from paste_server.store import Box, Store


def open_box(key: str | None) -> Box | None:
    """What encrypts with a key; nothing without one."""
    if not key:
        return None
    from cryptography.fernet import Fernet

    return Fernet(key)


def new_key() -> str:
    """A key for $PASTE_KEY."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    environment = os.environ
    parser = argparse.ArgumentParser(prog="paste-server", description="Keep pastes.")
    parser.add_argument("--host", default=environment.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=environment.get("PORT", "8000"))
    parser.add_argument("--new-key", action="store_true", help="write a key, and end")
    parser.add_argument("--version", action="version", version=__version__)
    options = parser.parse_args(argv)
    try:
        if options.new_key:
            print(new_key())
            return
        box = open_box(environment.get("PASTE_KEY"))
        limit = int(environment.get("PASTE_LIMIT", "1000000"))
    except ImportError as error:
        parser.error(f"needs the extra encryption: {error}")
    except ValueError as error:
        parser.error(f"PASTE_KEY or PASTE_LIMIT: {error}")
    store = Store(Path(environment.get("PASTE_DATABASE", "paste.sqlite3")), box)
    uvicorn.run(create_app(store, limit), host=options.host, port=options.port)
