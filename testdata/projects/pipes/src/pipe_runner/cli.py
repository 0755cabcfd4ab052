"""The command line."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
import requests

from pipe_runner import ends, pipeline

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def run_once(file: Path) -> int:
    """Run a pipeline, and return how many records came out."""
    described = pipeline.load(file)
    records = pipeline.apply(ends.read(described.source, file.parent), described.steps)
    ends.write(records, described.target, file.parent)
    return len(records)


def attempt(action, file: Path):
    try:
        return action(file)
    except (OSError, ValueError, requests.RequestException) as error:
        raise click.ClickException(f"{file}: {error}") from error


@click.group()
@click.version_option(package_name="pipes")
def main() -> None:
    """Run small data pipelines."""


@main.command()
@file_argument
def check(file: Path) -> None:
    """Say whether a pipeline is well described."""
    steps = attempt(pipeline.load, file).steps
    click.echo(f"{file}: {len(steps)} steps")


@main.command()
@file_argument
def run(file: Path) -> None:
    """Run a pipeline."""
    count = attempt(run_once, file)
    click.echo(f"{file}: {count} records", err=True)


@main.command()
@file_argument
def watch(file: Path) -> None:
    """Run a pipeline now, and whenever something in its directory changes."""
    try:
        from watchfiles import watch as changes
    except ImportError as error:
        raise click.ClickException(f"needs watchfiles: {error}") from error
    described = attempt(pipeline.load, file)
    written = (file.parent / described.target).resolve()
    click.echo(f"{file}: {attempt(run_once, file)} records", err=True)
    for changed in changes(file.parent, raise_interrupt=False):
        if any(Path(path).resolve() != written for _, path in changed):
            click.echo(f"{file}: {attempt(run_once, file)} records", err=True)


@main.command()
def schema() -> None:
    """Write the JSON schema of pipelines."""
    click.echo(orjson.dumps(pipeline.schema(), option=orjson.OPT_INDENT_2))
