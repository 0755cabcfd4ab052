"""What the commands do, apart from files and options."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator


def read(text: Iterable[str], column: str | None = None) -> Iterator[str]:
    """The lines of a text, or the values of one column of a CSV text."""
    if column is None:
        yield from (line.rstrip("\r\n") for line in text)
        return
    rows = csv.DictReader(text)
    if column not in (rows.fieldnames or []):
        known = ", ".join(rows.fieldnames or []) or "none"
        raise LookupError(f"no column {column!r}; there are: {known}")
    for row in rows:
        yield row[column] or ""


def unique(values: Iterable[str]) -> Iterable[str]:
    """Each value once, in the order of its first appearance."""
    return dict.fromkeys(values)


def top(values: Iterable[str], number: int) -> list[tuple[str, int]]:
    """The most frequent values with their counts; equal counts by value."""
    ranked = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return ranked[:number]
