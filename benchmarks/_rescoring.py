"""The command that is measured, how much it has to do, and a local cluster."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks._runs import Used, run
from benchmarks._worlds import HOME, UNTIL, environment, risk_service
from risk_service.jobs.workers import SETTINGS


@dataclass(frozen=True)
class Size:
    """What a delivery holds: registrations, rows of all feeds."""

    cases: int
    rows: int


def size_of(folder: Path) -> Size:
    """Count a delivery."""
    files = pl.scan_parquet(folder / "registrations" / "**" / "*.parquet")
    cases = int(files.select(pl.col("registration_id").n_unique()).collect().item())
    manifest = json.loads((folder / "manifest.json").read_text())
    return Size(cases, sum(entry["rows"] for entry in manifest["feeds"].values()))


def rescored(folder: Path, release: str, *who: str) -> Used:
    """Rescore a delivery from its files, anew."""
    out = HOME / "result"
    shutil.rmtree(out, ignore_errors=True)
    words = ["--feeds", str(folder), "--as-of", UNTIL, "--release", release, "--out", str(out), *who]
    return run(risk_service("rescore", *words), env=environment())


def active_cases() -> int:
    """Rows of the last result."""
    return int(pl.scan_parquet(HOME / "result" / "*.parquet").select(pl.len()).collect().item())


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Address of a local Dask cluster."""
    command = [sys.executable, "-m", "benchmarks._dask", str(workers)]
    with subprocess.Popen(
        command, env=environment() | SETTINGS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the cluster has no pipes")
        yield process.stdout.readline().strip()
        process.stdin.close()
