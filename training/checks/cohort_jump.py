"""A cohort whose positive rate jumps: something else changed than the world.

What it does not see: a change of the odds by less than `FACTOR` (`FACTOR_FEW` between two or three cohorts), one that
comes slowly, one within a period, a cohort of fewer than `POSITIVES` cases, and those beyond the `MOST_COHORTS`
largest. Where neither periods nor cohorts can be compared it has not run, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from models.terms import Floats
from models.texts import Text
from training.checks.base import CannotRunError, Check, Material, date_of, first_of_case, share

Periods = npt.NDArray[np.intp]

PERIODS: Final = (30, 60, 90)
LEAST_PERIODS: Final = 4
#: Positives that a period or cohort holds at least, on average.
POSITIVES: Final = 12.0
#: Standard errors (those between ordinary cohorts included) beyond which a jump is no chance.
BEYOND: Final = 3.5
#: Factor of the odds below which a jump does not matter.
FACTOR: Final = 2.5
#: The same where there are too few cohorts to know how much they usually differ.
FACTOR_FEW: Final = 4.0
MOST_COHORTS: Final = 40
#: Cases of the rarer kind that a cohort should have for its count to be about normal.
EITHER: Final = 10.0


@dataclass(frozen=True)
class _Rates:
    """Log-odds of each cohort, their standard errors, cases and positives."""

    log_odds: Floats
    error: Floats
    cases: Floats
    positives: Floats

    @classmethod
    def of(cls, cohort: npt.NDArray[np.intp], label: Floats, size: int) -> _Rates:
        n = np.bincount(cohort, minlength=size).astype(np.float64)
        k = np.bincount(cohort, weights=label, minlength=size).astype(np.float64)
        yes, no = k + 0.5, n - k + 0.5
        return cls(np.log(yes / no), np.sqrt(1 / yes + 1 / no), n, k)

    def error_at(self, i: int, centre: float) -> float:
        """The standard error of a cohort's log-odds; where nearly all of it is of one kind its own error says too much.

        Then that which it would have if it were like the others, given that it should have some of either kind.
        """
        spread = 1 / (2 + np.exp(centre) + np.exp(-centre))
        if self.cases[i] / (1 + np.exp(abs(centre))) < EITHER:
            return float(self.error[i])
        return float(min(self.error[i], 1 / np.sqrt(self.cases[i] * spread)))

    def rate(self, i: int) -> str:
        return share(float(self.positives[i]), float(self.cases[i]))


class CohortJump(Check):
    """The share of positives changes at once, in time or from one source to another."""

    code: ClassVar[str] = "cohort_jump"
    title: ClassVar[Text] = Text("Tingkat temuan satu kelompok data melonjak", "The positive rate of one cohort jumps")
    what_to_do: ClassVar[Text] = Text(
        "Tanyakan apa yang berubah (kampanye, definisi, pengiriman); keluarkan kelompok itu atau sesuaikan bobotnya.",
        "Ask what changed (a campaign, a definition, a delivery); leave the cohort out or weight it rightly.",
    )

    def look(self, material: Material) -> list[Text]:
        """Jumps from period to period, and cohorts far from the others."""
        data = material.data
        rows = first_of_case(data)
        label = data.label[rows]
        if label.sum() < LEAST_PERIODS * POSITIVES:
            raise CannotRunError(Text("terlalu sedikit temuan", "too few findings"))
        in_time = _in_time(data.event_day[rows], label)
        between = [_between(name, data.groups[name][rows], label) for name in material.cohorts]
        told = [part for part in (in_time, *between) if part is not None]
        if not told:
            raise CannotRunError(
                Text(
                    "masa terlalu singkat dan tak ada kelompok untuk dibandingkan",
                    "too short a time, and no cohorts to compare",
                )
            )
        return [text for part in told for text in part]


def _in_time(day: npt.NDArray[np.int64], label: Floats) -> list[Text] | None:
    """Jumps in time; None where there are too few periods to tell any."""
    first, last = int(day.min()), int(day.max())
    for length in PERIODS:
        count = (last - first + 1) // length
        if count >= LEAST_PERIODS and label.sum() / count >= POSITIVES:
            break
    else:
        return None
    period = np.minimum((day - first) // length, count - 1).astype(np.intp)
    one = _Rates.of(period, label, count)
    found: list[Text] = []
    taken = np.zeros(count, dtype=np.bool_)
    for _, before, after in sorted(_jumps(one, count), key=lambda jump: -jump[0]):
        touched = np.concatenate([before, after])
        if taken[touched].any():
            continue
        taken[touched] = True
        begin, end = (date_of(first + int(edge) * length) for edge in (after[0], after[-1] + 1))
        old, new = _rate(one, before), _rate(one, after)
        found.append(
            Text(
                f"Dari {begin} sampai {end} tingkat temuan {new}, pada masa di sekitarnya {old}.",
                f"From {begin} to {end} the positive rate is {new}, in the time beside it {old}.",
            )
        )
    return found


def _jumps(one: _Rates, count: int) -> Iterator[tuple[float, Periods, Periods]]:
    """Single periods unlike their neighbours, and levels that change for good: how far beyond chance, and where."""
    width = min(3, count // 2)
    everything = np.arange(count)
    pulses = [(everything[(abs(everything - i) <= 2) & (everything != i)], everything[i : i + 1]) for i in everything]
    steps = [(everything[b - width : b], everything[b : b + width]) for b in range(width, count - width + 1)]
    for kind in (pulses, steps):
        places = [np.concatenate(pair) for pair in kind]
        gap = np.array([_log_odds(one, new)[0] - _log_odds(one, old)[0] for old, new in kind])
        error = np.array([np.hypot(_log_odds(one, new)[1], _log_odds(one, old)[1]) for old, new in kind])
        apart = [[i for i, other in enumerate(places) if not np.isin(other, place).any()] for place in places]
        usual = np.array([_spread(gap[rest], error[rest]) if len(rest) > 1 else _spread(gap, error) for rest in apart])
        beyond = np.abs(gap) / np.hypot(error, usual)
        for k in np.flatnonzero((np.abs(gap) > np.log(FACTOR)) & (beyond > BEYOND)).tolist():
            yield float(beyond[k]), *kind[k]


def _log_odds(one: _Rates, periods: Periods) -> tuple[float, float]:
    """Log-odds of several periods together, and the standard error."""
    yes = float(one.positives[periods].sum()) + 0.5
    no = float((one.cases - one.positives)[periods].sum()) + 0.5
    return float(np.log(yes / no)), float(np.sqrt(1 / yes + 1 / no))


def _rate(one: _Rates, periods: Periods) -> str:
    return share(float(one.positives[periods].sum()), float(one.cases[periods].sum()))


def _between(name: str, cohort: npt.NDArray[np.str_], label: Floats) -> list[Text] | None:
    """Cohorts far from the others; None where there is nothing to compare. Of very many the largest are looked at."""
    names, position, cases = np.unique(cohort, return_inverse=True, return_counts=True)
    if names.size > MOST_COHORTS:
        large = np.argsort(-cases, kind="stable")[:MOST_COHORTS]
        keep = np.isin(position, large)
        return _between(name, cohort[keep], label[keep])
    if names.size < 2:
        return None
    rates = _Rates.of(np.asarray(position, dtype=np.intp), label, names.size)
    found = []
    for i in range(names.size):
        others = np.arange(names.size) != i
        centre = float(np.median(rates.log_odds[others]))
        few = names.size - 1 < LEAST_PERIODS - 1
        usual = 0.0 if few else _spread(rates.log_odds[others] - centre, rates.error[others])
        gap, error = abs(rates.log_odds[i] - centre), rates.error_at(i, centre)
        factor = FACTOR_FEW if few else FACTOR
        if gap > np.log(factor) and gap > BEYOND * np.hypot(error, usual) and rates.cases[i] >= POSITIVES:
            rest = share(float(rates.positives[others].sum()), float(rates.cases[others].sum()))
            found.append(
                Text(
                    f"{name} {names[i]!s}: tingkat temuan {rates.rate(i)}, yang lain {rest}.",
                    f"{name} {names[i]!s}: a positive rate of {rates.rate(i)}, the others {rest}.",
                )
            )
    return found


def _spread(values: Floats, error: Floats) -> float:
    """How far values usually lie from nought, beyond what their errors explain; one that stands out does not count."""
    scale = 1.4826 * float(np.median(np.abs(values)))
    return float(np.sqrt(max(scale**2 - float(np.median(error)) ** 2, 0.0)))
