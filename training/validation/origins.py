"""Rolling origins: train on what was known, leave a gap as long as findings take, judge what came after.

At an origin T the model may learn from cases whose event is at least ``gap`` days past and whose label was known by T.
It is judged on rows frozen after T, of cases whose event lies after T too. A case is never on both sides. In the second
scheme groups (agencies) are held out as well: each fold is judged by a model that saw neither its future nor any of
its groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training.engines.additive import fold_of
from training.examples import Examples, ExamplesError, Flags

IN_TIME = "in time"
HELD_OUT = "in time, groups held out"


@dataclass(frozen=True, kw_only=True)
class Origins:
    """Where the origins lie.

    Parameters
    ----------
    number : int
        Origins at most, evenly spread, the last one ``window`` days before the end of the data.
    window : int
        Days after an origin that are judged.
    gap : int
        Days from an event until its finding has arrived, as a rule.
    first : int
        Days of events at least before the first origin.
    least : int
        Positives at least, and negatives, on the training side; origins with fewer are left out.
    """

    number: int = 4
    window: int = 60
    gap: int = 30
    first: int = 120
    least: int = 20


@dataclass(frozen=True, eq=False)
class Split:
    """One origin: what to learn from and what to judge.

    Attributes
    ----------
    origin : int
        Day.
    train, test : ndarray of bool, shape (n,)
        Labelled training rows; rows to be judged, labelled or not, since all of them stand in the queue.
    scheme : str
        `IN_TIME` or `HELD_OUT`.
    fold : int
        Of the groups held out; 0 in the first scheme.
    gap : int
        Days.
    held_out : str or None
        The group column that was held out.
    """

    origin: int
    train: Flags
    test: Flags
    scheme: str
    fold: int
    gap: int
    held_out: str | None = None


def origin_days(data: Examples, settings: Origins) -> list[int]:
    """The days of the origins, the earliest first."""
    begin = int(data.event_day.min()) + settings.first
    end = int(data.event_day[data.labelled].max()) + 1 - settings.window if data.labelled.any() else begin - 1
    if end < begin:
        return []
    step = (
        max(settings.window, (end - begin) // max(settings.number - 1, 1)) if settings.number > 1 else settings.window
    )
    return sorted(end - i * step for i in range(settings.number) if end - i * step >= begin)


def rolling_origins(
    data: Examples, settings: Origins, *, hold_out: str | None = None, folds: int = 3
) -> Iterator[Split]:
    """Splits of a set of examples.

    Parameters
    ----------
    data : Examples
    settings : Origins
    hold_out : str, optional
        A group column. Rows of no group are dealt out by case.
    folds : int
        Parts that the groups are dealt into when they are held out.

    Raises
    ------
    ExamplesError
        When no origin leaves enough to learn from.
    """
    found = False
    dealt = fold_of(data.group(hold_out), folds, salt="held out") if hold_out else np.zeros(len(data), dtype=np.intp)
    for origin in origin_days(data, settings):
        known = data.labelled & (data.known_day <= origin) & (data.event_day <= origin - settings.gap)
        ahead = (data.day > origin) & (data.event_day > origin) & (data.day <= origin + settings.window)
        for fold in range(folds if hold_out else 1):
            train = known & (dealt != fold) if hold_out else known
            test = ahead & (dealt == fold) if hold_out else ahead
            if not _enough(data, train, settings.least) or not (test & data.labelled).any():
                continue
            found = True
            yield Split(origin, train, test, HELD_OUT if hold_out else IN_TIME, fold, settings.gap, hold_out)
    if not found:
        raise ExamplesError(
            "No day divides the examples into enough to learn from and something to judge.",
            what_to_do="Give a longer history, or fewer days of gap, window and beginning.",
        )


def _enough(data: Examples, rows: Flags, least: int) -> bool:
    cases, at = np.unique(data.case[rows], return_index=True)
    positives = int(data.label[rows][at].sum())
    return positives >= least and cases.size - positives >= least
