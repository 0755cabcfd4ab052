"""Run small data pipelines that a TOML file describes."""
