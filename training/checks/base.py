"""What a check is: one fault it looks for, a code, a title, what to do about it, and a verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

import numpy as np
import numpy.typing as npt

from models.texts import Text
from models.times import EPOCH_DATE
from training.examples import Days, Examples
from training.validation.origins import Split

QUIET: Final = "quiet"
SHOUTS: Final = "shouts"
NOT_RUN: Final = "not run"
State = Literal["quiet", "shouts", "not run"]


@dataclass(frozen=True, eq=False)
class Material:
    """What checks look at. Only ``data`` is always there; a check that lacks something says so and does not run.

    Attributes
    ----------
    data : Examples
        The rows that a model is fitted and judged on.
    split : Split or None
        Sides of ``data``.
    use : Examples or None
        Rows as they are scored in use, their event still ahead.
    recorded : mapping of str to ndarray of int64
        By feature: the day on which each row's value was recorded, -1 where there is none.
    records : mapping of str to ndarray of int64
        By feed: the days on which its rows were recorded.
    cohorts : tuple of str
        Group columns that say where rows came from (a source, a campaign, an office).
    """

    data: Examples
    split: Split | None = None
    use: Examples | None = None
    recorded: Mapping[str, Days] = field(default_factory=dict)
    records: Mapping[str, Days] = field(default_factory=dict)
    cohorts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What a check said.

    Attributes
    ----------
    code : str
    title, what_to_do : Text
    state : {"quiet", "shouts", "not run"}
    found : tuple of Text
        What was found, a sentence each; why it did not run.
    """

    code: str
    title: Text
    what_to_do: Text
    state: State
    found: tuple[Text, ...]


class CannotRunError(Exception):
    """A check lacks what it looks at.

    Parameters
    ----------
    why : Text
    """

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


class Check(ABC):
    """One fault that is looked for."""

    code: ClassVar[str]
    title: ClassVar[Text]
    what_to_do: ClassVar[Text]

    @abstractmethod
    def look(self, material: Material) -> list[Text]:
        """What is wrong, a sentence each; nothing when all is well.

        Raises
        ------
        CannotRunError
            When the material lacks what the check needs.
        """

    def run(self, material: Material) -> Verdict:
        """Look, and give a verdict."""
        try:
            found = self.look(material)
        except CannotRunError as error:
            return Verdict(self.code, self.title, self.what_to_do, NOT_RUN, (error.why,))
        return Verdict(self.code, self.title, self.what_to_do, SHOUTS if found else QUIET, tuple(found))


def share(part: float, whole: float) -> str:
    """A share as a percentage, with a digit where it is small."""
    value = 100.0 * part / whole if whole else 0.0
    return f"{value:.1f} %" if 0 < value < 10 else f"{value:.0f} %"


def date_of(day: int) -> str:
    """A day as ``2025-12-31``."""
    return str(np.datetime64(EPOCH_DATE) + np.timedelta64(int(day), "D"))


def first_of_case(data: Examples) -> npt.NDArray[np.intp]:
    """The first row of each case that has a label, in the order of time."""
    rows = np.flatnonzero(data.labelled)
    order = rows[np.argsort(data.day[rows], kind="stable")]
    _, at = np.unique(data.case[order], return_index=True)
    return np.asarray(np.sort(order[at]), dtype=np.intp)
