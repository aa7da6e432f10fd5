"""Labels that arrive before their case."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from models.texts import Text
from training.checks.base import Check, Material, date_of, share


class EarlyLabel(Check):
    """A row that was frozen when its answer was known already."""

    code: ClassVar[str] = "early_label"
    title: ClassVar[Text] = Text("Temuan datang sebelum kasusnya", "A label arrives before its case")
    what_to_do: ClassVar[Text] = Text(
        "Keluarkan baris sejak hari temuan; periksa apakah temuan itu milik kasus lain.",
        "Leave out rows from the day of the finding on; see whether the finding belongs to another case.",
    )

    def look(self, material: Material) -> list[Text]:
        """Rows frozen after their finding."""
        data = material.data
        early = data.labelled & (data.known_day < data.day)
        if not early.any():
            return []
        cases = np.unique(data.case[early]).size
        example = int(np.flatnonzero(early)[0])
        known, frozen = date_of(int(data.known_day[example])), date_of(int(data.day[example]))
        much = share(int(early.sum()), int(data.labelled.sum()))
        return [
            Text(
                f"{early.sum()} baris ({much}) dari {cases} kasus dibekukan setelah temuannya diketahui, misalnya "
                f"kasus {data.case[example]!s}: temuan {known}, baris {frozen}.",
                f"{early.sum()} rows ({much}) of {cases} cases are frozen after their finding was known, such as case "
                f"{data.case[example]!s}: finding {known}, row {frozen}.",
            )
        ]
