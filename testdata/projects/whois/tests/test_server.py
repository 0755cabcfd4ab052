"""The installed command, as a server runs it."""

import json
import re
import subprocess
from importlib.metadata import version
from urllib.request import urlopen


def test_version() -> None:
    answer = subprocess.check_output(["whois-server", "--version"], text=True)
    assert answer.strip() == version("whois-server")


def test_serves_http() -> None:
    with subprocess.Popen(
        ["whois-server", "--port", "0"], stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            said = (re.search(r"http://\S+:\d+", line) for line in server.stderr)
            url = next(found[0] for found in said if found)
            with urlopen(f"{url}/whois/localhost", timeout=10) as response:
                assert json.load(response)["special_use"] == "RFC 6761"
        finally:
            server.terminate()
