"""One note, and how it is written as a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import yaml

FENCE = "---\n"


@dataclass(frozen=True)
class Note:
    """A text with what is said of it."""

    title: str
    text: str
    tags: list[str]
    written: datetime

    def matches(self, words: Iterable[str]) -> bool:
        """Whether all the words are in it, whatever their case."""
        content = "\n".join([self.title, self.text, *self.tags]).casefold()
        return all(word.casefold() in content for word in words)

    def dump(self) -> str:
        """The text of its file."""
        head = {"title": self.title, "tags": self.tags, "written": self.written}
        front = yaml.safe_dump(head, allow_unicode=True, sort_keys=False)
        return FENCE + front + FENCE + self.text


def load(content: str) -> Note:
    """A note from the text of its file; ValueError when it is none."""
    start, front, text = [*content.split(FENCE, 2), "", ""][:3]
    try:
        head = yaml.safe_load(front)
        tags, written = list(head["tags"]), head["written"]
        if start == "" and isinstance(written, datetime):
            return Note(str(head["title"]), text, tags, written)
    except (yaml.YAMLError, KeyError, TypeError):
        pass
    raise ValueError("no front matter with title, tags and written")
