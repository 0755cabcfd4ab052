"""Anthology on the web, with a poem for each day."""
