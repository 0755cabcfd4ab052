"""Count, thin out and rank lines of text or CSV columns."""

__version__ = "2.1.0"
