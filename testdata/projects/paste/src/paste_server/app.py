"""The web application."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from paste_server import __version__
from paste_server.store import Paste, Store

DAY = 24 * 60 * 60


def create_app(store: Store, limit: int) -> FastAPI:
    """The application for one store, which takes pastes up to a size in bytes."""
    app = FastAPI(title="paste-server", version=__version__)
    page = Environment(loader=PackageLoader("paste_server"), autoescape=True).get_template
    formatter = HtmlFormatter(linenos="table")

    def find(name: str) -> Paste:
        try:
            return store.get(name, time.time())
        except KeyError:
            raise HTTPException(404, "no such paste, or not any longer") from None

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Say that the service is up, and which one it is."""
        return {"status": "ok", "version": __version__}

    @app.post("/", status_code=201, response_class=PlainTextResponse)
    async def add(
        request: Request,
        language: str = "text",
        days: Annotated[int, Query(ge=1, le=365)] = 30,
    ) -> str:
        """Keep the body of the request, and answer with its address."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise HTTPException(413, f"more than {limit} bytes")
        try:
            get_lexer_by_name(language)
            text = body.decode()
        except ClassNotFound:
            raise HTTPException(422, f"unknown language {language!r}") from None
        except UnicodeDecodeError:
            raise HTTPException(422, "not UTF-8 text") from None
        now = time.time()
        name = store.add(Paste(text, language, now + days * DAY), now)
        return f"{request.url_for('show', name=name)}\n"

    @app.get("/{name}", response_class=HTMLResponse)
    def show(name: str) -> str:
        """Show a paste in colours."""
        paste = find(name)
        body = highlight(paste.body, get_lexer_by_name(paste.language), formatter)
        style = formatter.get_style_defs()
        return page("paste.html").render(name=name, style=Markup(style), body=Markup(body))

    @app.get("/{name}/raw", response_class=PlainTextResponse)
    def raw(name: str) -> str:
        """Answer with a paste as it is."""
        return find(name).body

    return app
