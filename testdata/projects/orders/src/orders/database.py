"""The orders in their database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import libpq_version

COLUMNS = "id, article, quantity, placed, shipped"


@dataclass(frozen=True)
class Order:
    """So much of an article, and when it was placed and shipped."""

    id: int
    article: str
    quantity: int
    placed: datetime
    shipped: datetime | None


@contextmanager
def connect(url: str | None = None) -> Iterator[Connection]:
    """One transaction in the database of an address, $DATABASE_URL by default."""
    url = url or os.environ.get("DATABASE_URL", "postgresql:///orders")
    with closing(psycopg2.connect(url, connect_timeout=10)) as connection, connection:
        yield connection


def migrate(connection: Connection) -> None:
    """Make what is not there yet."""
    with connection.cursor() as cursor:
        cursor.execute(files("orders").joinpath("schema.sql").read_text(encoding="utf-8"))


def place(connection: Connection, article: str, quantity: int) -> Order:
    """A new order; ValueError when there is nothing to order."""
    if not article.strip() or quantity < 1:
        raise ValueError(f"cannot order {quantity} of {article!r}")
    query = f"insert into orders (article, quantity) values (%s, %s) returning {COLUMNS}"
    return _orders(connection, query, article.strip(), quantity)[0]


def ship(connection: Connection, number: int) -> Order:
    """Mark an order as shipped; LookupError when there is no such open order."""
    query = f"update orders set shipped = now() where id = %s and shipped is null returning {COLUMNS}"
    if found := _orders(connection, query, number):
        return found[0]
    raise LookupError(f"no open order {number}")


def open_orders(connection: Connection) -> list[Order]:
    """What is not shipped yet, the oldest first."""
    return _orders(connection, f"select {COLUMNS} from orders where shipped is null order by id")


def _orders(connection: Connection, query: str, *values: object) -> list[Order]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [Order(*row) for row in cursor]


def libpq() -> str:
    """The version of libpq that is in use: "15.18"."""
    major, minor = divmod(libpq_version(), 10000)
    return f"{major}.{minor}"


def health(url: str | None = None) -> dict[str, str]:
    """What libpq is in use, and the server's version or why it does not answer."""
    try:
        with connect(url) as connection:
            server = connection.get_parameter_status("server_version")
    except psycopg2.OperationalError as error:
        return {"libpq": libpq(), "server": "none", "error": str(error).strip()}
    return {"libpq": libpq(), "server": server}
