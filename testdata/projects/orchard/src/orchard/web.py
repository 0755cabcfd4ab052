"""The web application, as PEP 3333 has it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from http import HTTPStatus

from orchard import __version__, store, tasks


def index(environ: dict) -> tuple[HTTPStatus, dict]:
    """Say what there is."""
    greeting = os.environ.get("ORCHARD_GREETING", "Hello")
    return HTTPStatus.OK, {"version": __version__, "greeting": greeting, **store.counts(), "pid": os.getpid()}


def baskets(environ: dict) -> tuple[HTTPStatus, dict]:
    """Take a basket in, for a worker to press."""
    fruit = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    basket = store.add(fruit)
    tasks.press.delay(basket)
    return HTTPStatus.ACCEPTED, {"basket": basket}


def health(environ: dict) -> tuple[HTTPStatus, dict]:
    """Say whether requests can be answered."""
    try:
        healthy = store.current()
    except sqlite3.Error:
        healthy = False
    return (HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE), {"healthy": healthy}


ROUTES = {("GET", "/"): index, ("POST", "/baskets"): baskets, ("GET", "/health"): health}


def app(environ: dict, start_response: Callable) -> Iterable[bytes]:
    """Answer one request."""
    route = ROUTES.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
    status, answer = route(environ) if route else (HTTPStatus.NOT_FOUND, {"error": "not found"})
    body = json.dumps(answer).encode() + b"\n"
    start_response(
        f"{status.value} {status.phrase}",
        [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
    )
    return [body]
