"""Run the benchmarks and print what they measured: ``python -m benchmarks [NAME …]``.

The same goes to ``BENCH_HOME`` (``var/benchmarks``) as JSON, a file a benchmark, with machine, versions and command.

A benchmark is a module of this folder with `measure`, which yields figures; one with `table` prints them otherwise than
in a line each, and one with `versions` names more of what it was measured with. Figures are printed and never judged:
machines are noisy, so only ratios within one run mean something.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks._figures import Figure, keep


def known() -> list[str]:
    """Return the names of all benchmarks."""
    names = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(name for name in names if not name.startswith("_"))


def measured(names: list[str]) -> Iterator[Figure]:
    """Run benchmarks one after the other."""
    for name in names:
        yield from importlib.import_module(f"benchmarks.{name}").measure()


def main(asked: list[str]) -> int:
    """Print a line per figure; return the exit code."""
    unknown = sorted(set(asked) - set(known()))
    if unknown:
        print(f"No benchmark {', '.join(unknown)}; there are: {', '.join(known())}.", file=sys.stderr)
        return 2
    for name in asked or known():
        module = importlib.import_module(f"benchmarks.{name}")
        table: Callable[[list[Figure]], Iterator[str]] | None = getattr(module, "table", None)
        figures = []
        for figure in measured([name]):
            figures.append(figure)
            if table is None:
                print(f"{figure.what:<72} {figure.value:>14,.3f} {figure.unit}", flush=True)
        if table is not None:
            print(*table(figures), sep="\n", flush=True)
        keep(name, figures, module.versions() if hasattr(module, "versions") else {})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
