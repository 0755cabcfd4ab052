from pathlib import Path

import pytest

from paste_server.server import new_key, open_box
from paste_server.store import Paste, Store

SECRET = Paste("the cake is a lie", "text", 200.0)


@pytest.mark.parametrize("key", [None, new_key()])
def test_encryption(tmp_path: Path, key: str | None) -> None:
    file = tmp_path / "pastes"
    name = Store(file, open_box(key)).add(SECRET, now=100.0)
    assert Store(file, open_box(key)).get(name, now=199.0) == SECRET
    assert (b"cake" in file.read_bytes()) == (key is None)


def test_expired_pastes_are_dropped(tmp_path: Path) -> None:
    store = Store(tmp_path / "pastes")
    old = store.add(SECRET, now=100.0)
    store.add(SECRET, now=200.0)
    with pytest.raises(KeyError):
        store.get(old, now=100.0)
