"""The command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from notes import render
from notes_store import Note, Store


@click.group()
@click.option(
    "-d",
    "--directory",
    envvar="NOTES",
    default="notes",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the notes are.",
)
@click.version_option(package_name="notes")
@click.pass_context
def main(context: click.Context, directory: Path) -> None:
    """Keep notes as Markdown files."""
    context.obj = Store(directory)


@main.command()
@click.argument("title")
@click.option("-t", "--tag", "tags", multiple=True, help="Tag of the note.")
@click.pass_obj
def add(store: Store, title: str, tags: tuple[str, ...]) -> None:
    """Write the standard input down as a new note."""
    now = datetime.now().astimezone().replace(microsecond=0)
    with click.open_file("-", encoding="utf-8") as file:
        text = file.read()
    try:
        click.echo(store.add(Note(title, text, list(tags), now)))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@main.command("list")
@click.option("-t", "--tag", help="Only those with this tag.")
@click.pass_obj
def list_(store: Store, tag: str | None) -> None:
    """List the notes, the latest first."""
    for slug, note in store.notes():
        if tag is None or tag in note.tags:
            click.echo(f"{note.written:%Y-%m-%d}  {slug}  {note.title}")


@main.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def search(store: Store, words: tuple[str, ...]) -> None:
    """List the notes that have all the words in them."""
    for slug, note in store.notes():
        if note.matches(words):
            click.echo(f"{slug}  {note.title}")


@main.command()
@click.argument("slug")
@click.option("--html", "as_html", is_flag=True, help="As HTML.")
@click.pass_obj
def show(store: Store, slug: str, as_html: bool) -> None:
    """Show a note."""
    try:
        note = store.get(slug)
    except (KeyError, ValueError) as error:
        raise click.ClickException(str(error.args[0])) from error
    click.echo(render.html(note.text) if as_html else note.text, nl=False)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.pass_obj
def serve(store: Store, host: str, port: int) -> None:
    """Show the notes in a browser."""
    try:
        import uvicorn

        from notes import web
    except ImportError as error:
        raise click.ClickException(f"needs the extra web: {error}") from error
    uvicorn.run(web.app(store), host=host, port=port)
