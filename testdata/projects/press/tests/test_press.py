import unittest
from importlib.resources import files

import press


class Static(unittest.TestCase):
    def text(self, name):
        return (files(press) / "static" / name).read_text()

    def test_sass(self):
        self.assertIn(".note .title{color:#27d}", self.text("sass/site.css").replace("#2277dd", "#27d"))

    def test_less(self):
        self.assertIn("width: 960px", self.text("less/print.css"))

    def test_coffee(self):
        self.assertIn("square = function(x)", self.text("coffee/square.js"))

    def test_esbuild(self):
        self.assertIn("hello, ", self.text("esbuild/app.js"))
        self.assertNotIn("interface", self.text("esbuild/app.js"))

    def test_vite(self):
        names = [name for name, _ in press.static() if name.startswith("vite/assets/")]
        self.assertTrue(any(name.endswith(".css") for name in names), names)
        for name in names:
            self.assertIn(name.removeprefix("vite/"), self.text("vite/index.html"))

    def test_tailwind(self):
        css = self.text("tailwind/site.css")
        self.assertIn(".underline", css)
        self.assertNotIn(".line-through", css)
