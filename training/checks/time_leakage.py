"""Something from after the moment of scoring on the side that is learnt from."""

from __future__ import annotations

from typing import ClassVar

from models.texts import Text
from training.checks.base import Check, Material, date_of, share


class TimeLeakage(Check):
    """The past is told with the knowledge of the future."""

    code: ClassVar[str] = "time_leakage"
    title: ClassVar[Text] = Text("Masa depan bocor ke data latih", "The future leaks into what is learnt from")
    what_to_do: ClassVar[Text] = Text(
        "Bekukan setiap kasus sebelum peristiwanya, dengan catatan yang sudah ada saat itu, dan bagi menurut waktu.",
        "Freeze each case before its event with what was on record then, and divide by time.",
    )

    def look(self, material: Material) -> list[Text]:
        """Rows frozen after their event, values recorded after the row's day, and sides that overlap in time."""
        data, split = material.data, material.split
        found = []
        late = data.day > data.event_day
        if late.any():
            found.append(
                Text(
                    f"{late.sum()} baris ({share(late.sum(), len(data))}) dibekukan setelah peristiwanya.",
                    f"{late.sum()} rows ({share(late.sum(), len(data))}) are frozen after their event.",
                )
            )
        for name, day in material.recorded.items():
            ahead = (day > data.day) & (day >= 0)
            if ahead.any():
                found.append(
                    Text(
                        f"{name}: {ahead.sum()} nilai dicatat setelah hari barisnya.",
                        f"{name}: {ahead.sum()} values were recorded after the day of their row.",
                    )
                )
        if split is not None and split.train.any() and split.test.any():
            begin = int(data.day[split.test].min())
            past = split.train & ((data.event_day > split.origin - split.gap) | (data.known_day > split.origin))
            overlap = split.train & (data.day >= begin)
            if past.any():
                found.append(
                    Text(
                        f"{past.sum()} baris latih berakhir atau diketahui setelah titik waktu {date_of(split.origin)} "
                        "dikurangi jeda.",
                        f"{past.sum()} rows learnt from ended within the gap before {date_of(split.origin)}, or their "
                        "finding came after it.",
                    )
                )
            if overlap.any():
                found.append(
                    Text(
                        f"{overlap.sum()} baris latih lebih baru daripada baris uji pertama ({date_of(begin)}).",
                        f"{overlap.sum()} rows learnt from are later than the first one judged ({date_of(begin)}).",
                    )
                )
        return found
