"""The command which serves the application."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

import uvicorn

from whois_server.app import VERSION, app


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(
        prog="whois-server",
        description="Explain domain names and IP ranges over HTTP.",
    )
    parser.add_argument(
        "--host",
        default=os.environ.get("HOST", "127.0.0.1"),
        help="address to listen on ($HOST, now %(default)s)",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("PORT", "8000"),
        help="port to listen on ($PORT, now %(default)s; 0 takes a free one)",
    )
    parser.add_argument("--version", action="version", version=VERSION)
    options = parser.parse_args(argv)
    uvicorn.run(
        app, host=options.host, port=options.port, loop="uvloop", http="httptools"
    )
