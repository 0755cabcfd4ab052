"""The directory of notes."""

from __future__ import annotations

from pathlib import Path

from slugify import slugify

from notes_store import note
from notes_store.note import Note


class Store:
    """Notes in a directory, each under the slug of its title."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def add(self, new: Note) -> str:
        """Write a note, and return its slug."""
        slug = slugify(new.title)
        if not slug:
            raise ValueError(f"no letter or digit in the title {new.title!r}")
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            with self._path(slug).open("x", encoding="utf-8") as file:
                file.write(new.dump())
        except FileExistsError:
            raise ValueError(f"there is a note {slug!r} already") from None
        return slug

    def get(self, slug: str) -> Note:
        """The note of a slug; KeyError when there is none."""
        if slug != slugify(slug) or not self._path(slug).is_file():
            raise KeyError(f"no note {slug!r}")
        return self._load(self._path(slug))

    def notes(self) -> list[tuple[str, Note]]:
        """All notes with their slugs, the latest first."""
        found = [(path.stem, self._load(path)) for path in self.directory.glob("*.md")]
        return sorted(found, key=lambda item: (item[1].written, item[0]), reverse=True)

    def _path(self, slug: str) -> Path:
        return self.directory / f"{slug}.md"

    def _load(self, path: Path) -> Note:
        try:
            return note.load(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
