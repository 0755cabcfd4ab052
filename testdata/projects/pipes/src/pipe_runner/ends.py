"""Where records come from, and where they go."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import orjson
import requests

from pipe_runner.pipeline import Record


def read(source: str, directory: Path) -> list[Record]:
    """The records of a file, relative to a directory, or of an address."""
    address = urlsplit(source)
    if address.scheme in ("http", "https"):
        answer = requests.get(source, timeout=30)
        answer.raise_for_status()
        data = answer.content
    else:
        data = (directory / source).read_bytes()
    return _format(address.path, _READ)(data)


def write(records: list[Record], target: str, directory: Path) -> None:
    """Write the records to a file, or to the standard output as JSON lines."""
    if target == "-":
        sys.stdout.write(_write_lines(records).decode())
        return
    data = _format(target, _WRITE)(records)
    (directory / target).write_bytes(data)


def _format(path: str, formats: dict[str, Callable]) -> Callable:
    suffix = PurePosixPath(path).suffix
    if suffix not in formats:
        raise ValueError(f"unknown format of {path!r}; there are: {', '.join(formats)}")
    return formats[suffix]


def _read_csv(data: bytes) -> list[Record]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def _read_lines(data: bytes) -> list[Record]:
    return [orjson.loads(line) for line in data.splitlines() if line.strip()]


def _write_csv(records: Iterable[Record]) -> bytes:
    fields = list(dict.fromkeys(name for record in records for name in record))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fields)
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def _write_lines(records: Iterable[Record]) -> bytes:
    return b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)


_READ = {".csv": _read_csv, ".json": orjson.loads, ".jsonl": _read_lines}
_WRITE = {".csv": _write_csv, ".json": orjson.dumps, ".jsonl": _write_lines}
