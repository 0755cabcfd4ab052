import unittest

import manual
from starlette.testclient import TestClient


class Site(unittest.TestCase):
    def test_flask(self):
        client = manual.flask.test_client()
        self.assertEqual(client.get("/de").text, "Hallo")
        style = client.get("/static/style.css")
        self.assertEqual((style.status_code, style.text), (200, "body { margin: 3rem; }\n"))
        style.close()

    def test_starlette(self):
        client = TestClient(manual.starlette)
        self.assertEqual(client.get("/de").text, "Hallo")
        self.assertEqual(client.get("/static/style.css").status_code, 200)
        self.assertEqual(client.get("/static/none.css").status_code, 404)

    def test_installed(self):
        self.assertIn("site-packages", manual.__file__)
