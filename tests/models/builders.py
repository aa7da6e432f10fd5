"""Random but legal tables and blocks for tests."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from models.terms import Axis, Term, Terms, to_grid

COLUMNS = 6
CONTEXT = "f5"
HOSTILE = (np.nan, np.inf, -np.inf, -0.0, 1e300, -1e300, 0.5, 99.0)


def random_terms(rng: np.random.Generator, *, scale: float = 3.0) -> Terms:
    """Tables over six columns: f0..f3 numeric, f4 a category with three levels, f5 the context."""
    axes = []
    for i in range(COLUMNS):
        cuts = np.unique(rng.choice(np.arange(-5, 6) / 2.0, size=int(rng.integers(0, 6))))
        axes.append(Axis(f"f{i}", i, np.empty(0) if i == 4 else cuts, 3 if i == 4 else 0))
    by_name = {axis.name: axis for axis in axes}
    features: list[tuple[str, ...]] = [(f"f{i}",) for i in range(5)]
    features += [("f0", CONTEXT), ("f3", "f1"), (CONTEXT, "f2"), ("f4", "f0")]
    terms = [Term(f, to_grid(rng.normal(0, scale, [by_name[n].bins for n in f]))) for f in features]
    return Terms(base=float(to_grid(rng.normal())), axes=axes, terms=terms, context=[CONTEXT])


def random_block(rng: np.random.Generator, terms: Terms, rows: int) -> np.ndarray:
    """Values on cuts, beside cuts, missing, infinite and of unknown levels."""
    cuts = np.concatenate([axis.cuts for axis in terms.axes])
    pool = np.concatenate(
        [cuts, np.nextafter(cuts, np.inf), np.nextafter(cuts, -np.inf), [0.0, 1.0, 2.0, 3.0], HOSTILE]
    )
    return np.ascontiguousarray(rng.choice(pool, size=(rows, COLUMNS)))


seeds = st.integers(min_value=0, max_value=2**32 - 1)
