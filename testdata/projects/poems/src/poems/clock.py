"""What day it is where the readers are."""

from __future__ import annotations

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo


def today() -> date:
    """Today, in the time zone $TIMEZONE."""
    return datetime.now(ZoneInfo(os.environ.get("TIMEZONE", "UTC"))).date()
