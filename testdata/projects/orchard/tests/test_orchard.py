"""The application as a whole, on a database of its own, with tasks done at once."""

import io
import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from orchard import cli, store, tasks, web


class OrchardTest(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.state = Path(scratch.name)
        environment = {"ORCHARD_DATABASE": str(self.state / "orchard.sqlite"), "PS": "worker.7"}
        patch = mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)
        tasks.app.conf.task_always_eager = True

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[str, dict]:
        statuses = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        answer = b"".join(web.app(environ, lambda status, headers: statuses.append(status)))
        return statuses[0], json.loads(answer)

    def test_baskets_are_pressed(self) -> None:
        store.migrate()
        self.assertEqual(self.ask("POST", "/baskets", b"apples"), ("202 Accepted", {"basket": 1}))
        status, answer = self.ask("GET", "/")
        self.assertEqual((status, answer["baskets"], answer["pressed"]), ("200 OK", 1, 1))
        with store.connect() as db:
            self.assertEqual(db.execute("SELECT fruit, pressed_by FROM basket").fetchall(), [("apples", "worker.7")])

    def test_greeting_comes_from_the_environment(self) -> None:
        store.migrate()
        with mock.patch.dict(os.environ, {"ORCHARD_GREETING": "Moin"}):
            self.assertEqual(self.ask("GET", "/")[1]["greeting"], "Moin")

    def test_unknown_page(self) -> None:
        self.assertEqual(self.ask("GET", "/pears")[0], "404 Not Found")

    def test_health_follows_the_migrations(self) -> None:
        self.assertEqual(self.ask("GET", "/health")[0], "503 Service Unavailable")
        self.assertGreater(store.migrate(), 0)
        self.assertEqual(self.ask("GET", "/health")[0], "200 OK")
        self.assertEqual(store.migrate(), 0)
        with mock.patch.object(store, "migrations", return_value=["SELECT 1;"] * 99):
            self.assertEqual(self.ask("GET", "/health")[0], "503 Service Unavailable")
            self.assertGreater(store.migrate(), 0)
        self.assertEqual(self.ask("GET", "/health")[0], "200 OK")

    def test_failed_migration_changes_nothing(self) -> None:
        wrong = [*store.migrations(), "CREATE TABLE half (id INTEGER); SELECT wrong;"]
        with mock.patch.object(store, "migrations", return_value=wrong):
            with self.assertRaisesRegex(SystemExit, "no such column: wrong"):
                store.migrate()
        with store.connect() as db:
            self.assertEqual(store.schema(db), len(wrong) - 1)
            self.assertIsNone(db.execute("SELECT name FROM sqlite_schema WHERE name = 'half'").fetchone())

    def test_report_is_beside_the_database(self) -> None:
        store.migrate()
        store.add("pears")
        with mock.patch("sys.stdout", new=io.StringIO()):
            cli.report()
        report = json.loads((self.state / "report.json").read_text())
        self.assertEqual((report["baskets"], report["pressed"]), (1, 0))


if __name__ == "__main__":
    unittest.main()
