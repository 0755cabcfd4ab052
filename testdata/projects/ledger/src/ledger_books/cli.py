"""The command line."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import click
from babel import Locale, UnknownLocaleError, default_locale
from babel.dates import format_date
from babel.numbers import format_currency
from rich.console import Console
from rich.table import Table

from ledger_books import __version__, books

files_argument = click.argument("files", nargs=-1, required=True, type=click.File(encoding="utf-8"))


def read_all(files: tuple[TextIO, ...]) -> list[books.Transaction]:
    """The transactions of all files, by date."""
    found = []
    for file in files:
        try:
            found += books.read(file.read())
        except ValueError as error:
            raise click.ClickException(f"{file.name}: {error}") from error
    return sorted(found, key=lambda transaction: transaction.day)


def parse_locale(context: click.Context, option: click.Parameter, value: str | None) -> Locale:
    try:
        return Locale.parse(value or default_locale() or "en")
    except (UnknownLocaleError, ValueError) as error:
        raise click.BadParameter(str(error)) from error


@click.group()
@click.option("--locale", callback=parse_locale, help="How to write amounts: de_AT.")
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context, locale: Locale) -> None:
    """Report on plain-text double-entry books."""
    context.obj = locale


def show(table: Table) -> None:
    width = None if "COLUMNS" in os.environ or os.isatty(1) else 120
    Console(width=width, highlight=False).print(table)


def money(amount: Decimal, currency: str, locale: Locale) -> str:
    return format_currency(amount, currency, locale=locale)


@main.command()
@files_argument
@click.pass_obj
def balance(locale: Locale, files: tuple[TextIO, ...]) -> None:
    """The balance of each account."""
    table = Table("Account", box=None)
    table.add_column("Balance", justify="right")
    for account, amounts in books.balances(read_all(files)).items():
        name = "  " * account.count(":") + account.rpartition(":")[2]
        values = [money(amount, currency, locale) for currency, amount in amounts.items()]
        table.add_row(name, "\n".join(values))
    show(table)


@main.command()
@click.option("-a", "--account", default="", help="Only this one and those below.")
@files_argument
@click.pass_obj
def register(locale: Locale, account: str, files: tuple[TextIO, ...]) -> None:
    """The postings, one a line."""
    table = Table("Date", "Text", "Account", box=None)
    table.add_column("Amount", justify="right")
    for transaction in read_all(files):
        for posting in transaction.postings:
            if f"{posting.account}:".startswith(f"{account}:" if account else ""):
                day = format_date(transaction.day, "short", locale=locale)
                amount = money(posting.amount, posting.currency, locale)
                table.add_row(day, transaction.text, posting.account, amount)
    show(table)


@main.command()
@files_argument
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def export(files: tuple[TextIO, ...], target: Path) -> None:
    """Write the postings as a spreadsheet."""
    try:
        from openpyxl import Workbook
    except ImportError as error:
        raise click.ClickException(f"needs the extra xlsx: {error}") from error
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["Date", "Text", "Account", "Amount", "Currency"])
    for transaction in read_all(files):
        for posting in transaction.postings:
            row = [transaction.day, transaction.text, posting.account]
            sheet.append([*row, posting.amount, posting.currency])
    workbook.save(target)
