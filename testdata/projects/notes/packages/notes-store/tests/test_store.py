from datetime import UTC, datetime
from pathlib import Path

import pytest
from notes_store import Note, Store

WRITTEN = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
TEA = Note("Möbel & Tee", "- tea\n---\n- table\n", ["shopping"], WRITTEN)


def test_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    store = Store(tmp_path / "new")
    assert store.add(TEA) == "mobel-tee"
    assert store.get("mobel-tee") == TEA
    assert store.notes() == [("mobel-tee", TEA)]


def test_no_note_is_overwritten(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add(TEA)
    with pytest.raises(ValueError, match="already"):
        store.add(TEA)


@pytest.mark.parametrize("slug", ["none", "../../etc/passwd", ""])
def test_no_such_note(tmp_path: Path, slug: str) -> None:
    with pytest.raises(KeyError):
        Store(tmp_path).get(slug)


@pytest.mark.parametrize(
    "text", ["", "text\n", "---\ntitle: x\n", "---\n- x\n---\n", "---\n[\n---\n"]
)
def test_file_without_front_matter_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "odd.md").write_text(text)
    with pytest.raises(ValueError, match="odd.md: no front matter"):
        Store(tmp_path).notes()
