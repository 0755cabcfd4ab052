"""Drawings, and a page for each."""
