"""How long the command line takes to answer, beside an interpreter that does nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks._figures import Figure, median_seconds


def measure() -> Iterator[Figure]:
    """Yield the time of an empty interpreter and of ``risk-service --help``."""
    program = Path(sys.executable).with_name("risk-service")
    commands = {"python, nothing": [sys.executable, "-c", ""], "risk-service --help": [str(program), "--help"]}
    for what, command in commands.items():
        yield Figure(what, median_seconds(partial(subprocess.run, command, check=True, capture_output=True)), "s")
