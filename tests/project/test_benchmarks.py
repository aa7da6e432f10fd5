from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_benchmarks_print_figures_and_an_unknown_one_is_one_line() -> None:
    def run(name: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "benchmarks", name]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert "risk-service --help" in run("startup").stdout
    unknown = run("nope")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("No benchmark nope; there are: ")
    assert len(unknown.stderr.splitlines()) == 1
