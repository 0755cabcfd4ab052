from datetime import UTC, datetime
from pathlib import Path

from notes.web import app
from notes_store import Note, Store
from starlette.testclient import TestClient

WRITTEN = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


def test_pages(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(Note("Tea & <toast>", "*Green*, <b>raw</b>\n", ["shopping"], WRITTEN))
    client = TestClient(app(store))
    assert "Tea &amp; &lt;toast&gt;" in client.get("/").text
    assert "None." in client.get("/?q=coffee").text
    page = client.get("/tea-toast")
    assert "<em>Green</em>, &lt;b&gt;raw&lt;/b&gt;" in page.text
    assert client.get("/coffee").status_code == 404
