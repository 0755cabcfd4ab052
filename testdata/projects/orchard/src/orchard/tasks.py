"""What workers do."""

from __future__ import annotations

import os

from celery import Celery

from orchard import store

app = Celery("orchard", broker=os.environ.get("ORCHARD_BROKER", "redis://127.0.0.1:6379/0"))
app.conf.update(
    broker_connection_retry_on_startup=True,
    task_acks_late=True,  # a task whose worker ends is another's
    task_ignore_result=True,
)


@app.task
def press(basket: int) -> None:
    """Press one basket."""
    store.press(basket, os.environ.get("PS", "worker"))
