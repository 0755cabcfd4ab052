"""Counts baskets of fruit and has them pressed."""

__version__ = "1.0.0"
