"""The pastes, in one SQLite file."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SCHEMA = """
create table if not exists paste (
    id text primary key, body blob not null, language text not null, expires real not null
)
"""


class Box(Protocol):
    """What keeps stored pastes from being read, as cryptography.fernet.Fernet."""

    def encrypt(self, data: bytes) -> bytes: ...
    def decrypt(self, token: bytes) -> bytes: ...


class Open:
    """The box that is none."""

    def encrypt(self, data: bytes) -> bytes:
        return data

    def decrypt(self, token: bytes) -> bytes:
        return token


@dataclass(frozen=True)
class Paste:
    """A text, the language it is in, and until when it is there."""

    body: str
    language: str
    expires: float  # seconds since 1970


class Store:
    """Pastes by their names, which nobody can guess."""

    def __init__(self, path: Path, box: Box | None = None) -> None:
        self._path, self._box = path, box or Open()
        with self._connect() as connection:
            connection.execute(SCHEMA)

    def add(self, paste: Paste, now: float) -> str:
        """Keep a paste, and drop those that have expired; its name is returned."""
        name = secrets.token_urlsafe(8)
        body = self._box.encrypt(paste.body.encode())
        with self._connect() as connection, connection:
            connection.execute("delete from paste where expires <= ?", [now])
            row = [name, body, paste.language, paste.expires]
            connection.execute("insert into paste values (?, ?, ?, ?)", row)
        return name

    def get(self, name: str, now: float) -> Paste:
        """The paste of a name; KeyError when there is none, or none any longer."""
        query = "select body, language, expires from paste where id = ? and expires > ?"
        with self._connect() as connection:
            row = connection.execute(query, [name, now]).fetchone()
        if row is None:
            raise KeyError(name)
        body, language, expires = row
        return Paste(self._box.decrypt(body).decode(), language, expires)

    def _connect(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self._path))
