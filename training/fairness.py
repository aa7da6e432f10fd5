"""Whether errors fall on some people more than on others.

Each group is compared with everybody else, in five figures: how many are looked at without need (``fpr``), how many
who needed it are not (``fnr``), how often a look is worth it (``precision``), mean probability over the rate that came
true (``calibration``), and how many are looked at (``referral``). There is a verdict where the evidence allows one:

holds
    The whole interval is within tolerance.
breach
    The whole interval is beyond it, and so far that looking at so many groups at once does not explain it.
not enough evidence
    Anything else, with the number of further findings in the group that would settle it if nothing else changed.

Intervals draw agencies again, and are never narrower than the numbers on either side allow. With few agencies they are
those of Student's distribution. The chance of any breach where there is none is shared out: one half among the groups
taken singly, one half among the crossed ones, equally within each (Bonferroni), so that crossing many groups costs the
single ones nothing. Groups come from `training.groups`; they are no input of any score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil, sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from models.terms import Floats
from training.examples import Names
from training.validation.figures import Judged
from training.validation.intervals import Bootstrap, multiplicities

HOLDS: Final = "holds"
BREACH: Final = "breach"
UNSETTLED: Final = "not enough evidence"
FIGURES: Final = ("fpr", "fnr", "precision", "calibration", "referral")
OTHERS: Final = "(others)"
#: Further findings beyond which a number says no more than "very many".
VERY_MANY: Final = 1_000_000

AUDIT = {
    "attribute": pl.String(), "group": pl.String(), "figure": pl.String(), "value": pl.Float64(), "rest": pl.Float64(),
    "difference": pl.Float64(), "low": pl.Float64(), "high": pl.Float64(), "tolerance": pl.Float64(),
    "cases": pl.Int64(), "findings": pl.Int64(), "positives": pl.Int64(), "verdict": pl.String(), "needed": pl.Int64(),
}  # fmt: skip
"""Columns of `audit`. ``difference`` is how much worse the group fares than everybody else, in the direction that
harms; for calibration the log of the ratio of the two, whichever way. ``needed`` is null after a verdict."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What is tolerated.

    Parameters
    ----------
    tolerance : mapping of str to float
        By figure, how much worse a group may fare: differences of shares; for calibration a factor.
    confidence : float
        Of the interval of one comparison.
    alpha : float
        Chance at most of any breach where there is none, over all comparisons together.
    least_cases : int
        Smaller groups are taken together as `OTHERS`.
    least_each : int
        Findings of the kind a figure is a share of, in the group and among everybody else; with fewer there is no
        verdict.
    least_agencies : int
        Agencies on either side with such findings; with fewer there is no verdict.
    """

    tolerance: Mapping[str, float] = field(
        default_factory=lambda: {"fpr": 0.05, "fnr": 0.15, "precision": 0.15, "calibration": 1.25, "referral": 0.15}
    )
    confidence: float = 0.9
    alpha: float = 0.05
    least_cases: int = 50
    least_each: int = 10
    least_agencies: int = 5


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over rows, by draw and group: shape (draws + 1, groups), the first draw as it is."""

    negative: Floats
    negative_seen: Floats
    positive: Floats
    positive_missed: Floats
    seen: Floats
    seen_positive: Floats
    told: Floats
    promised: Floats
    came_true: Floats
    mass: Floats
    referred: Floats

    def figures(self) -> dict[str, Floats]:
        """The five figures, the same shape; NaN where there is nothing to take a share of."""
        return {
            "fpr": _over(self.negative_seen, self.negative),
            "fnr": _over(self.positive_missed, self.positive),
            "precision": _over(self.seen_positive, self.seen),
            "calibration": _over(self.promised, self.came_true),
            "referral": _over(self.referred, self.mass),
        }

    def rest(self) -> _Sums:
        """The sums over everybody else."""
        return _Sums(**{name: values.sum(axis=1, keepdims=True) - values for name, values in self.__dict__.items()})


