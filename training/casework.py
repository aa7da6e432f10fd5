"""Frozen cases and the live queue as examples: validation, checks and audit run on our feeds like on any frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import polars as pl

from models.asof import Feeds
from models.cases import CaseBlock
from models.features.catalogue import CATALOGUE, INDEX
from models.situation import Situation
from models.terms import Floats
from models.times import JAKARTA_OFFSET_US, US_PER_DAY, day_number
from training.engines.spec import Spec, catalogue_specs
from training.examples import Days, Examples, Names
from training.findings import case_findings
from training.frozen import Frozen
from training.groups import GROUPS, case_groups
from training.labels import MATURITY_DAYS, case_offices
from training.validation.origins import IN_TIME, Split

AGENCY: Final = "agency"
OFFICE: Final = "office"
PERSON: Final = "person"
READ: Final = frozenset(feed for feature in CATALOGUE for feed in feature.feeds)
"""Feeds that features are computed from."""


def case_examples(data: Frozen, block: CaseBlock) -> Examples:
    """Labelled snapshots as examples, with the groups of their cases.

    Parameters
    ----------
    data : Frozen
    block : CaseBlock
        All cases as of the time until which findings were known.

    Notes
    -----
    Row by row with ``data``. Groups: agency, office, person and the columns of `training.groups.GROUPS`. The day on
    which a label became known is that on which the finding that decided it was recorded.
    """
    facts = (
        data.snapshots.frame.select("case_id")
        .join(data.cases.select("case_id", "departure_day", "label"), on="case_id", how="left", maintain_order="left")
        .join(_decided(block), on=["case_id", "label"], how="left", maintain_order="left")
        .join(case_findings(block).select("case_id", "helped"), on="case_id", how="left", maintain_order="left")
        .join(case_offices(block), on="case_id", how="left", maintain_order="left")
        .join(case_groups(block), on="case_id", how="left", maintain_order="left")
    )
    X, specs = _columns(data.snapshots.X)
    event = facts["departure_day"].cast(pl.Int64)
    return Examples(
        X=X,
        specs=specs,
        label=data.label,
        day=data.snapshots.frame["day"].cast(pl.Int64).to_numpy(),
        event_day=event.to_numpy(),
        known_day=facts["known_day"].fill_null(event).to_numpy(),
        lead=data.days,
        case=data.names("case_id"),
        groups={
            AGENCY: data.names("agency_id"),
            OFFICE: _texts(facts["office"]),
            PERSON: data.names("candidate_id"),
            **{name: _texts(facts[name]) for name in GROUPS},
        },
        weight=data.weight,
        yardstick=data.drawn,
        helped=facts["helped"].fill_null(value=False).to_numpy(),
    )


def queue_examples(situation: Situation) -> Examples:
    """The cases that have a score as of a time, as rows in use: their event is ahead and their label unknown."""
    scored = (situation.cases["lane"] == "scored").to_numpy() & ~situation.insufficient
    cases = situation.cases.filter(scored)
    groups = cases.select("case_id").join(case_groups(situation.block), on="case_id", how="left", maintain_order="left")
    lead = situation.x[scored, INDEX["days_to_departure"]]
    today = np.full(len(cases), day_number(situation.t_us), dtype=np.int64)
    X, specs = _columns(situation.x[scored])
    event = today + np.nan_to_num(lead).astype(np.int64)
    return Examples(
        X=X,
        specs=specs,
        label=np.full(len(cases), np.nan),
        day=today,
        event_day=event,
        known_day=event,
        lead=lead,
        case=_texts(cases["case_id"]),
        groups={
            AGENCY: _texts(cases["agency_id"]),
            OFFICE: _texts(cases["office"]),
            PERSON: _texts(cases["candidate_id"]),
            **{name: _texts(groups[name]) for name in GROUPS},
        },
    )


def recorded_days(feeds: Feeds, *, until: int) -> dict[str, Days]:
    """By feed that features read, the Jakarta days, up to one, on which its rows were recorded."""
    days = (pl.col("recorded_at").cast(pl.Int64) + JAKARTA_OFFSET_US) // US_PER_DAY
    return {
        name: frame.select(days.alias("day")).filter(pl.col("day") <= until)["day"].to_numpy()
        for name, frame in feeds.items()
        if name in READ and len(frame)
    }


def split_at(data: Examples, cut: int) -> Split:
    """What is learnt from and what is judged when the backtest stops learning on a day.

    Parameters
    ----------
    data : Examples
    cut : int
        Jakarta day number.
    """
    train = (data.event_day <= cut - MATURITY_DAYS) & (data.known_day <= cut)
    test = (data.event_day > cut) & (data.day > cut)
    return Split(cut, train, test, IN_TIME, 0, MATURITY_DAYS)


def audit_groups(data: Examples) -> Mapping[str, Names]:
    """The columns that an audit compares."""
    return {name: data.groups[name] for name in GROUPS}


def _columns(X: Floats) -> tuple[Floats, tuple[Spec, ...]]:
    """The columns that a release uses, and their specs with positions to match."""
    specs = catalogue_specs()
    at = [spec.column for spec in specs]
    return np.ascontiguousarray(X[:, at]), tuple(replace(spec, column=i) for i, spec in enumerate(specs))


def _decided(block: CaseBlock) -> pl.DataFrame:
    """By case and label, the day on which the first finding that says so was recorded."""
    day = (pl.col("recorded_at").cast(pl.Int64) + JAKARTA_OFFSET_US) // US_PER_DAY
    return (
        block.outcomes.filter(pl.col("case_id").is_not_null(), pl.col("finding") != "undetermined")
        .group_by("case_id", label=(pl.col("finding") == "non_procedural").cast(pl.Int8))
        .agg(known_day=day.min())
    )


def _texts(column: pl.Series) -> Names:
    return np.asarray(column.cast(pl.String).fill_null("").to_numpy(), dtype=np.str_)
