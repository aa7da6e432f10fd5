"""How good the scores are on simulated worlds, whose truth is known; each figure with what it was measured on."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._figures import Figure


def measure() -> Iterator[Figure]:
    """Yield the figures by days to departure."""
    from benchmarks.quality import leads

    yield from leads.measure()
