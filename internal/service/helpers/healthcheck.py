"""Waits until a process is healthy: healthcheck.py SECONDS url URL [ADDRESS]
or healthcheck.py SECONDS run COMMAND...

A URL is healthy when its status is below 400; ADDRESS, HOST:PORT or unix:PATH,
is where to connect to instead of the URL's own host. A command is healthy when
its status is 0. Made by pinpack; needs nothing but Python.
"""

import http.client
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit


class Connection(http.client.HTTPConnection):
    """A connection to an address other than that of the Host header."""

    def __init__(self, host, address, timeout):
        super().__init__(host, timeout=timeout)
        self.address = address

    def connect(self):
        if self.address.startswith("unix:"):
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(self.address[len("unix:"):])
        else:
            host, _, port = self.address.rpartition(":")
            self.sock = socket.create_connection((host.strip("[]"), int(port)), self.timeout)


def get(url, address, timeout):
    parts = urlsplit(url)
    if address:
        connection = Connection(parts.netloc, address, timeout)
    elif parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.netloc, timeout=timeout)
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": "pinpack-healthcheck"})
        response = connection.getresponse()
        if response.status >= 400:
            return "status %d %s" % (response.status, response.reason)
    finally:
        connection.close()
    return None


def run(command, timeout):
    status = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=timeout).returncode
    return "status %d" % status if status else None


def main(seconds, kind, *rest):
    deadline = time.monotonic() + float(seconds)
    while True:
        left = max(1.0, deadline - time.monotonic())
        try:
            if kind == "url":
                wrong = get(rest[0], rest[1] if len(rest) > 1 else "", left)
            else:
                wrong = run(rest, left)
        except (OSError, http.client.HTTPException, subprocess.TimeoutExpired) as error:
            wrong = str(error) or type(error).__name__
        if wrong is None:
            return 0
        if time.monotonic() + 0.5 >= deadline:
            print("not healthy within %s seconds: %s: %s" % (seconds, " ".join(rest), wrong), file=sys.stderr)
            return 1
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
