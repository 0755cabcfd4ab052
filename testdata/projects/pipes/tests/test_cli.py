import json
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipe_runner.cli import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run the command where there are some cities."""
    monkeypatch.chdir(tmp_path)
    Path("cities.csv").write_text("name,people\nWien,2000000\nGraz,300000\n")
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("target", ["out.csv", "out.json", "out.jsonl"])
def test_formats(run, target: str) -> None:
    Path("there.toml").write_text(f'source = "cities.csv"\ntarget = "{target}"\n')
    Path("back.toml").write_text(f'source = "{target}"\ntarget = "back.csv"\n')
    assert run("run", "there.toml").output == "there.toml: 2 records\n"
    assert run("run", "back.toml").exit_code == 0
    assert Path("back.csv").read_text().split() == Path("cities.csv").read_text().split()


def test_source_on_the_web(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    server = HTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory="."))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    Path("p.toml").write_text(f'source = "{address}/cities.csv"\n')
    Path("q.toml").write_text(f'source = "{address}/none.csv"\n')
    try:
        assert json.loads(run("run", "p.toml").stdout.splitlines()[1])["name"] == "Graz"
        assert "404" in run("run", "q.toml").output
    finally:
        server.shutdown()


def test_mistakes_are_explained(run) -> None:
    Path("p.toml").write_text('source = "cities.xls"\n')
    assert "cities.xls" in run("run", "p.toml").output
    assert run("check", "cities.csv").output.startswith("Error: cities.csv: ")


def test_schema(run) -> None:
    assert json.loads(run("schema").output)["title"] == "Pipeline"


def test_version_is_that_of_the_package(run) -> None:
    assert version("pipes") in run("--version").output
