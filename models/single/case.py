"""One case as it is spoken of: its row, facts, records and score, whichever way they were found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from models.features.catalogue import INDEX
from models.times import day_number

if TYPE_CHECKING:
    from models.directory import Directory
    from models.facts import OneFacts
    from models.freshness import Freshness
    from models.ledger import Ledger
    from models.registry import Release
    from models.rules import Rules
    from models.single.rows import Row


class Records(Protocol):
    """The visible records that a case may rest on."""

    def find(self, feed: str, wanted: Mapping[str, Any]) -> Sequence[Row]:
        """Rows of a feed with these values, in no order."""


@dataclass(frozen=True)
class OneCase:
    """A case as of a time.

    Attributes
    ----------
    t_us
        As-of time, UTC microseconds.
    row
        As :meth:`models.cases.CaseBlock.details` has it, dates as day numbers.
    facts, x
        Its facts, and its features in catalogue order, NaN where missing.
    insufficient
        Whether there is too little to go on.
    records, ledger, directory
        What it rests on: its person's records and those of its agency, permit and offices; the ledger of an agency,
        None where it has no events; which office does a step where.
    """

    t_us: int
    row: Row
    facts: OneFacts
    x: Sequence[float]
    insufficient: bool
    rules: Rules
    freshness: Freshness
    records: Records
    ledger: Callable[[str], Ledger | None]
    directory: Directory

    @property
    def today(self) -> int:
        """Jakarta day number of the as-of time."""
        return day_number(self.t_us)

    def feature(self, name: str) -> float:
        """A feature by its name."""
        return self.x[INDEX[name]]

    @property
    def scored(self) -> bool:
        """Whether it gets figures."""
        return bool(self.row["lane"] == "scored" and not self.insufficient)


@dataclass(frozen=True)
class OneScore:
    """The score of one case; NaN where it has none.

    Attributes
    ----------
    base, reasons, other
        Log-odds of nobody in particular; the five largest groups of terms by their place in ``release.terms.groups``,
        each with its contribution; what all others add. They sum to ``log_odds``, to the last bit.
    notices, recourse
        Codes of the notices that hold; kind of the way back.
    """

    case: OneCase
    release: Release
    probability: float
    low: float
    high: float
    band: str
    log_odds: float
    reasons: Sequence[tuple[int, float]]
    other: float
    notices: Sequence[str]
    recourse: str

    @property
    def base(self) -> float:
        """Log-odds before any term."""
        return self.release.terms.base
