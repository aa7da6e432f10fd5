"""What a command took is its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks._runs import run


def test_the_size_of_a_command_is_not_that_of_who_starts_it() -> None:
    held = bytearray(400_000_000)
    used = run([sys.executable, "-c", "held = bytearray(50_000_000)"])
    assert 50 < used.peak < 200
    assert len(held) == 400_000_000


def test_a_command_that_fails_is_no_measurement() -> None:
    with pytest.raises(subprocess.CalledProcessError, match="exit status 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])
