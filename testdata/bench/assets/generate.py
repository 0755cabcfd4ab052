"""A folder of static files as a large site has it: generate.py DIR [FILES].

The same files each time: modules that import one another, style sheets that
import others and show pictures, SVG, source maps, pages, and what is compressed
already. Sizes are log-normal around 2.5 kB.
"""

import json
import pathlib
import random
import struct
import sys
import zlib

WORDS = """account action active address align animate append apply array attribute await background badge banner base
border bottom bounds button cache callback cancel canvas caption card cell center change check child class clear click close
code collapse color column content context control copy count create current cursor data date default delay delete detail
device dialog direction disable display document drag drop duration edit element empty enable error event expand export fade
field file filter flex focus font footer form format frame function grid group handle header height hidden history hover icon
image index input insert item keyboard label layer layout left length level limit line link list load local margin mask media
menu message method middle mobile modal module mouse move name native nested notice number object offset opacity option order
origin output overflow overlay padding page panel parent path pattern pending picker pixel place pointer popup position
prefix preview primary progress prompt query radio range ratio ready record region release reload remove render repeat reset
resize resolve result return right rotate round scale screen scroll search section select shadow shape show sidebar size slide
sort source space spinner stack start state status step store stretch string style submit suffix switch table target task text
theme thumb time title toggle token tooltip top touch track transform transition tree trigger type update upload user value
variant vertical view visible wait warning width window wrap""".split()


class Site:
    def __init__(self, root, files):
        self.root = pathlib.Path(root)
        self.r = random.Random(20261125)
        parts = {"js": 0.38, "css": 0.2, "svg": 0.12, "png": 0.14, "map": 0.05, "html": 0.04, "json": 0.04, "woff2": 0.03}
        self.names = {kind: [self.name(kind, i) for i in range(round(files * part))] for kind, part in parts.items()}

    def name(self, kind, i):
        where = {"png": "img", "svg": "img", "woff2": "fonts", "map": "js"}.get(kind, kind)
        folder = f"{where}/{WORDS[i * 7 % len(WORDS)]}" if kind != "html" else "html"
        return f"{folder}/{WORDS[i % len(WORDS)]}-{i}.{'js.map' if kind == 'map' else kind}"

    def size(self):
        return min(int(self.r.lognormvariate(7.8, 1.0)), 200_000)

    def word(self):
        return self.r.choice(WORDS)

    def camel(self):
        return self.word() + self.word().title()

    def reference(self, source, kind):
        up = "../" * source.count("/")
        return up + self.r.choice(self.names[kind])

    def js(self, name, i):
        later = self.names["js"][i + 1 : i + 50]  # no circles, which Django's storage does not know
        out = [f"// {name}: {self.word()} {self.word()}"]
        for target in self.r.sample(later, min(len(later), self.r.randrange(4))):
            out.append(f'import {{ {self.camel()} }} from "{"../" * name.count("/")}{target}";')
        while sum(map(len, out)) < self.size_now:
            f, a, b = f"{self.camel()}{len(out)}", self.word() + "Item", self.word()
            out.append(
                f"export function {f}({a}, {b}Value) {{\n  const {self.word()}Node = document.querySelector('.{self.word()}-{self.word()}');\n"
                f"  if ({a} > {self.r.randrange(500)} && !{b}Value.{self.word()}) {{\n    return {b}Value.{self.camel()}({a}, '{self.word()} {self.word()}');\n  }}\n"
                f"  {b}Value.addEventListener('{self.word()}', () => {{ {a} += {self.r.randrange(90)}; }});\n  return {a};\n}}\n"
            )
        if i < len(self.names["map"]):
            out.append(f"//# sourceMappingURL={'../' * name.count('/')}{self.names['map'][i]}")
        return "\n".join(out) + "\n"

    def css(self, name, i):
        out = []
        later = self.names["css"][i + 1 : i + 20]
        if later and i % 3 == 0:
            out.append(f'@import "{"../" * name.count("/")}{self.r.choice(later)}";')
        while sum(map(len, out)) < self.size_now:
            out.append(
                f".{self.word()}-{self.word()} .{self.word()}:hover {{\n  {self.word()}: {self.r.randrange(64)}px {self.r.randrange(64)}px;\n"
                f"  color: #{self.r.randrange(1 << 24):06x};\n  background: url(\"{self.reference(name, self.r.choice(['png', 'svg']))}\") no-repeat;\n}}"
                if self.r.random() < 0.15
                else f".{self.word()}-{self.word()} {{\n  margin: {self.r.randrange(64)}px;\n  {self.word()}-{self.word()}: {self.r.randrange(999)}em;\n  color: #{self.r.randrange(1 << 24):06x};\n}}"
            )
        return "\n".join(out) + "\n"

    def svg(self, name, i):
        out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">']
        while sum(map(len, out)) < self.size_now / 2:
            points = " ".join(f"{self.r.choice('LCMHV')}{self.r.uniform(0, 512):.2f},{self.r.uniform(0, 512):.2f}" for _ in range(12))
            out.append(f'  <path class="{self.word()}" fill="#{self.r.randrange(1 << 24):06x}" d="{points}"/>')
        return "\n".join(out + ["</svg>"]) + "\n"

    def map(self, name, i):
        text = "\n".join(f"export const {self.camel()} = {self.r.randrange(9999)};" for _ in range(self.size_now // 30 + 1))
        mappings = ";".join("".join(self.r.choices("ACDEGIKOQSUYac", k=20)) for _ in range(self.size_now // 40 + 1))
        return json.dumps({"version": 3, "file": "x.js", "sources": [f"../src/{self.word()}.ts"], "sourcesContent": [text], "names": [], "mappings": mappings})

    def html(self, name, i):
        body = "\n".join(f'<p class="{self.word()}">{" ".join(self.word() for _ in range(30))} <img src="{self.reference(name, "png")}" alt=""></p>' for _ in range(self.size_now // 250 + 1))
        return f'<!doctype html>\n<html>\n<head>\n<title>{self.word()}</title>\n<link rel="stylesheet" href="{self.reference(name, "css")}">\n<script type="module" src="{self.reference(name, "js")}"></script>\n</head>\n<body>\n{body}\n</body>\n</html>\n'

    def json(self, name, i):
        return json.dumps([{self.word(): self.r.randrange(10000), self.word(): self.camel(), "id": n} for n in range(self.size_now // 45 + 1)], indent=1)

    def png(self, name, i):
        data = zlib.compress(self.r.randbytes(self.size_now), 1)
        chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 6, 0, 0, 0)) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

    def woff2(self, name, i):
        return b"wOF2" + self.r.randbytes(self.size_now * 4)

    def write(self):
        for kind, names in self.names.items():
            for i, name in enumerate(names):
                self.size_now = self.size()
                content = getattr(self, kind)(name, i)
                file = self.root / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    Site(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000).write()
