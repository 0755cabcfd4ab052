"""How often each poem was read, if the extra metrics is there."""

from __future__ import annotations

try:
    import prometheus_client
except ImportError:
    prometheus_client = None


class Metrics:
    """Counters, for Prometheus to fetch."""

    def __init__(self) -> None:
        if prometheus_client:
            self._registry = prometheus_client.CollectorRegistry()
            self._reads = prometheus_client.Counter(
                "poems_reads", "Poems that were read.", ["poem"], registry=self._registry
            )

    def count(self, slug: str) -> None:
        """Count one more reader."""
        if prometheus_client:
            self._reads.labels(slug).inc()

    def text(self) -> str:
        """All counters; nothing without the extra."""
        if not prometheus_client:
            return ""
        return prometheus_client.generate_latest(self._registry).decode()
