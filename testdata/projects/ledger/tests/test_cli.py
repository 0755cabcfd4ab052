from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from ledger_books.cli import main

BOOKS = "2024-02-29 Tea house\n  expenses:food  1012.40 EUR\n  assets:cash\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run the command where there are books."""
    monkeypatch.chdir(tmp_path)
    Path("2024.books").write_text(BOOKS)
    return lambda *arguments: CliRunner().invoke(main, arguments).output


def test_balance(run) -> None:
    lines = run("--locale", "en_GB", "balance", "2024.books").splitlines()
    assert [line.split() for line in lines[1:3]] == [["assets", "-€1,012.40"], ["cash", "-€1,012.40"]]


def test_register_of_an_account(run) -> None:
    output = run("--locale", "de_AT", "register", "-a", "expenses", "2024.books")
    assert "29.02.24" in output
    assert "1.012,40" in output
    assert "cash" not in output


def test_export(run) -> None:
    assert run("export", "2024.books", "2024.xlsx") == ""
    rows = list(load_workbook("2024.xlsx").active.values)
    assert rows[2][1:] == ("Tea house", "assets:cash", -1012.4, "EUR")


def test_mistakes_are_explained(run) -> None:
    Path("bad.books").write_text("hello\n")
    assert run("balance", "bad.books").startswith("Error: bad.books: line 1: not understood")
    assert "xx" in run("--locale", "xx_YY", "balance", "2024.books")


def test_version_is_that_of_the_package(run) -> None:
    assert version("ledger-books") in run("--version")
