"""What benchmarks work on: simulated deliveries and a release trained on a small one, made once and kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks._runs import clean_environment

HOME = Path(os.environ.get("BENCH_HOME", "var/benchmarks")).absolute()
UNTIL = "2025-09-10"
BUCKET_CASES = 15_000
CASES_PER_CANDIDATE = 1.07
"""Of the simulator, about; the figures printed are counted."""


def risk_service(*words: str) -> list[str]:
    """A command of the program."""
    return [sys.executable, "-m", "risk_service", *words]


def environment() -> dict[str, str]:
    """One thread each, and a home of the benchmarks' own."""
    return clean_environment() | {"RISK_HOME": str(HOME / "home")}


def delivery(cases: int) -> Path:
    """A simulated delivery of about so many cases, in buckets."""
    folder = HOME / f"cases-{cases}"
    if not folder.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        buckets = max(2, cases // BUCKET_CASES)
        words = ["--candidates", str(round(cases / CASES_PER_CANDIDATE)), "--seed", "7", "--until", UNTIL]
        _quietly("simulate", *words, "--buckets", str(buckets), "--out", str(folder))
    return folder


def release() -> str:
    """The name of a release trained on a small delivery."""
    registry = HOME / "home" / "registry"
    if not _trained(registry):
        small = HOME / "small"
        if not small.exists():
            HOME.mkdir(parents=True, exist_ok=True)
            _quietly("simulate", "--candidates", "4000", "--seed", "7", "--until", UNTIL, "--out", str(small))
        _quietly("train", "--feeds", str(small), "--until", "2025-06-30")
    return _trained(registry)[-1]


def _trained(registry: Path) -> list[str]:
    return sorted(path.name for path in registry.glob("20*") if (path / "manifest.json").exists())


def _quietly(*words: str) -> None:
    subprocess.run(risk_service(*words), check=True, capture_output=True, env=environment())
