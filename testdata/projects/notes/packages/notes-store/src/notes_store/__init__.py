"""Directory of Markdown files with front matter."""

from notes_store.note import Note
from notes_store.store import Store

__all__ = ["Note", "Store"]
