"""The command: migrations, and the report."""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timezone

from orchard import __version__, store


def migrate() -> None:
    """Bring the database up to date."""
    print(f"{store.migrate()} migrations run")


def report() -> None:
    """Write how many baskets there are beside the database."""
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    text = json.dumps({"time": now, **store.counts()}) + "\n"
    store.path().with_name("report.json").write_text(text)
    print(text, end="")


def main() -> None:
    """Run one of both."""
    parser = argparse.ArgumentParser(prog="orchard", description="Looks after orchard's database.")
    parser.add_argument("--version", action="version", version=f"orchard {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for function in migrate, report:
        commands.add_parser(function.__name__, help=function.__doc__).set_defaults(run=function)
    parser.parse_args().run()
