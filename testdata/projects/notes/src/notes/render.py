"""Notes as HTML."""

from __future__ import annotations

from markdown_it import MarkdownIt

# What a note holds is shown, never run: raw HTML is escaped.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


def html(text: str) -> str:
    """Markdown as HTML."""
    return _markdown.render(text)
