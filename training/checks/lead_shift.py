"""Leads in use that training has hardly seen."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from models.calibration import WINDOWS, window_of
from models.terms import Floats
from models.texts import Text
from training.checks.base import CannotRunError, Check, Material, share

#: A lead window is hardly seen when its share in training is this many times smaller than in use.
RARER: Final = 8.0
#: Share of the cases in use that may stand in such windows.
MOST: Final = 0.1


class LeadShift(Check):
    """A model that learnt a week before departure calls everybody risky who is still far from it.

    Leads are compared by the windows that probabilities are calibrated in. The furthest lead of training stands for
    everything further: a case frozen 60 days ahead teaches what to expect of any that is further away.
    """

    code: ClassVar[str] = "lead_shift"
    title: ClassVar[Text] = Text(
        "Jarak ke keberangkatan saat dipakai berbeda dari saat dilatih", "Leads in use differ from those trained on"
    )
    what_to_do: ClassVar[Text] = Text(
        "Bekukan kasus pada beberapa jarak ke keberangkatan, dengan bobot yang sama besar.",
        "Freeze cases at several leads, with equal weights.",
    )

    def look(self, material: Material) -> list[Text]:
        """Leads in use that training lacks."""
        data, use = material.data, material.use
        if use is None or np.isnan(use.lead).all() or np.isnan(data.lead).all():
            raise CannotRunError(
                Text(
                    "jarak ke peristiwa atau baris saat dipakai tidak diketahui", "leads, or rows in use, are not told"
                )
            )
        learnt, used = _shares(data.lead, data.weight), _shares(use.lead, use.weight)
        rare = used > RARER * learnt
        lacking = float(used[rare].sum())
        if lacking <= MOST:
            return []
        span = WINDOWS[int(np.argmax(np.where(rare, used, -1)))]
        return [
            Text(
                f"{share(lacking, 1)} kasus yang dinilai berada pada jarak yang hampir tidak ada dalam data latih, "
                f"terutama {span} hari.",
                f"{share(lacking, 1)} of the cases in use stand at leads that training hardly has, above all "
                f"{span} days.",
            )
        ]


def _shares(lead: Floats, weight: Floats) -> Floats:
    """Share of each lead window, the furthest two taken as one."""
    known = ~np.isnan(lead)
    window = np.minimum(window_of(lead[known]), len(WINDOWS) - 2)
    mass = np.bincount(window, weights=weight[known], minlength=len(WINDOWS) - 1)
    return np.asarray(mass / mass.sum(), dtype=np.float64)
