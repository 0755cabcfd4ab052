from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from notes.cli import main


@pytest.fixture
def notes(tmp_path: Path):
    """Run the command on a directory of its own."""

    def run(*arguments: str, text: str = "") -> str:
        env = {"NOTES": str(tmp_path)}
        return CliRunner().invoke(main, arguments, input=text, env=env).output

    run("add", "-t", "shopping", "Things to buy", text="- green *tea*\n")
    run("add", "Ideas", text="# None\n")
    return run


def test_list_and_search(notes) -> None:
    assert len(notes("list").splitlines()) == 2
    assert notes("list", "--tag", "shopping").endswith("  things-to-buy  Things to buy\n")
    assert notes("search", "TEA", "green") == "things-to-buy  Things to buy\n"


def test_show(notes) -> None:
    assert notes("show", "ideas") == "# None\n"
    assert notes("show", "--html", "ideas") == "<h1>None</h1>\n"
    assert notes("show", "x") == "Error: no note 'x'\n"


def test_same_title_twice(notes) -> None:
    assert notes("add", "Ideas!") == "Error: there is a note 'ideas' already\n"


def test_version_is_that_of_the_package(notes) -> None:
    assert version("notes") in notes("--version")
