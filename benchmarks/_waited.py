"""Run a command and print what it took, as JSON: ``python -S -m benchmarks._waited COMMAND [ARG …]``.

The system tells of a program at least the size of the process that started it, so commands are started by this small
one, whatever the benchmark itself holds. What the command prints goes nowhere; its exit code is among the figures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time


def waited(command: list[str]) -> dict[str, float]:
    """Seconds by the clock, of processors, MiB of the largest process, and the exit code."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": time.perf_counter() - start,
        "processor": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss / 1024,
        "code": process.returncode,
    }


if __name__ == "__main__":
    print(json.dumps(waited(sys.argv[1:])))
