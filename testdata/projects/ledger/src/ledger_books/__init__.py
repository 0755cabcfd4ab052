"""Balances and registers of plain-text double-entry books."""

__version__ = "2024.7"
