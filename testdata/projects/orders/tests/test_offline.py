"""What works, and what is said, without a server."""

from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from orders import database
from orders.cli import main
from orders.web import create_app


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a server that is not there."""
    url = f"postgresql:///orders?host={tmp_path}"
    monkeypatch.setenv("DATABASE_URL", url)
    return url


def run(*arguments: str):
    return CliRunner().invoke(main, arguments)


def test_libpq_is_told() -> None:
    assert int(database.libpq().split(".")[0]) >= 13
    assert run("health", "--offline").output == f"libpq: {database.libpq()}\n"


def test_health_without_a_server(nowhere: str) -> None:
    result = run("health")
    assert result.exit_code == 1
    assert "server: none\nerror: connection to server on socket" in result.output


@pytest.mark.parametrize("command", [["migrate"], ["place", "tea", "3"], ["list"], ["ship", "1"]])
def test_commands_explain_that_there_is_no_server(nowhere: str, command: list[str]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert result.output.startswith("Error: connection to server on socket")


def test_version_is_that_of_the_package() -> None:
    assert version("orders") in run("--version").output


def test_web_without_a_server(nowhere: str) -> None:
    client = create_app(nowhere).test_client()
    assert client.get("/healthz").status_code == 503
    assert client.get("/orders").status_code == 503
    assert client.post("/orders", json={"article": "tea"}).status_code == 422
    assert client.post("/orders", json={"article": "tea", "quantity": 1}).status_code == 503
