"""What a benchmark yields, and how it takes the time."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

_PARTS = ("numpy", "polars", "pyarrow", "distributed", "sqlalchemy", "flask", "gunicorn")


@dataclass(frozen=True)
class Figure:
    """One measured value with its unit."""

    what: str
    value: float
    unit: str


def median_seconds(work: Callable[[], object], *, times: int = 5) -> float:
    """Return the median duration of a piece of work in seconds, after one run that does not count."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def keep(name: str, figures: Sequence[Figure], more: Mapping[str, object]) -> None:
    """Write the figures of a benchmark as JSON, with what they were measured on; `more`: further versions."""
    home = Path(os.environ.get("BENCH_HOME", "var/benchmarks"))
    home.mkdir(parents=True, exist_ok=True)
    chosen = {
        key: value for key, value in sorted(os.environ.items()) if key.startswith("BENCH_") and key != "BENCH_HOME"
    }
    versions = {part: metadata.version(part) for part in _PARTS}
    about = {
        "command": f"python -m benchmarks {name}",
        "settings": chosen,
        "machine": {"cores": os.cpu_count(), "kind": platform.machine(), "load": os.getloadavg()},
        "versions": {"python": platform.python_version(), **versions, **more},
        "figures": [asdict(figure) for figure in figures],
    }
    (home / f"{name}.json").write_text(json.dumps(about, indent=1) + "\n")
