"""A JSON service that explains domain names and IP ranges."""
