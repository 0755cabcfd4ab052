"""The web application."""

from __future__ import annotations

from dataclasses import asdict

import psycopg2
from flask import Flask, request

from orders import database


def create_app(url: str | None = None) -> Flask:
    """The application for one database, $DATABASE_URL by default."""
    app = Flask(__name__)

    @app.get("/healthz")
    def healthz() -> tuple[dict, int]:
        found = database.health(url)
        return found, 503 if "error" in found else 200

    @app.get("/orders")
    def open_orders() -> list[dict]:
        with database.connect(url) as connection:
            return [asdict(order) for order in database.open_orders(connection)]

    @app.post("/orders")
    def place() -> tuple[dict, int]:
        wanted = request.get_json()
        match wanted:
            case {"article": str(article), "quantity": int(quantity)}:
                with database.connect(url) as connection:
                    return asdict(database.place(connection, article, quantity)), 201
        raise ValueError("want an article and a quantity")

    @app.errorhandler(ValueError)
    def refuse(error: ValueError) -> tuple[dict, int]:
        return {"error": str(error)}, 422

    @app.errorhandler(psycopg2.OperationalError)
    def unavailable(error: psycopg2.OperationalError) -> tuple[dict, int]:
        app.logger.error("database: %s", error)
        return {"error": "the database does not answer"}, 503

    return app
