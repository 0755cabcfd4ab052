from importlib.metadata import version

import pytest
from click.testing import CliRunner

from poems.cli import main


@pytest.mark.parametrize(
    ("arguments", "want"),
    [
        (["list"], "the-eagle\tAlfred Tennyson: The Eagle (1851)\n"),
        (["today", "--date", "2024-02-29"], "\n\nChristina Rossetti, 1872\n"),
        (["today"], "\n"),
        (["--version"], version("poems")),
    ],
)
def test_command(arguments: list[str], want: str) -> None:
    assert want in CliRunner().invoke(main, arguments).output
