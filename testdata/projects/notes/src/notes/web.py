"""The notes in a browser: a list with a search field, and a page for each."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from notes import render
from notes_store import Store

_pages = Environment(loader=PackageLoader("notes"), autoescape=True)


def app(store: Store) -> Starlette:
    """The web application for one directory of notes."""

    def index(request: Request) -> HTMLResponse:
        words = request.query_params.get("q", "").split()
        found = [(slug, note) for slug, note in store.notes() if note.matches(words)]
        page = _pages.get_template("index.html")
        return HTMLResponse(page.render(notes=found, query=" ".join(words)))

    def show(request: Request) -> HTMLResponse:
        try:
            note = store.get(request.path_params["slug"])
        except KeyError:
            raise HTTPException(404) from None
        page = _pages.get_template("note.html")
        return HTMLResponse(page.render(note=note, body=Markup(render.html(note.text))))

    return Starlette(routes=[Route("/", index), Route("/{slug}", show)])
