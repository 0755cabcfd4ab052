"""One page under several servers."""

__version__ = "1.0.0"
