"""The command line."""

from __future__ import annotations

from importlib.metadata import version

import click

from poems import anthology, clock


@click.group()
@click.version_option(version("poems"))
def main() -> None:
    """Read the anthology."""


@main.command("list")
def list_() -> None:
    """List the poems."""
    for slug, poem in anthology.poems().items():
        click.echo(f"{slug}\t{poem.author}: {poem.title} ({poem.year})")


@main.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Another day.")
def today(day) -> None:
    """Read the poem of the day."""
    day = day.date() if day else clock.today()
    poem = anthology.of_day(day, list(anthology.poems().values()))
    click.echo(f"{poem.title}\n\n{poem.text.strip()}\n\n{poem.author}, {poem.year}")
