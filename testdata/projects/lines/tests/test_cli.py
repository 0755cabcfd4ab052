import unittest
from importlib.metadata import version

from click.testing import CliRunner

from lines.cli import main


def run(*arguments: str, text: str = "b\na\nb\n") -> str:
    """What the command writes."""
    return CliRunner().invoke(main, arguments, input=text).output


class CommandTest(unittest.TestCase):
    def test_count(self) -> None:
        self.assertEqual(run("count"), "3\n")

    def test_unique(self) -> None:
        self.assertEqual(run("unique"), "b\na\n")

    def test_top(self) -> None:
        self.assertEqual(run("top", "-n", "1"), "2\tb\n")

    def test_column(self) -> None:
        text = "name,size\nx,1\ny,1\n"
        self.assertEqual(run("unique", "--column", "size", text=text), "1\n")

    def test_wrong_column_is_explained(self) -> None:
        self.assertIn("Error: <stdin>: no column 'x'", run("count", "-c", "x"))

    def test_version_is_that_of_the_package(self) -> None:
        self.assertIn(version("lines"), run("--version"))
