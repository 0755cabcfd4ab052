"""What hangs in the gallery."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Drawing:
    """One drawing; its picture is the static file gallery/img/<slug>.svg."""

    slug: str
    title: str
    year: int


DRAWINGS = (
    Drawing("hills", "Hills in the morning", 1911),
    Drawing("harbour", "Harbour with two boats", 1923),
    Drawing("orchard", "Orchard in bloom", 1937),
)
