"""The web application."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version

from flask import Flask, Response, abort, render_template

from poems import anthology, clock
from poems.anthology import Poem
from poems.metrics import Metrics


def create_app() -> Flask:
    """The application. Each has counters of its own."""
    app = Flask(__name__)
    metrics = Metrics()

    def find(slug: str) -> Poem:
        choice = anthology.poems()
        if slug == "today":
            poem = anthology.of_day(clock.today(), list(choice.values()))
        else:
            poem = choice.get(slug) or abort(404)
        metrics.count(poem.slug)
        return poem

    @app.get("/")
    def index() -> str:
        return render_template("index.html", poems=anthology.poems().values())

    @app.get("/<slug>")
    def page(slug: str) -> str:
        return render_template("poem.html", poem=find(slug))

    @app.get("/<slug>.json")
    def data(slug: str) -> dict:
        return asdict(find(slug))

    @app.get("/healthz")
    def healthz() -> dict:
        return {"status": "ok", "version": version("poems")}

    @app.get("/metrics")
    def show_metrics() -> Response:
        return Response(metrics.text() or abort(404), mimetype="text/plain")

    return app
