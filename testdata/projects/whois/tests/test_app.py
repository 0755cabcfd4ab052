from importlib.metadata import version

from starlette.testclient import TestClient

from whois_server.app import app

client = TestClient(app)


def test_health() -> None:
    expected = {"status": "ok", "version": version("whois-server")}
    assert client.get("/healthz").json() == expected


def test_answer() -> None:
    answer = client.get("/whois/10.1.0.0/16").json()
    assert answer["last"] == "10.1.255.255"


def test_bad_query() -> None:
    response = client.get("/whois/300.1.2.3")
    assert response.status_code == 400
    assert "neither" in response.json()["error"]
