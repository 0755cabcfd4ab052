"""The poems."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Poem:
    """A poem and where it is from."""

    title: str
    author: str
    year: int
    text: str
    language: str = "en"

    @property
    def slug(self) -> str:
        """Its name in addresses."""
        return "-".join(re.findall(r"[a-z0-9]+", self.title.lower()))

    @property
    def stanzas(self) -> list[str]:
        """The text, in parts."""
        return self.text.strip().split("\n\n")


@cache
def poems() -> dict[str, Poem]:
    """All poems by slug, in the order of the anthology."""
    text = files("poems").joinpath("anthology.toml").read_text(encoding="utf-8")
    return {poem.slug: poem for poem in (Poem(**p) for p in tomllib.loads(text)["poem"])}


def of_day(day: date, choice: Sequence[Poem]) -> Poem:
    """The poem of a day: each in its turn."""
    return choice[day.toordinal() % len(choice)]
