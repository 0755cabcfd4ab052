"""Notebook of Markdown files, for the shell and the browser."""
