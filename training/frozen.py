"""Labelled snapshots: what is learned from, as of one time or several.

Everything here is as of a time: which findings were known by then, and at each snapshot what was knowable at its day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from models.asof import Feeds
from models.cases import build_cases
from models.errors import RiskError
from models.freshness import DeliveryStamp
from models.rules import RuleBook
from models.terms import Floats
from models.times import date_of, day_number, iso
from training.labels import case_labels, case_offices
from training.outages import Outage, during
from training.prior import PRIOR_SAMPLE, unexamined
from training.settings import TrainSettings
from training.snapshots import GRID_DAYS, Snapshots, grid_days, snapshot_weights, take_snapshots

LEAST_FINDINGS: Final = 40
LEAST_POSITIVES: Final = 8


class TrainingError(RiskError):
    """No release can be made, or judged, with these data."""


class TooFewFindingsError(TrainingError):
    """There is too little to learn from, yet."""


@dataclass(frozen=True, eq=False)
class Frozen:
    """Snapshots with labels.

    Attributes
    ----------
    snapshots : Snapshots
    label : ndarray of float64, shape (n,)
        1 non-procedural, 0 procedural.
    drawn : ndarray of float64, shape (n,)
        Weight of the case as a drawn check, 0 if it was not drawn.
    cases : polars.DataFrame
        The table of labels they come from.
    prior : Snapshots
        Of cases without a finding, at the leads to learn from.
    """

    snapshots: Snapshots
    label: Floats
    drawn: Floats
    cases: pl.DataFrame
    prior: Snapshots

    def __len__(self) -> int:
        """Number of snapshots."""
        return len(self.snapshots)

    @property
    def days(self) -> Floats:
        """Days to departure: shape (n,)."""
        return self.snapshots.frame["days_to_departure"].to_numpy()

    @property
    def weight(self) -> Floats:
        """Equal shares of a case among its snapshots: shape (n,); those of a case add up to one."""
        return snapshot_weights(self.snapshots, self.cases.select("case_id", weight=pl.lit(1.0)))

    def names(self, column: str) -> np.ndarray:
        """A column of keys as text, "" where there is none: shape (n,)."""
        return np.asarray(self.snapshots.frame[column].fill_null("").to_numpy(), dtype=np.str_)

    @property
    def agencies(self) -> np.ndarray:
        """The agency of each snapshot, the person where there is none: shape (n,)."""
        agency = self.names("agency_id")
        return np.where(agency == "", self.names("candidate_id"), agency)

    @property
    def offices(self) -> np.ndarray:
        """The office of each snapshot, "" where none is known: shape (n,)."""
        if "office" not in self.cases.columns:
            return np.full(len(self), "", dtype=np.str_)
        named = self.snapshots.frame.select("case_id").join(
            self.cases.select("case_id", "office"), on="case_id", how="left", maintain_order="left"
        )
        return np.asarray(named["office"].fill_null("").to_numpy(), dtype=np.str_)

    def rows(self, keep: pl.Series | np.ndarray) -> Frozen:
        """Some of the snapshots, by a mask."""
        mask = np.asarray(keep, dtype=bool)
        return Frozen(self.snapshots.rows(mask), self.label[mask], self.drawn[mask], self.cases, self.prior)

    def at_leads(self, leads: Sequence[int]) -> Frozen:
        """The snapshots at some leads."""
        return self.rows(self.snapshots.frame["lead"].is_in(list(leads)))

    def departing(self, first: int, last: int) -> Frozen:
        """The snapshots of cases that departed on these Jakarta day numbers, both inclusive."""
        those = self.cases.filter(pl.col("departure_day").is_between(first, last))["case_id"]
        return self.rows(self.snapshots.frame["case_id"].is_in(those.to_list()))

    def counts(self) -> dict[str, int]:
        """Cases with a snapshot, those of them non-procedural, those drawn, and those both; and snapshots."""
        cases = self.snapshots.frame.select("case_id").with_columns(label=self.label > 0, drawn=self.drawn > 0)
        cases = cases.unique("case_id")
        return {
            "cases": len(cases),
            "non_procedural": int(cases["label"].sum()),
            "drawn": int(cases["drawn"].sum()),
            "drawn_non_procedural": int((cases["drawn"] & cases["label"]).sum()),
            "snapshots": len(self),
        }


def freeze(
    feeds: Feeds,
    stamps: Sequence[DeliveryStamp],
    times_us: Sequence[int],
    *,
    rules: RuleBook,
    settings: TrainSettings,
    departures: tuple[int, int] | None = None,
    prior: bool = True,
) -> list[Frozen]:
    """Labelled snapshots as of each of several times, all snapshots taken in one pass.

    Parameters
    ----------
    feeds : Feeds
        All versions of all rows.
    stamps : sequence of DeliveryStamp
    times_us : sequence of int
        UTC microseconds; of findings recorded later nothing is seen.
    rules : RuleBook
    settings : TrainSettings
    departures : (int, int), optional
        Only cases that departed on these Jakarta day numbers, both inclusive.
    prior : bool
        Whether to freeze cases without a finding as well.

    Returns
    -------
    list of Frozen
        One per time; one of them may be empty.

    Raises
    ------
    TooFewFindingsError
        At none of the times there is a mature finding.
    """
    blocks = [build_cases(feeds, t, rules=rules.at(date_of(t), t)) for t in times_us]
    labels = [
        case_labels(block).join(case_offices(block), on="case_id", how="left", maintain_order="left")
        for block in blocks
    ]
    if departures is not None:
        labels = [table.filter(pl.col("departure_day").is_between(*departures)) for table in labels]
    every = pl.concat(labels)
    if every.is_empty():
        raise TooFewFindingsError(
            f"There is no finding to learn from: none that was recorded by {iso(max(times_us))} and has had time to "
            "arrive.",
            what_to_do="Deliver outcomes, or choose another time.",
        )
    leads = (*settings.far_leads, *settings.leads)
    first = int(every["departure_day"].min()) - max(leads) - GRID_DAYS  # type: ignore[arg-type]
    last = min(int(every["departure_day"].max()), max(block.today for block in blocks))  # type: ignore[arg-type]
    known = every["case_id"].unique().sort().to_list()
    newest = blocks[int(np.argmax(times_us))]
    others = unexamined(newest, known, most=PRIOR_SAMPLE, seed=settings.seed) if prior else []
    taken = take_snapshots(
        feeds,
        grid_days(first, last),
        wanted=[*known, *others],
        rules=rules,
        stamps=stamps,
        leads=leads,
        jobs=settings.jobs,
    )
    is_prior = taken.frame["case_id"].is_in(others)
    labelled = taken.rows(~is_prior)
    unlabelled = taken.rows(is_prior & taken.frame["lead"].is_in(list(settings.leads)))
    return [
        _labelled(labelled, table, unlabelled.rows(unlabelled.frame["day"] <= day_number(t)))
        for table, t in zip(labels, times_us, strict=True)
    ]


#: Days after an outage until a feed has caught up.
CATCHING_UP_DAYS: Final = 3


def outside(data: Frozen, outages: Sequence[Outage]) -> Frozen:
    """The snapshots that were not frozen while a feed stood still: what was not recorded then looks as if not done."""

    def good(taken: Snapshots) -> np.ndarray:
        return ~during(outages, taken.frame["day"].cast(pl.Int64).to_numpy(), after=CATCHING_UP_DAYS)

    return replace(data.rows(good(data.snapshots)), prior=data.prior.rows(good(data.prior)))


def enough(data: Frozen) -> None:
    """Refuse to learn from too little.

    Raises
    ------
    TooFewFindingsError
        Fewer than :data:`LEAST_FINDINGS` labelled cases with a snapshot, or :data:`LEAST_POSITIVES` of either kind.
    """
    counts = data.counts()
    found, positive = counts["cases"], counts["non_procedural"]
    if found < LEAST_FINDINGS or min(positive, found - positive) < LEAST_POSITIVES:
        raise TooFewFindingsError(
            f"Too few findings to learn from: {found} cases, {positive} of them non-procedural.",
            what_to_do=f"It takes at least {LEAST_FINDINGS} cases and {LEAST_POSITIVES} of either kind; until then the "
            "rules-only release stays in force.",
        )


def _labelled(taken: Snapshots, labels: pl.DataFrame, prior: Snapshots) -> Frozen:
    """Snapshots of the cases in the table, without those from departure, help or an early examination on."""
    said = taken.frame.select("case_id", "day").join(labels, on="case_id", how="left", maintain_order="left")
    usable = said.select(
        pl.col("label").is_not_null()
        & (pl.col("day") <= pl.col("departure_day"))
        & (pl.col("usable_before").is_null() | (pl.col("day") < pl.col("usable_before")))
    ).to_series()
    said = said.filter(usable)
    return Frozen(
        snapshots=taken.rows(usable),
        label=said["label"].cast(pl.Float64).to_numpy(),
        drawn=said.select(pl.when("drawn").then("weight").otherwise(0.0))["weight"].to_numpy(),
        cases=labels,
        prior=prior,
    )
