"""The web application: one question, one answer."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from whois_server.lookup import lookup

VERSION = version("whois-server")


def healthz(request: Request) -> JSONResponse:
    """Say that the service is up, and which one it is."""
    return JSONResponse({"status": "ok", "version": VERSION})


def whois(request: Request) -> JSONResponse:
    """Answer one query."""
    query = request.path_params["query"]
    try:
        return JSONResponse(asdict(lookup(query)))
    except ValueError as error:
        return JSONResponse({"query": query, "error": str(error)}, status_code=400)


app = Starlette(
    routes=[Route("/healthz", healthz), Route("/whois/{query:path}", whois)]
)