def audit(
    data: Judged,
    referred: Floats,
    groups: Mapping[str, Names],
    settings: Bootstrap,
    *,
    policy: Policy | None = None,
    crossed: bool = True,
) -> pl.DataFrame:
    """Compare every group with everybody else.

    Parameters
    ----------
    data : Judged
        Scores with what became known.
    referred : ndarray of float64, shape (n,)
        Whether a row is looked at (0 to 1 for shares of ties).
    groups : mapping of str to ndarray of str
        By attribute, the group of each row.
    settings : Bootstrap
    policy : Policy, optional
    crossed : bool
        Also every pair of attributes.

    Returns
    -------
    polars.DataFrame
        Columns of `AUDIT`, a row for each group and figure.
    """
    policy = policy or Policy()
    attributes = dict(groups)
    if crossed:
        for a, b in combinations(groups, 2):
            attributes[f"{a} x {b}"] = np.char.add(np.char.add(groups[a], " x "), groups[b])
    rows = _Rows.of(data, referred, settings)
    found = [_compared(name, values, rows, policy) for name, values in attributes.items()]
    lines = [line for part in found for line in part]
    single = sum(len(part) for part in found[: len(groups)])
    halves = 2 if single < len(lines) else 1
    share = [policy.alpha / halves / max(n, 1) for n in (single, len(lines) - single)]
    once = NormalDist().inv_cdf((1 + policy.confidence) / 2)
    beyond = [NormalDist().inv_cdf(1 - part) for part in share]
    told = [line.judged(once, beyond[i >= single]) for i, line in enumerate(lines)]
    return pl.DataFrame(told, schema=AUDIT)


@dataclass(frozen=True)
class _Line:
    """One comparison before its verdict.

    ``error`` is the standard error of the difference; ``base`` and ``agencies`` are what the side with less rests on.
    """

    facts: Mapping[str, object]
    difference: float
    error: float
    tolerance: float
    two_sided: bool
    base: int
    least: int
    agencies: int
    least_agencies: int
    findings: int

    def judged(self, once: float, beyond: float) -> dict[str, object]:
        once, beyond = (_student(z, self.agencies - 1) for z in (once, beyond))
        reach = once * self.error
        size = abs(self.difference) if self.two_sided else self.difference
        verdict, needed = UNSETTLED, None
        enough = self.base >= self.least and self.agencies >= self.least_agencies
        if np.isfinite(self.error) and enough:
            if size - beyond * self.error > self.tolerance:
                verdict = BREACH
            elif size + reach <= self.tolerance:
                verdict = HOLDS
        if verdict == UNSETTLED:
            needed = self._needed(size, once, beyond)
        low, high = self.difference - reach, self.difference + reach
        return {**self.facts, "difference": self.difference, "low": low, "high": high, "tolerance": self.tolerance,
                "verdict": verdict, "needed": needed}  # fmt: skip

    def _needed(self, size: float, once: float, beyond: float) -> int | None:
        """Findings still lacking until the interval lies on one side of the tolerance, if the difference stays."""
        if not np.isfinite(self.error) or not np.isfinite(size) or not self.base:
            return None
        at_least = ceil((self.least - self.base) * self.findings / self.base)
        reach = (beyond if size > self.tolerance else once) * self.error
        gap = abs(size - self.tolerance)
        if gap <= reach / 1000:
            return VERY_MANY
        lacking = ceil(self.findings * ((reach / gap) ** 2 - 1))
        return min(max(lacking, at_least, 1), VERY_MANY)


