"""Pastebin with syntax colours and pastes that expire."""

__version__ = "0.4.0"
