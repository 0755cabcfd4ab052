"""The page says what it should."""

import json
import unittest

from servers.page import wsgi


class PageTest(unittest.TestCase):
    def test_page(self):
        seen = []
        page = wsgi({}, lambda status, headers: seen.append((status, dict(headers))))
        said = json.loads(b"".join(page))
        self.assertEqual(said["server"], "none")
        self.assertEqual(seen[0][0], "200 OK")


if __name__ == "__main__":
    unittest.main()