@dataclass(frozen=True, eq=False)
class _Rows:
    """What is summed over rows, and how often each agency was drawn."""

    parts: dict[str, Floats]
    agency: npt.NDArray[np.intp]
    drawn: Floats
    data: Judged
    speaks: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, data: Judged, referred: Floats, settings: Bootstrap) -> _Rows:
        names, agency = np.unique(data.agency, return_inverse=True)
        _, case, rows = np.unique(data.case, return_inverse=True, return_counts=True)
        share = 1.0 / rows[case]
        speaks = ~np.isnan(data.label) & (data.estimate > 0)
        w = np.where(speaks, data.estimate, 0.0) * share
        y = np.nan_to_num(data.label)
        told = speaks & ~np.isnan(data.probability)
        parts = {
            "negative": w * (1 - y),
            "negative_seen": w * (1 - y) * referred,
            "positive": w * y,
            "positive_missed": w * y * (1 - referred),
            "seen": w * referred,
            "seen_positive": w * y * referred,
            "told": w * told,
            "promised": w * np.where(told, data.probability, 0.0),
            "came_true": w * y * told,
            "mass": data.mass * share,
            "referred": data.mass * share * referred,
        }
        drawn = multiplicities(np.arange(names.size), settings).astype(np.float64)
        drawn = np.vstack([np.ones(names.size), drawn])
        return cls(parts, np.asarray(agency, dtype=np.intp), drawn, data, speaks)

    def sums(self, code: npt.NDArray[np.intp], size: int) -> _Sums:
        """Sums of every part by draw and group."""
        cell = self.agency * size + code
        agencies = self.drawn.shape[1]

        def by_draw(values: Floats) -> Floats:
            table = np.bincount(cell, weights=values, minlength=agencies * size).reshape(agencies, size)
            return np.asarray(self.drawn @ table, dtype=np.float64)

        return _Sums(**{name: by_draw(values) for name, values in self.parts.items()})


def _compared(attribute: str, values: Names, rows: _Rows, policy: Policy) -> list[_Line]:
    names, code = _grouped(values, rows.data.case, policy.least_cases)
    if names.size < 2:
        return []
    sums = rows.sums(code, names.size)
    own, rest = sums.figures(), sums.rest().figures()
    counts, agencies = _counts(rows, code, names.size), _agencies(rows, code, names.size)
    lines = []
    for g, name in enumerate(names.tolist()):
        n, findings, positives = (int(counts[key][g]) for key in ("cases", "findings", "positives"))
        base = _bases({key: int(values[g]) for key, values in counts.items()})
        other = _bases({key: int(values.sum() - values[g]) for key, values in counts.items()})
        for figure in FIGURES:
            ours, others = own[figure][:, g], rest[figure][:, g]
            gap = _gap(figure, ours, others)
            facts = {"attribute": attribute, "group": name, "figure": figure, "value": float(ours[0]),
                     "rest": float(others[0]), "cases": n, "findings": findings, "positives": positives}  # fmt: skip
            tolerance = policy.tolerance[figure]
            lines.append(
                _Line(
                    facts,
                    float(gap[0]),
                    max(_error(gap[1:]), _floor(figure, (ours[0], base[figure]), (others[0], other[figure]))),
                    float(np.log(tolerance)) if figure == "calibration" else tolerance,
                    figure == "calibration",
                    min(base[figure], other[figure]),
                    policy.least_each,
                    int(agencies[figure][g]),
                    policy.least_agencies,
                    n if figure == "referral" else findings,
                )
            )
    return lines


def _gap(figure: str, ours: Floats, others: Floats) -> Floats:
    """How much worse a group fares, in the direction that harms."""
    if figure == "calibration":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(ours) - np.log(others), dtype=np.float64)
    return others - ours if figure == "precision" else ours - others


def _error(draws: Floats) -> float:
    """Standard error over the draws in which the difference can be told; infinite when it seldom can."""
    told = draws[np.isfinite(draws)]
    return float(told.std(ddof=1)) if told.size > max(2, draws.size / 2) else float("inf")


def _floor(figure: str, ours: tuple[float, int], others: tuple[float, int]) -> float:
    """Standard error that a difference has at least, from the numbers on either side."""
    return sqrt(sum(_binomial(figure, float(value), n) ** 2 for value, n in (ours, others)))


