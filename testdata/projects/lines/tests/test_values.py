import unittest

from lines import values

ORDERS = ["id,country\n", "1,fi\n", '2,"nl, west"\n', "3,fi\n", "4\n"]


class ReadTest(unittest.TestCase):
    def test_lines(self) -> None:
        self.assertEqual(list(values.read(["a\n", "\r\n", "b"])), ["a", "", "b"])

    def test_column(self) -> None:
        found = list(values.read(ORDERS, "country"))
        self.assertEqual(found, ["fi", "nl, west", "fi", ""])

    def test_no_such_column(self) -> None:
        with self.assertRaisesRegex(LookupError, "no column 'x'.* id, country"):
            list(values.read(ORDERS, "x"))

    def test_column_of_nothing(self) -> None:
        with self.assertRaisesRegex(LookupError, "none"):
            list(values.read([], "x"))


class RankTest(unittest.TestCase):
    def test_unique_keeps_the_order(self) -> None:
        self.assertEqual(list(values.unique("banana")), ["b", "a", "n"])

    def test_top(self) -> None:
        self.assertEqual(values.top("banana", 2), [("a", 3), ("n", 2)])

    def test_equal_counts_are_sorted(self) -> None:
        self.assertEqual(values.top("cab", 2), [("a", 1), ("b", 1)])
