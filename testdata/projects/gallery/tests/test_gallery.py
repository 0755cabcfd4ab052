"""The pages, and that the installed package brings all they need."""

from django.contrib.staticfiles import finders
from django.test import SimpleTestCase

from gallery.drawings import DRAWINGS


class PagesTest(SimpleTestCase):
    def test_wall_leads_to_every_drawing(self) -> None:
        response = self.client.get("/")
        for drawing in DRAWINGS:
            self.assertContains(response, f'href="/{drawing.slug}/"')

    def test_drawing_has_its_picture(self) -> None:
        for drawing in DRAWINGS:
            with self.subTest(drawing.slug):
                picture = f"gallery/img/{drawing.slug}.svg"
                self.assertContains(self.client.get(f"/{drawing.slug}/"), picture)
                self.assertIsNotNone(finders.find(picture))

    def test_no_such_drawing(self) -> None:
        self.assertEqual(self.client.get("/sunflowers/").status_code, 404)
