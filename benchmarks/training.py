"""How long it takes to train on 200,000 snapshots, every engine beside one plain fit of boosted trees.

``python -m benchmarks training`` freezes the departures of a simulated world at every lead and draws whole cases again
until there are 200,000 snapshots. The measure is one fit of scikit-learn's HistGradientBoosting without constraints
(150 trees of depth four, one thread), taken between all others; told is how many such fits an engine costs with all
that it does: bags, choice of trees, search for pairs. ``python -m benchmarks.training --rows N`` takes fewer.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks._figures import Figure
from benchmarks.quality.leads import World, lesson_of
from models.releases.rules_only import rules_only_terms
from models.terms import Floats
from training.engines.additive import EngineSettings
from training.engines.spec import catalogue_specs
from training.engines.unconstrained import TREES, plain_fit
from training.frozen import Frozen
from training.rivals import ADDITIVE, engines
from training.settings import TrainSettings

ROWS: Final = 200_000
WORLD: Final = World(1, candidates=4000)
JOBS: Final = 2


class Lesson(NamedTuple):
    """Snapshots to learn from."""

    X: Floats
    y: Floats
    weight: Floats
    groups: npt.NDArray[np.str_]


def drawn_again(data: Frozen, rows: int, *, seed: int = 0) -> Lesson:
    """At least so many snapshots, of whole cases drawn with replacement; each draw is a case of its own."""
    cases, code = np.unique(data.names("case_id"), return_inverse=True)
    order = np.argsort(code, kind="stable")
    first = np.searchsorted(code[order], np.arange(cases.size + 1))
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, cases.size, 2 * rows // max(round(len(data) / cases.size), 1) + 1)
    until = int(np.searchsorted(np.cumsum(np.diff(first)[chosen]), rows)) + 1
    at = np.concatenate([order[first[c] : first[c + 1]] for c in chosen[:until]])
    number = np.repeat(np.arange(until), np.diff(first)[chosen[:until]])
    share = 1.0 / np.bincount(number)[number]
    return Lesson(np.ascontiguousarray(data.snapshots.X[at]), data.label[at], share, number.astype(str))


def measure(rows: int = ROWS) -> Iterator[Figure]:
    """Yield the time of one plain fit, and of every engine in such fits."""
    world = lesson_of(WORLD, TrainSettings(jobs=JOBS))
    data = drawn_again(world.what_happened(world.rules), rows)
    columns = [spec.column for spec in catalogue_specs()]
    plain: list[float] = []

    def one() -> None:
        plain.append(_seconds(lambda: plain_fit(data.X[:, columns], data.y, data.weight, seed=0, trees=TREES)))

    took = {"rules only": _seconds(lambda: rules_only_terms().log_odds(data.X))}
    one()
    for name, engine in engines(EngineSettings(jobs=JOBS)).items():
        took[name] = _seconds(
            lambda engine=engine: engine(  # type: ignore[misc]
                data.X, data.y, weight=data.weight, groups=data.groups, specs=catalogue_specs(), seed=0
            )
        )
        one()
    unit = statistics.median(plain)
    yield Figure(f"one plain fit on {len(data.y):,} snapshots", unit, "s")
    for name, seconds in took.items():
        said = f"{name}, {JOBS} processes" if name == ADDITIVE else name
        yield Figure(f"training: {said}", seconds / unit, "plain fits")
    yield Figure("training: all of them together", sum(took.values()) / unit, "plain fits")


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    for figure in measure(int(sys.argv[2]) if sys.argv[1:2] == ["--rows"] else ROWS):
        print(f"{figure.what:<60} {figure.value:>12,.3f} {figure.unit}", flush=True)
