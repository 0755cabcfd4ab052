"""Orders in PostgreSQL, taken from the shell and over HTTP."""
