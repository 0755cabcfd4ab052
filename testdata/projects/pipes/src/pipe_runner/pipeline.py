"""A pipeline, as its file describes it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

Record = dict[str, Any]


@dataclass(frozen=True)
class Pipeline:
    """Where records come from, what is done to them, and where they go."""

    source: str
    target: str
    steps: list[dict[str, Any]]


def schema() -> dict[str, Any]:
    """What a pipeline's file may say."""
    return json.loads(files("pipe_runner").joinpath("schema.json").read_text(encoding="utf-8"))


def load(path: Path) -> Pipeline:
    """The pipeline of a file; ValueError tells everything that is wrong with it."""
    described = tomllib.loads(path.read_text(encoding="utf-8"))
    errors = sorted(Draft202012Validator(schema()).iter_errors(described), key=lambda e: e.json_path)
    if errors:
        raise ValueError("; ".join(f"{e.json_path}: {e.message}" for e in errors))
    return Pipeline(described["source"], described.get("target", "-"), described.get("step", []))


def apply(records: Iterable[Record], steps: Iterable[dict[str, Any]]) -> list[Record]:
    """The records after the steps."""
    result = list(records)
    for step in steps:
        try:
            result = _STEPS[step["do"]](result, step)
        except (KeyError, TypeError, ValueError) as error:
            cause = f"no field {error}" if isinstance(error, KeyError) else error
            raise ValueError(f"{step['do']} {step['field']}: {cause}") from error
    return result


def _number(text: Any) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _keep(record: Record, step: dict[str, Any]) -> bool:
    value = record[step["field"]]
    return value == step.get("is", value) and ("least" not in step or value >= step["least"])


_STEPS = {
    "drop": lambda records, step: [
        {name: value for name, value in record.items() if name != step["field"]}
        for record in records
    ],
    "keep": lambda records, step: [record for record in records if _keep(record, step)],
    "number": lambda records, step: [
        record | {step["field"]: _number(record[step["field"]])} for record in records
    ],
    "rename": lambda records, step: [
        {step["to"] if name == step["field"] else name: value for name, value in record.items()}
        for record in records
    ],
    "sort": lambda records, step: sorted(
        records, key=lambda record: record[step["field"]], reverse=step.get("reverse", False)
    ),
}
