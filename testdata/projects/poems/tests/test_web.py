from importlib.metadata import version

import pytest

from poems import metrics
from poems.web import create_app


@pytest.fixture
def client():
    """A reader of an application of its own."""
    return create_app().test_client()


def test_pages(client) -> None:
    assert b'<a href="/the-eagle">The Eagle</a>' in client.get("/").data
    assert b"Ring&#39;d with the azure world" in client.get("/the-eagle").data
    assert '<html lang="de">' in client.get("/ein-gleiches").text
    assert client.get("/none").status_code == 404


def test_poem_of_the_day(client) -> None:
    assert client.get("/today.json").json["title"] in client.get("/today").text


def test_health(client) -> None:
    assert client.get("/healthz").json == {"status": "ok", "version": version("poems")}


def test_metrics(client) -> None:
    client.get("/the-eagle")
    client.get("/the-eagle.json")
    assert 'poems_reads_total{poem="the-eagle"} 2.0' in client.get("/metrics").text


def test_no_metrics_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "prometheus_client", None)
    assert create_app().test_client().get("/metrics").status_code == 404
