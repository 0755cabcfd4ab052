import time
from importlib.metadata import version
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from paste_server.app import DAY, create_app
from paste_server.store import Store


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """A reader of an application of its own."""
    return TestClient(create_app(Store(tmp_path / "pastes"), 100))


def test_paste_comes_back(client: TestClient) -> None:
    answer = client.post("/?language=python", content='print("<ü>")\n'.encode())
    assert answer.status_code == 201
    address = answer.text.strip()
    assert client.get(f"{address}/raw").text == 'print("<ü>")\n'
    page = client.get(address).text
    assert '<span class="nb">print</span>' in page
    assert "<ü>" not in page


@pytest.mark.parametrize(
    ("query", "content", "status"),
    [
        ("", b"x" * 101, 413),
        ("", b"\xff", 422),
        ("?language=klingon", b"x", 422),
        ("?days=0", b"x", 422),
    ],
)
def test_what_is_refused(client: TestClient, query: str, content: bytes, status: int) -> None:
    assert client.post(f"/{query}", content=content).status_code == status


def test_paste_expires(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = client.post("/?days=1", content=b"x").text.strip()
    later = time.time() + DAY
    monkeypatch.setattr(time, "time", lambda: later)
    assert client.get(address).status_code == 404


def test_health(client: TestClient) -> None:
    answer = client.get("/healthz").json()
    assert answer == {"status": "ok", "version": version("paste-server")}
