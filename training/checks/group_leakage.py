"""The same case, or a group that should be held out, on both sides of a split."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from models.terms import Floats
from models.texts import Text
from training.checks.base import CannotRunError, Check, Material, share

#: A value held by fewer rows than this share is telling: it is seldom shared by chance.
RARE: Final = 0.02
#: So many telling values in common with another case are no chance any more.
TELLING: Final = 3
#: Share of the judged rows that may have a twin.
TWINS: Final = 0.02


class GroupLeakage(Check):
    """A model is judged on what it has learnt by heart."""

    code: ClassVar[str] = "group_leakage"
    title: ClassVar[Text] = Text(
        "Kasus atau kelompok yang sama ada di kedua sisi", "The same case or group on both sides"
    )
    what_to_do: ClassVar[Text] = Text(
        "Bagi data menurut kasus dan kelompok; gabungkan baris ganda menjadi satu kasus.",
        "Divide by case and group; make double rows one case.",
    )

    def look(self, material: Material) -> list[Text]:
        """Cases, held-out groups and twins that are on both sides."""
        split, data = material.split, material.data
        if split is None:
            raise CannotRunError(Text("tidak ada pembagian data", "there is no split"))
        found = []
        both = np.intersect1d(data.case[split.train], data.case[split.test])
        if both.size:
            found.append(
                Text(f"{both.size} kasus ada di kedua sisi.", f"{both.size} cases are on both sides of the split.")
            )
        if split.held_out is not None:
            groups = data.group(split.held_out)
            shared = np.intersect1d(groups[split.train], groups[split.test])
            if shared.size:
                found.append(
                    Text(
                        f"{shared.size} kelompok {split.held_out} tidak benar-benar dipisahkan.",
                        f"{shared.size} groups of {split.held_out} are not held out.",
                    )
                )
        twins, judged = self._twins(material, both)
        if twins > TWINS * judged:
            found.append(
                Text(
                    f"{twins} dari {judged} baris uji ({share(twins, judged)}) sama persis dengan kasus latih lain.",
                    f"{twins} of {judged} judged rows ({share(twins, judged)}) are the same as another case that was "
                    "learnt from, in every feature.",
                )
            )
        return found

    @staticmethod
    def _twins(material: Material, both: npt.NDArray[np.str_]) -> tuple[int, int]:
        """Judged rows with several rare values and an identical row of another case, and how many were judged."""
        split, data = material.split, material.data
        if split is None or not data.X.shape[1]:
            return 0, 0
        codes = _codes(data.X)
        telling = np.zeros(len(data), dtype=np.intp)
        for column in codes.T:
            counts = np.bincount(column)
            telling += counts[column] < RARE * len(data)
        apart = (telling >= TELLING) & ~np.isin(data.case, both)
        _, signature = np.unique(codes, axis=0, return_inverse=True)
        learnt = np.unique(signature[split.train & apart])
        return int(np.isin(signature[split.test & apart], learnt).sum()), int(split.test.sum())


def _codes(X: Floats) -> npt.NDArray[np.intp]:
    """Each column as numbers of its distinct values; missing is a value."""
    return np.column_stack([np.unique(column, return_inverse=True)[1] for column in X.T])
