"""Rescoring files at growing size: time, processor time and memory with one worker, two, and a local Dask cluster.

``BENCH_SIZES`` names the sizes (``250000,1000000,4000000``), ``BENCH_ROUNDS`` how often each is run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from benchmarks._figures import Figure
from benchmarks._rescoring import cluster, rescored, size_of
from benchmarks._runs import Used, in_turn
from benchmarks._worlds import delivery, release


def measure() -> Iterator[Figure]:
    """Yield figures for each size, and how memory grows from one size to the next."""
    rounds = int(os.environ.get("BENCH_ROUNDS", "1"))
    name = release()
    before: float | None = None
    for asked in os.environ.get("BENCH_SIZES", "250000,1000000,4000000").split(","):
        folder = delivery(int(asked))
        size = size_of(folder)
        label = f"{size.cases:,} cases"
        yield Figure(f"{label}: rows a case", size.rows / size.cases, "rows")
        with cluster(2) as address:
            works: dict[str, Callable[[], Used]] = {
                "1 worker": lambda folder=folder: rescored(folder, name, "--workers", "1"),  # type: ignore[misc]
                "2 workers": lambda folder=folder: rescored(folder, name, "--workers", "2"),  # type: ignore[misc]
                "Dask, 2 workers": lambda folder=folder: rescored(folder, name, "--dask", address),  # type: ignore[misc]
            }
            taken = in_turn(works, rounds=rounds)
        for what, used in taken.items():
            yield Figure(f"{label}: {what}", used.seconds, "s")
            yield Figure(f"{label}: {what}, by the clock", size.cases / used.seconds, "cases/s")
            if not what.startswith("Dask"):  # its workers are not the command's own processes
                yield Figure(f"{label}: {what}, processor time", used.processor, "s")
                yield Figure(f"{label}: {what}, by processor time", size.cases / used.processor, "cases/s")
                yield Figure(f"{label}: {what}, largest process", used.peak, "MiB")
        yield Figure(f"{label}: 1 worker over 2", taken["1 worker"].seconds / taken["2 workers"].seconds, "x")
        yield Figure(f"{label}: the pool over Dask", taken["2 workers"].seconds / taken["Dask, 2 workers"].seconds, "x")
        peak = taken["2 workers"].peak
        if before is not None:
            yield Figure(f"{label}: memory beside that of the size before", peak / before, "x")
        before = peak
