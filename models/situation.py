"""The situation of every active case as of *t*: cases, counts about others, facts, features, sufficiency."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from models.aggregates import Aggregates, Shares, count, shares
from models.arithmetic import Flags, Numbers
from models.asof import Seen
from models.cases import CaseBlock, build_cases
from models.directory import Directory
from models.facts import Facts, SomeFacts, gather
from models.features.catalogue import INDEX, Matrix, to_frame
from models.features.compute import compute, compute_own
from models.single.case import OneCase
from models.single.rows import Row, plain_frame, plain_rows
from models.steps import step_table

if TYPE_CHECKING:
    from models.asof import Feeds
    from models.freshness import Freshness
    from models.rules import Rules

KEYS: Final = ("case_id", "candidate_id", "registration_id", "travel_id", "lane")
"""Columns that say which case a row is about."""


@dataclass(frozen=True)
class Situation:
    """Active cases of a block, row by row.

    Attributes
    ----------
    block, own, aggregates
        All visible cases of the candidates, their shares in the counts, the counts over everybody.
    rows
        Row numbers in ``block`` of the cases here.
    cases
        Their details (:meth:`models.cases.CaseBlock.details`), ordered by ``case_id``.
    facts, x
        Their facts, and features in catalogue order.
    insufficient
        Which have too little to go on: an essential feed is stale, or too many of the steps due cannot be told.
    """

    block: CaseBlock
    own: Shares
    aggregates: Aggregates
    rows: NDArray[np.intp]
    cases: pl.DataFrame
    facts: Facts
    x: Matrix
    insufficient: Flags
    rules: Rules
    freshness: Freshness

    @property
    def t_us(self) -> int:
        """As-of time, UTC microseconds."""
        return self.block.t_us

    def __len__(self) -> int:
        """Number of active cases."""
        return len(self.cases)

    def feature(self, name: str) -> Numbers:
        """A feature by its name, shape (n,)."""
        return self.x[:, INDEX[name]]

    def one(self, i: int) -> OneCase:
        """One of the cases, as it is spoken of."""
        cases = plain_frame(self.cases[i])
        return OneCase(
            t_us=self.t_us,
            row=cases.row(0, named=True),
            facts=self.facts.one(i),
            x=self.x[i].tolist(),
            insufficient=bool(self.insufficient[i]),
            rules=self.rules,
            freshness=self.freshness,
            records=_SeenRecords(self.block.visible),
            ledger=self.block.ledgers.get,
            directory=Directory(self.block.visible["offices"]),
        )

    def features_frame(self) -> pl.DataFrame:
        """``case_id, candidate_id, registration_id, travel_id, lane`` and every feature under its catalogue name."""
        return pl.concat([self.cases.select(*KEYS), to_frame(self.x)], how="horizontal")


@dataclass(frozen=True)
class _SeenRecords:
    """Records found in frames."""

    seen: Seen

    def find(self, feed: str, wanted: Mapping[str, Any]) -> list[Row]:
        """Rows of a feed with these values."""
        condition = pl.all_horizontal(pl.col(name) == value for name, value in wanted.items())
        return plain_rows(self.seen[feed].filter(condition))


def stale_feeds(feeds: Collection[str], cases: pl.DataFrame, *, t_us: int, rules: Rules, freshness: Freshness) -> Flags:
    """Per case, whether any of ``feeds`` is stale or missing at the source that delivered the case; shape (n,)."""
    stale = {
        seq: any(freshness.stale(feed, freshness.source_of.get(seq), t_us=t_us, rules=rules) for feed in feeds)
        for seq in cases["seq"].unique().to_list()
    }
    late = cases.select(pl.col("seq").is_in([seq for seq, old in stale.items() if old]))
    return late.to_series().to_numpy()


def too_little(cases: pl.DataFrame, facts: Facts, *, t_us: int, rules: Rules, freshness: Freshness) -> Flags:
    """Which cases cannot be judged (see :class:`Situation`)."""
    cut_off = stale_feeds(rules.essential_feeds(), cases, t_us=t_us, rules=rules, freshness=freshness)
    return np.asarray(cut_off | untold(facts, rules))


def untold(facts: SomeFacts, rules: Rules) -> Any:
    """Whether too many of the steps due cannot be told."""
    steps = facts.steps
    unknown = steps.count(steps.due & steps.unknown)
    return unknown > rules.constant("insufficient_unknown_share") * steps.count(steps.due)


def situate(
    feeds: Feeds,
    t_us: int,
    *,
    rules: Rules,
    freshness: Freshness,
    seq: int | None = None,
    aggregates: Aggregates | None = None,
    wanted: Collection[str] | None = None,
    closed_too: bool = False,
) -> Situation:
    """Everything about the active cases of a set of candidates.

    Parameters
    ----------
    feeds
        Canonical frames; all rows of the candidates concerned and of what they refer to.
    t_us, seq
        As-of time and, in a replay, the last delivery read.
    aggregates
        Counts over everybody; counted over ``feeds`` if not given.
    wanted
        Only these case ids.
    closed_too
        Also cases that are no longer active (for one case looked up by its id).
    """
    block = build_cases(feeds, t_us, rules=rules, seq=seq)
    return situate_block(
        block, rules=rules, freshness=freshness, aggregates=aggregates, wanted=wanted, closed_too=closed_too
    )


def situate_block(
    block: CaseBlock,
    *,
    rules: Rules,
    freshness: Freshness,
    aggregates: Aggregates | None = None,
    wanted: Collection[str] | None = None,
    closed_too: bool = False,
) -> Situation:
    """:func:`situate` for cases already built."""
    own = shares(block, rules)
    counts = count([own]) if aggregates is None else aggregates
    keep = np.ones(len(block.frame), dtype=bool) if closed_too else block.active
    if wanted is not None:
        keep = keep & block.frame["case_id"].is_in(list(wanted)).to_numpy()
    return look_at(block, block.rows(keep), own=own, aggregates=counts, rules=rules, freshness=freshness)


def look_at(
    block: CaseBlock, rows: NDArray[np.intp], *, own: Shares, aggregates: Aggregates | None, rules: Rules,
    freshness: Freshness,
) -> Situation:  # fmt: skip
    """The situation of some cases of a block.

    Parameters
    ----------
    rows
        Row numbers of the cases.
    own
        The block's own shares in the counts.
    aggregates
        Counts over everybody; None: not yet counted, features that need them are missing.
    """
    cases = block.details(rows)
    steps = step_table(
        cases,
        block.visible["offices"],
        done=block.done[rows],
        plans=block.plans.take(rows),
        today=block.today,
        stale=stale_feeds(("registration_steps",), cases, t_us=block.t_us, rules=rules, freshness=freshness),
    )
    facts = gather(block, own, aggregates, rules=rules, rows=rows, cases=cases, steps=steps)
    return Situation(
        block=block,
        own=own,
        aggregates=Aggregates({}) if aggregates is None else aggregates,
        rows=rows,
        cases=cases,
        facts=facts,
        x=compute_own(facts) if aggregates is None else compute(facts, rules),
        insufficient=too_little(cases, facts, t_us=block.t_us, rules=rules, freshness=freshness),
        rules=rules,
        freshness=freshness,
    )
