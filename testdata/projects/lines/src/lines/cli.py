"""The command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

import click

from lines import __version__, values

files_argument = click.argument("files", nargs=-1, type=click.File(encoding="utf-8"))
column_option = click.option("-c", "--column", help="Read this column of CSV files.")


def read_all(files: tuple[TextIO, ...], column: str | None) -> Iterator[str]:
    """The values of all files, one after another."""
    for file in files or [click.open_file("-", encoding="utf-8")]:
        try:
            yield from values.read(file, column)
        except LookupError as error:
            raise click.ClickException(f"{file.name}: {error.args[0]}") from error
        except UnicodeDecodeError as error:
            raise click.ClickException(f"{file.name}: not UTF-8 text") from error


@click.group()
@click.version_option(__version__)
def main() -> None:
    """Count, thin out and rank lines of text or CSV columns."""


@main.command()
@column_option
@files_argument
def count(files: tuple[TextIO, ...], column: str | None) -> None:
    """Say how many there are."""
    click.echo(sum(1 for _ in read_all(files, column)))


@main.command()
@column_option
@files_argument
def unique(files: tuple[TextIO, ...], column: str | None) -> None:
    """Write each once, in the order of first appearance."""
    for value in values.unique(read_all(files, column)):
        click.echo(value)


@main.command()
@click.option(
    "-n",
    "--number",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many.",
)
@column_option
@files_argument
def top(files: tuple[TextIO, ...], column: str | None, number: int) -> None:
    """Write the most frequent ones with their counts."""
    for value, times in values.top(read_all(files, column), number):
        click.echo(f"{times}\t{value}")