def _binomial(figure: str, value: float, n: int) -> float:
    """Standard error of a share of ``n`` with two more of each kind: a floor where all draws agree by chance."""
    if n <= 0 or not np.isfinite(value):
        return float("inf")
    if figure == "calibration":
        return 1.0 / sqrt(n)
    share = (value * n + 2) / (n + 4)
    return sqrt(share * (1 - share) / (n + 4))


def _grouped(values: Names, case: Names, least: int) -> tuple[Names, npt.NDArray[np.intp]]:
    """Names of the groups and the number of each row's, small groups taken together."""
    names, code = np.unique(values, return_inverse=True)
    cases = np.bincount(np.unique(np.column_stack([code, _codes(case)]), axis=0)[:, 0], minlength=names.size)
    small = (cases < least) & (names.size > 2)
    if small.sum() > 1:
        values = np.where(small[code], OTHERS, values)
        names, code = np.unique(values, return_inverse=True)
    return names, np.asarray(code, dtype=np.intp)


def _codes(names: Names) -> npt.NDArray[np.intp]:
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.intp)


def _counts(rows: _Rows, code: npt.NDArray[np.intp], size: int) -> dict[str, npt.NDArray[np.intp]]:
    """Different cases of each group: all, with a finding, positive, looked at with a finding."""
    case = _codes(rows.data.case)
    masks = {
        "cases": np.ones(len(code), dtype=np.bool_),
        "findings": rows.speaks,
        "positives": rows.speaks & (rows.data.label > 0),
        "seen": rows.speaks & (rows.parts["seen"] > 0),
    }
    counts: dict[str, npt.NDArray[np.intp]] = {
        name: np.bincount(np.unique(np.column_stack([code[mask], case[mask]]), axis=0)[:, 0], minlength=size)
        for name, mask in masks.items()
    }
    return counts


def _bases(counts: Mapping[str, int]) -> dict[str, int]:
    """How many cases each figure is a share of."""
    positives = counts["positives"]
    return {
        "fpr": counts["findings"] - positives,
        "fnr": positives,
        "precision": counts["seen"],
        "calibration": positives,
        "referral": counts["cases"],
    }


def _agencies(rows: _Rows, code: npt.NDArray[np.intp], size: int) -> dict[str, npt.NDArray[np.intp]]:
    """By figure, the agencies that the group or everybody else rests on, whichever are fewer."""
    masks = {
        "fpr": rows.parts["negative"] > 0,
        "fnr": rows.parts["positive"] > 0,
        "precision": rows.parts["seen"] > 0,
        "calibration": rows.parts["positive"] > 0,
        "referral": np.ones(len(code), dtype=np.bool_),
    }
    out = {}
    for figure, mask in masks.items():
        table = np.zeros((rows.drawn.shape[1], size), dtype=np.intp)
        np.add.at(table, (rows.agency[mask], code[mask]), 1)
        ours = (table > 0).sum(axis=0)
        theirs = (table.sum(axis=1, keepdims=True) > table).sum(axis=0)
        out[figure] = np.minimum(ours, theirs)
    return out


def _student(z: float, freedom: int) -> float:
    """Quantile of Student's distribution from that of the normal one (Abramowitz and Stegun 26.7.5)."""
    if freedom < 1:
        return float("inf")
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / freedom + second / freedom**2


def _over(above: Floats, below: Floats) -> Floats:
    out = np.full(above.shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def verdicts(table: pl.DataFrame) -> dict[str, int]:
    """How many comparisons ended in each verdict."""
    counts = dict(table["verdict"].value_counts().iter_rows()) if len(table) else {}
    return {name: int(counts.get(name, 0)) for name in (HOLDS, BREACH, UNSETTLED)}


def unsettled(table: pl.DataFrame, *, figures: Sequence[str] = FIGURES) -> pl.DataFrame:
    """Comparisons without a verdict, the ones that the fewest further findings would settle first."""
    return table.filter(verdict=UNSETTLED).filter(pl.col("figure").is_in(figures)).sort("needed", nulls_last=True)
