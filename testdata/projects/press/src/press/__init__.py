"""Names what the steps of Node.js made."""

from importlib.resources import files


def static():
    """List the static files, each with its size."""
    found = []

    def look(folder, path):
        for entry in sorted(folder.iterdir(), key=lambda e: e.name):
            name = f"{path}/{entry.name}".lstrip("/")
            if entry.is_dir():
                look(entry, name)
            else:
                found.append((name, len(entry.read_bytes())))

    look(files(__name__) / "static", "")
    return found


def main():
    for name, size in static():
        print(f"{size:8} {name}")
