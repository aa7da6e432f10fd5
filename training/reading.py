"""Models and comparisons as pandas frames, to look at and to draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from models.drift import Drift
from models.registry import Release
from models.terms import Floats, Terms
from training.plots import bin_label

if TYPE_CHECKING:
    import pandas as pd


def tables(terms: Terms, level_names: Mapping[str, Sequence[str]] | None = None) -> pd.DataFrame:
    """A model bin by bin.

    Parameters
    ----------
    terms : Terms
    level_names : mapping of str to sequence of str, optional
        Levels of features of text that the catalogue does not know.

    Returns
    -------
    pandas.DataFrame
        ``term, bin, contribution`` in log-odds, the base first; a term of two features has its bins as ``one & other``.
    """
    known = level_names or {}
    lines = [{"term": "(base)", "bin": "", "contribution": terms.base}]
    for term in terms.terms:
        axes = [terms.axis(name) for name in term.features]
        for cell, value in np.ndenumerate(term.values):
            words = []
            for axis, i in zip(axes, cell, strict=True):
                names = known.get(axis.name, ())
                words.append(names[i] if i < len(names) else bin_label(axis, i))
            lines.append({"term": term.name, "bin": " & ".join(words), "contribution": float(value)})
    return pl.DataFrame(lines).to_pandas()


def weights(terms: Terms, X: Floats) -> pd.DataFrame:
    """How much each reason moves a population: ``reason, mean_size, least, most``, the weightiest first.

    Parameters
    ----------
    terms : Terms
    X : ndarray of float64, shape (n, k)
        Features of the population.
    """
    parts = terms.group_contributions(np.ascontiguousarray(X))
    frame = pl.DataFrame(
        {
            "reason": [group.code for group in terms.groups],
            "mean_size": np.abs(parts).mean(axis=0),
            "least": parts.min(axis=0),
            "most": parts.max(axis=0),
        }
    )
    return frame.sort("mean_size", descending=True).to_pandas()


def gates(release: Release) -> pd.DataFrame:
    """What a release was asked before it may be promoted: ``gate, verdict, says``."""
    lines = [
        {"gate": code, "verdict": gate.get("verdict", ""), "says": gate.get("says", "")}
        for code, gate in release.manifest.gates.items()
    ]
    return pl.DataFrame(lines).to_pandas()


def backtest_figures(release: Release, figure: str, *, counted: str = "all findings") -> pd.DataFrame:
    """One figure of a release's backtest: ``window, model, value, low, high, findings, positives``."""
    rows = release.manifest.figures["backtest"]["figures"]
    kept = [row for row in rows if row["figure"] == figure and row["counted"] == counted]
    names = ["window", "model", "value", "low", "high", "findings", "positives"]
    floats = dict.fromkeys(("value", "low", "high"), pl.Float64)
    return pl.DataFrame(kept, schema_overrides=floats, infer_schema_length=None).select(names).to_pandas()


def shifts(drift: Drift) -> pd.DataFrame:
    """What moved: ``kind, name, value, low, high, state``, the furthest first."""
    lines = [
        {"kind": s.kind, "name": s.name, "value": s.value, "low": s.low, "high": s.high, "state": s.state}
        for s in drift.shifts
    ]
    return pl.DataFrame(lines).to_pandas()
