"""A feature that is only known once the event is over."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from models.calibration import window_of
from models.terms import Floats
from models.texts import Text
from training.checks.base import CannotRunError, Check, Material, share
from training.examples import Days, Examples

#: Days of a stretch of the past that has to show a feature at work, as it would in use.
STRETCH: Final = 30
LEAST_ROWS: Final = 40
#: A feature at work in this share of the rows in every stretch of the past ...
AT_WORK: Final = 0.05
#: ... and in less than this part of that share in use, is known only afterwards.
FADED: Final = 0.1
#: Rows in use that should have shown it, at least.
EXPECTED: Final = 8.0
#: Share of a feature's values recorded on or after the day of the event.
AFTERWARDS: Final = 0.05


class AfterEvent(Check):
    """A feature that is at work in the past and silent in use tells the outcome instead of foretelling it."""

    code: ClassVar[str] = "after_event"
    title: ClassVar[Text] = Text(
        "Fitur yang baru diketahui setelah keberangkatan", "A feature known only after departure"
    )
    what_to_do: ClassVar[Text] = Text(
        "Buang fitur itu, atau hitung hanya dari catatan yang sudah ada pada saat penilaian.",
        "Leave the feature out, or compute it from what is on record at the time of scoring.",
    )

    def look(self, material: Material) -> list[Text]:
        """Features recorded after the event, and features silent in use."""
        if material.use is None and not material.recorded:
            raise CannotRunError(
                Text(
                    "tidak ada baris yang peristiwanya belum terjadi, dan tidak ada hari pencatatan",
                    "there are no rows whose event is still ahead, and no days of recording",
                )
            )
        found = [text for name, day in material.recorded.items() for text in _recorded_late(name, day, material.data)]
        if material.use is not None:
            found += _silent_in_use(material.data, material.use)
        return found


def _recorded_late(name: str, day: Days, data: Examples) -> list[Text]:
    told = day >= 0
    late = told & (day >= data.event_day)
    if late.sum() <= AFTERWARDS * told.sum():
        return []
    much = share(late.sum(), told.sum())
    return [
        Text(
            f"{name}: {much} nilainya dicatat pada atau setelah hari peristiwa.",
            f"{name}: {much} of its values were recorded on or after the day of the event.",
        )
    ]


def _silent_in_use(data: Examples, use: Examples) -> list[Text]:
    if data.names != use.names:
        raise ValueError("examples in use have other features than those learnt from")
    weight = _like(data.lead, use.lead)
    begin = (data.day - data.day.min(initial=0)) // STRETCH
    found = []
    for j, name in enumerate(data.names):
        usual = _most_common(use.X[:, j])
        past, here = _differs(data.X[:, j], usual), _differs(use.X[:, j], usual)
        mass = np.bincount(begin, weights=weight)
        rows = np.bincount(begin)
        at_work = np.bincount(begin, weights=weight * past)
        full = (rows >= LEAST_ROWS) & (mass > 0)
        if not full.any():
            continue
        lowest = float((at_work[full] / mass[full]).min())
        now = float(here.mean()) if here.size else 0.0
        if lowest >= AT_WORK and now < FADED * lowest and lowest * here.size >= EXPECTED:
            found.append(
                Text(
                    f"{name}: berisi pada sedikitnya {share(lowest, 1)} kasus masa lalu di setiap bulan, tetapi hanya "
                    f"pada {share(now, 1)} kasus yang masih berjalan.",
                    f"{name}: says something in at least {share(lowest, 1)} of past cases in every month, and in "
                    f"{share(now, 1)} of those still under way.",
                )
            )
    return found


def _like(lead: Floats, other: Floats) -> Floats:
    """Weights that give rows the lead windows of others; ones where leads are not told."""
    ours, theirs = window_of(lead), window_of(other)
    weight = np.ones(lead.size)
    for window in np.unique(ours):
        here = ours == window
        weight[here] = max(float((theirs == window).mean()), 1e-9) / here.mean()
    return weight if np.isin(theirs, ours).any() else np.ones(lead.size)


def _most_common(values: Floats) -> float:
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()]) if found.size else float("nan")


def _differs(values: Floats, usual: float) -> np.ndarray:
    return ~np.isnan(values) if np.isnan(usual) else values != usual
