"""The command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg2

from orders import database


@contextmanager
def connection() -> Iterator[database.Connection]:
    """One transaction, whose errors are explained."""
    try:
        with database.connect() as opened:
            yield opened
    except (psycopg2.Error, LookupError, ValueError) as error:
        raise click.ClickException(str(error).strip()) from error


def show(order: database.Order) -> None:
    state = f"shipped {order.shipped:%Y-%m-%d}" if order.shipped else "open"
    click.echo(f"{order.id}\t{order.placed:%Y-%m-%d}\t{order.quantity}\t{order.article}\t{state}")


@click.group()
@click.version_option(package_name="orders")
def main() -> None:
    """Keep orders in PostgreSQL, in the database $DATABASE_URL."""


@main.command()
@click.option("--offline", is_flag=True, help="Do not ask the server.")
@click.pass_context
def health(context: click.Context, offline: bool) -> None:
    """Tell which libpq is in use and whether the server answers."""
    found = {"libpq": database.libpq()} if offline else database.health()
    for name, value in found.items():
        click.echo(f"{name}: {value}")
    context.exit("error" in found)


@main.command()
def migrate() -> None:
    """Make the tables that are not there yet."""
    with connection() as opened:
        database.migrate(opened)


@main.command()
@click.argument("article")
@click.argument("quantity", type=click.IntRange(min=1))
def place(article: str, quantity: int) -> None:
    """Place an order."""
    with connection() as opened:
        show(database.place(opened, article, quantity))


@main.command()
@click.argument("number", type=int)
def ship(number: int) -> None:
    """Mark an order as shipped."""
    with connection() as opened:
        show(database.ship(opened, number))


@main.command("list")
def list_() -> None:
    """List what is not shipped yet."""
    with connection() as opened:
        for order in database.open_orders(opened):
            show(order)
