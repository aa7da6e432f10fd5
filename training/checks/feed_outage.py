"""A feed's outage inside the window that is learnt from."""

from __future__ import annotations

import math
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from models.texts import Text
from training.checks.base import CannotRunError, Check, Material, date_of, share
from training.examples import Examples, Flags
from training.outages import find_outages

#: Rows frozen in an outage that may remain.
MOST: Final = 5
SPAN: Final = 7
#: A feature goes missing when this share of a week's cases lack it that usually have it ...
GONE: Final = 0.8
USUALLY_THERE: Final = 0.3
#: ... and so many would not lack it by chance once in a hundred looks over all weeks and features.
CHANCE: Final = 0.01


class FeedOutage(Check):
    """What was not recorded while a feed stood still looks as if it had not been done."""

    code: ClassVar[str] = "feed_outage"
    title: ClassVar[Text] = Text(
        "Pengiriman data terhenti di dalam masa latih", "A feed's outage inside the training window"
    )
    what_to_do: ClassVar[Text] = Text(
        "Keluarkan baris dari hari-hari itu (dan beberapa hari sesudahnya), lalu latih lagi.",
        "Leave out the rows of those days (and a few after them) and train again.",
    )

    def look(self, material: Material) -> list[Text]:
        """Rows frozen while a feed stood still, and features that go missing for a while."""
        if not len(material.data) or not (material.records or np.isnan(material.data.X).any()):
            raise CannotRunError(
                Text(
                    "hari pencatatan tidak diketahui dan tidak ada nilai yang hilang",
                    "days of recording are not told, and no value is missing",
                )
            )
        day = material.data.day
        found = []
        for outage in find_outages(material.records):
            inside = int(((day >= outage.first) & (day <= outage.last)).sum())
            if inside > MOST:
                first, last = date_of(outage.first), date_of(outage.last)
                found.append(
                    Text(
                        f"{outage.feed} terhenti dari {first} sampai {last}; {inside} baris "
                        f"({share(inside, len(day))}) dibekukan saat itu.",
                        f"{outage.feed} stood still from {first} to {last}; {inside} rows "
                        f"({share(inside, len(day))}) are frozen in that time.",
                    )
                )
        return found + _gone_missing(material.data)


def _gone_missing(data: Examples) -> list[Text]:
    week = ((data.day - data.day.min()) // SPAN).astype(np.intp)
    # A case frozen at several leads within a week is one case: its gaps are one gap.
    _, once = np.unique(np.rec.fromarrays([data.case, week]), return_index=True)
    week, day, X = week[once], data.day, data.X[once]
    cases = np.bincount(week)
    looked_at = max(1, int((cases > 0).sum()) * X.shape[1])
    found = []
    for name, values in zip(data.names, X.T, strict=True):
        missing = np.isnan(values)
        if not missing.any() or missing.mean() > USUALLY_THERE:
            continue
        found += [
            Text(
                f"{name} hilang pada {share(much, 1)} kasus dalam pekan mulai {date_of(begin)}, biasanya "
                f"{share(usual, 1)}.",
                f"{name} is missing in {share(much, 1)} of the cases in the week from {date_of(begin)}, usually in "
                f"{share(usual, 1)}.",
            )
            for begin, much, usual in _weeks(missing, week, cases, int(day.min()), looked_at)
        ]
    return found


def _weeks(
    missing: Flags, week: npt.NDArray[np.intp], cases: npt.NDArray[np.intp], first: int, looked_at: int
) -> list[tuple[int, float, float]]:
    """Weeks in which a feature is gone, beyond chance: first day, share of cases that lack it, share in other weeks."""
    gone = np.bincount(week, weights=missing, minlength=len(cases)).astype(np.intp)
    found = []
    for i in np.flatnonzero(gone >= GONE * np.maximum(cases, 1)).tolist():
        others = len(missing) - int(cases[i])
        usual = (int(gone.sum()) - int(gone[i])) / max(others, 1)
        if usual <= USUALLY_THERE and _at_least(int(gone[i]), int(cases[i]), usual) * looked_at < CHANCE:
            found.append((first + i * SPAN, float(gone[i] / cases[i]), usual))
    return found


def _at_least(k: int, n: int, rate: float) -> float:
    """Probability of k or more of n where each has the rate given; at least that of one stray gap in all."""
    rate = max(rate, 1 / (n + 1) ** 2)
    return sum(math.comb(n, j) * rate**j * (1 - rate) ** (n - j) for j in range(k, n + 1))
