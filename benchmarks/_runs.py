"""Running commands and taking their time, processor time and memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

ONE_THREAD = dict.fromkeys(
    ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS"), "1"
)


@dataclass(frozen=True)
class Used:
    """What a command took: seconds by the clock, of processors, and MiB of its largest process."""

    seconds: float
    processor: float
    peak: float


def clean_environment() -> dict[str, str]:
    """The environment with one thread for every library, so that workers are what is counted."""
    return dict(os.environ) | ONE_THREAD


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Used:
    """Run a command to its end; its output goes nowhere.

    Raises
    ------
    subprocess.CalledProcessError
        It failed.
    """
    waiting = [sys.executable, "-S", "-m", "benchmarks._waited", *command]
    done = subprocess.run(waiting, env=env or clean_environment(), check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(done.stdout)
    if told["code"]:
        raise subprocess.CalledProcessError(told["code"], command)
    return Used(told["seconds"], told["processor"], told["peak"])


def in_turn(works: Mapping[str, Callable[[], Used]], *, rounds: int) -> dict[str, Used]:
    """Run all in turn, so many rounds, so that what else the machine does falls on each; medians by name."""
    taken: dict[str, list[Used]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(work())
    return {name: _median(runs) for name, runs in taken.items()}


def _median(runs: Sequence[Used]) -> Used:
    return Used(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.processor for run in runs),
        max(run.peak for run in runs),
    )
