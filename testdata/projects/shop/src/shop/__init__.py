"""A catalogue site with one model and one page."""
