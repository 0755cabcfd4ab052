"""The database: one file of SQLite, and the migrations that made it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path


def path() -> Path:
    """Where the database is."""
    return Path(os.environ.get("ORCHARD_DATABASE", "orchard.sqlite"))


def connect(mode: str = "rw") -> closing[sqlite3.Connection]:
    """Open the database, which only migrate makes. Each statement is a transaction."""
    uri = f"{path().absolute().as_uri()}?mode={mode}"
    return closing(sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None))


def migrations() -> list[str]:
    """The scripts that make the schema, in their order."""
    found = files("orchard").joinpath("migrations").iterdir()
    return [f.read_text() for f in sorted(found, key=lambda f: f.name) if f.name.endswith(".sql")]


def migrate() -> int:
    """Run the migrations that the database has not seen, each as a whole or not
    at all, and return how many that were."""
    with connect("rwc") as db:
        db.execute("PRAGMA journal_mode = WAL")
        seen = schema(db)
        new = migrations()[seen:]
        for number, script in enumerate(new, seen + 1):
            try:
                db.executescript(f"BEGIN;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
            except sqlite3.Error as error:
                raise SystemExit(f"orchard: migration {number}: {error}") from error
        return len(new)


def schema(db: sqlite3.Connection) -> int:
    """How many migrations the database has seen."""
    return db.execute("PRAGMA user_version").fetchone()[0]


def current() -> bool:
    """Whether the database is one that this code can work with."""
    with connect() as db:
        return schema(db) >= len(migrations())


def add(fruit: str) -> int:
    """Take a basket in."""
    with connect() as db:
        return db.execute("INSERT INTO basket (fruit) VALUES (?)", (fruit,)).lastrowid


def press(basket: int, worker: str) -> None:
    """Note who pressed a basket."""
    with connect() as db:
        db.execute("UPDATE basket SET pressed_by = ? WHERE id = ?", (worker, basket))


def counts() -> dict[str, int]:
    """How many baskets there are, and how many of them are pressed."""
    with connect() as db:
        baskets, pressed = db.execute("SELECT count(*), count(pressed_by) FROM basket").fetchone()
    return {"baskets": baskets, "pressed": pressed}
