"""A feed's outage inside the window that is learnt from."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from models.terms import Floats
from models.texts import Text
from training.checks.base import CannotRunError, Check, Material, date_of, share
from training.examples import Days, Examples
from training.outages import find_outages

#: Rows frozen in an outage that may remain.
MOST: Final = 5
SPAN: Final = 7
#: A feature goes missing when this share of a week's rows lack it that usually have it.
GONE: Final = 0.8
USUALLY_THERE: Final = 0.3


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
    rows = np.bincount(week)
    found = []
    for name, values in zip(data.names, data.X.T, strict=True):
        missing = np.isnan(values)
        if not missing.any() or missing.mean() > USUALLY_THERE:
            continue
        found += [
            Text(
                f"{name} hilang pada {share(much, 1)} baris dalam pekan mulai {date_of(begin)}, biasanya "
                f"{share(float(missing.mean()), 1)}.",
                f"{name} is missing in {share(much, 1)} of the rows in the week from {date_of(begin)}, usually in "
                f"{share(float(missing.mean()), 1)}.",
            )
            for begin, much in _weeks(missing, week, rows, data.day)
        ]
    return found


def _weeks(missing: np.ndarray, week: np.ndarray, rows: np.ndarray, day: Days) -> list[tuple[int, float]]:
    """Weeks in which a feature is gone: the first day and the share of rows that lack it."""
    gone: Floats = np.bincount(week, weights=missing) / np.maximum(rows, 1)
    return [(int(day.min()) + int(i) * SPAN, float(gone[i])) for i in np.flatnonzero((gone >= GONE) & (rows > MOST))]
