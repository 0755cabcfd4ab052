"""A process that systemd watches."""

from __future__ import annotations

import os
import signal
import socket
import time


def notify(state: str) -> None:
    """Tell the supervisor (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(state.encode(), address)


def main() -> None:
    """Beat until SIGUSR1, and be there without a beat after it."""
    beating = True

    def stop(number: int, frame: object) -> None:
        nonlocal beating
        beating = False

    signal.signal(signal.SIGUSR1, stop)
    notify("READY=1")
    while True:
        if beating:
            notify("WATCHDOG=1")
        time.sleep(0.5)
