"""The page, and that the installed package brings all it needs."""

from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase

from shop.catalogue.models import Product


class PageTest(TestCase):
    fixtures = ["demo"]

    def test_lists_what_is_in_stock(self) -> None:
        response = self.client.get("/")
        self.assertContains(response, "Teapot")
        self.assertContains(response, "€ 6.50")
        self.assertNotContains(response, "Kettle")

    def test_says_when_all_is_sold(self) -> None:
        Product.objects.update(in_stock=False)
        self.assertContains(self.client.get("/"), "Sold out.")

    def test_names_are_escaped(self) -> None:
        Product.objects.create(name="<b>Bowl</b>", price=9)
        self.assertContains(self.client.get("/"), "&lt;b&gt;Bowl&lt;/b&gt;")

    def test_migrations_are_complete(self) -> None:
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)


class StaticFilesTest(SimpleTestCase):
    def test_are_installed(self) -> None:
        for name in ("style.css", "filter.js", "teapot.svg"):
            with self.subTest(name):
                self.assertIsNotNone(finders.find(f"catalogue/{name}"))
