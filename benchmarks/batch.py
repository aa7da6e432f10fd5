"""Rescoring a delivery in file mode beside bare reading of the same files and beside what a user would pick instead.

``BENCH_CASES`` names the sizes (``250000,1000000``), ``BENCH_ROUNDS`` how often each is run. The peers need
``python -m benchmarks._peers.install`` first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks._figures import Figure
from benchmarks._peers.install import python as peers_python
from benchmarks._rescoring import active_cases, cluster, rescored, size_of
from benchmarks._runs import Used, clean_environment, in_turn, run
from benchmarks._worlds import HOME, UNTIL, busy_delivery, delivery, environment, release, risk_service

PEER = Path(__file__).parent / "_peers" / "pandas_batch.py"


def measure() -> Iterator[Figure]:
    """Yield figures for each size."""
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    name = release()
    for asked in os.environ.get("BENCH_CASES", "250000").split(","):
        for busy in (False, True):
            yield from _of_size(int(asked), name, rounds=rounds, busy=busy)


def _of_size(asked: int, name: str, *, rounds: int, busy: bool) -> Iterator[Figure]:
    folder = busy_delivery(asked) if busy else delivery(asked)
    size = size_of(folder)
    label = f"{size.cases:,} cases{', most of them active' if busy else ''}"
    yield Figure(f"{label}: rows", size.rows, "rows")
    with cluster(2) as address:
        works: dict[str, Callable[[], Used]] = {
            "bare reading": lambda: run([sys.executable, "-m", "benchmarks._reading", str(folder)]),
            "1 worker": lambda: rescored(folder, name, "--workers", "1"),
            "2 workers": lambda: rescored(folder, name, "--workers", "2"),
            "Dask, 2 workers": lambda: rescored(folder, name, "--dask", address),
        }
        taken = in_turn(works, rounds=rounds)
    yield Figure(f"{label}: active", active_cases(), "cases")
    empty = in_turn({"nothing": lambda: run(risk_service("rescore", "--help"), env=environment())}, rounds=rounds)
    one, two, bare = taken["1 worker"], taken["2 workers"], taken["bare reading"]
    for what, used in taken.items():
        yield Figure(f"{label}: {what}", used.seconds, "s")
        if not what.startswith("Dask"):  # its workers are not the command's own processes
            yield Figure(f"{label}: {what}, processor time", used.processor, "s")
            yield Figure(f"{label}: {what}, largest process", used.peak, "MiB")
    yield Figure(f"{label}: 1 worker, by the clock", size.cases / one.seconds, "cases/s")
    yield Figure(f"{label}: 1 worker, by processor time", size.cases / one.processor, "cases/s")
    yield Figure(f"{label}: 2 workers, by the clock", size.cases / two.seconds, "cases/s")
    yield Figure(f"{label}: 1 worker over bare reading, processor time", one.processor / bare.processor, "x")
    yield Figure(f"{label}: the program's start alone, processor time", empty["nothing"].processor, "s")
    yield Figure(f"{label}: 1 worker over 2, by the clock", one.seconds / two.seconds, "x")
    yield Figure(f"{label}: the pool over Dask, by the clock", two.seconds / taken["Dask, 2 workers"].seconds, "x")
    for stage, seconds in _stages(folder, name).items():
        yield Figure(f"{label}: stage: {stage}, processor time", seconds, "s")
    yield from _peers(folder, label, one)


def _stages(folder: Path, name: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks._stages", str(folder), name]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
    return json.loads(done.stdout)


def _peers(folder: Path, label: str, ours: Used) -> Iterator[Figure]:
    """The peers, once: each part of their work, and how many times ours they take."""
    python = peers_python()
    if python is None:
        print("(no peers: run python -m benchmarks._peers.install)", file=sys.stderr)
        return
    command = [str(python), str(PEER), str(folder), UNTIL, str(HOME / "peer.parquet")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=clean_environment())
    told = json.loads(done.stdout)
    for what, seconds in told["seconds"].items():
        yield Figure(f"{label}: pandas peer: {what}, processor time", seconds, "s")
    whole = sum(told["seconds"].values())
    yield Figure(f"{label}: pandas peer over 1 worker, processor time", whole / ours.processor, "x")
    yield Figure(f"{label}: EBM: score and its own explanations, processor time", told["ebm"], "s")
    yield Figure(f"{label}: row by row (apply, one prediction each)", told["row_by_row"], "active cases/s")
    for what in ("scores (scikit-learn)", "reasons (pred_contrib)"):
        yield Figure(f"{label}: pandas peer: {what}", told["active"] / told["seconds"][what], "active cases/s")
    yield Figure(f"{label}: pandas peer, largest process", told["peak"], "MiB")
