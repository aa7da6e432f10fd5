"""Cases that were helped, counted as if nothing had been wrong."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from models.texts import Text
from training.checks.base import Check, Material, share


class HelpedNegative(Check):
    """Who was helped in time and left lawfully would teach that the signs meant nothing."""

    code: ClassVar[str] = "helped_negative"
    title: ClassVar[Text] = Text("Kasus yang ditolong dihitung sebagai negatif", "Helped cases among the negatives")
    what_to_do: ClassVar[Text] = Text(
        "Hentikan kasus pada hari pertolongan (sensor); jangan pernah jadikan contoh negatif.",
        "Censor the case at the help; never make it a negative example.",
    )

    def look(self, material: Material) -> list[Text]:
        """Helped cases with the label 0."""
        data = material.data
        wrong = data.helped & (data.label == 0)
        if not wrong.any():
            return []
        cases, negatives = np.unique(data.case[wrong]).size, np.unique(data.case[data.label == 0]).size
        return [
            Text(
                f"{cases} dari {negatives} kasus negatif ({share(cases, negatives)}) ditolong sebelum peristiwanya.",
                f"{cases} of {negatives} negative cases ({share(cases, negatives)}) were helped before their event.",
            )
        ]
