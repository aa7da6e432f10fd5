"""Which cases an office looks at in a day: chosen by what reaching out can still change, some of them drawn by lot.

A day's list has as many cases as the office says it can look at. A stated share of them is drawn by lot from all scored
cases that are still to depart, whatever their score: what is found in those is the yardstick of the score. The rest are
the cases of greatest worth::

    worth = risk · changeable · soon · waited

``risk``
    The probability, where the case has one; else a stated weight of its band or lane (`RISK_OF`). A case without a
    date, or of somebody who objects to being scored, has the mean risk of the office's scored cases: nothing more is
    known of it. An override in force counts by its band.
``changeable``
    How much help can still change, by the kind of the way back (`CHANGEABLE`): missing steps all of it, a complete file
    next to nothing.
``soon``
    1 from three days to two weeks before departure; less in the last three days, when little can be done any more, and
    half as much for every two weeks more that are left, since such a case can wait. A case without a date stands where
    one four weeks away does.
``waited``
    2 for a case that was put on a list and not touched for three days, 3 from six days on.

The list itself is in order of departure, so that it does not rank anybody.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import polars as pl

RISK_OF: Final = {
    "first": 0.5,
    "check": 0.2,
    "none": 0.02,
    "register": 0.4,
    "protection": 1.0,
}
"""Risk of a case without a probability, by band, or by lane where it is not scored."""
LIKE_THE_REST: Final = ("no_date", "by_date")
"""Lanes of which nothing more is known than of the office's scored cases on the whole."""
NOBODY_SCORED: Final = 0.1
"""Risk of these where the office has no scored case."""
CHANGEABLE: Final = {
    "steps": 1.0,
    "protection": 1.0,
    "change_agency": 0.8,
    "ask_first": 0.8,
    "postpone": 0.6,
    "no_lawful_route": 0.5,
    "complete": 0.1,
}
"""Share of the risk that help can still take away, by the kind of the way back."""
LANES: Final = ("contact_first", "check_file", "help_register", "no_date")
UNTOUCHED_DAYS: Final = 3
"""A listed case that nobody touched for so long comes back up."""
SETTLED_DAYS: Final = 14
"""A case with a finding is not listed again for so long."""
_CAN_WAIT_DAYS: Final = 14
_TOO_LATE_DAYS: Final = 4
_PAST: Final = 0.1
_UNDATED: Final = 0.5
_MOST_WAITED: Final = 2
_CASE: Final = ("case_id", "candidate_id")


@dataclass(frozen=True, kw_only=True)
class Lot:
    """A draw, which can be repeated from what is said here.

    Parameters
    ----------
    seed
        Random text, made once for the list and kept with it.
    office, day
        Whose list it is for, and the Jakarta day number.
    share
        Of the capacity; 0 draws nothing.
    """

    seed: str
    office: str
    day: int
    share: float

    def ticket(self, case_id: str, candidate_id: str) -> bytes:
        """The number a case draws; the smallest are drawn."""
        text = "\0".join((self.seed, self.office, str(self.day), case_id, candidate_id))
        return hashlib.blake2b(text.encode(), digest_size=16).digest()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A list.

    Parameters
    ----------
    items
        ``case_id, candidate_id, lane`` (of `LANES`), ``worth``, ``drawn``, ``inclusion_probability`` (null where not
        drawn), ``returned``; in order of departure, no date last.
    eligible, drawn
        Cases the draw was made from, and how many were drawn.
    """

    items: pl.DataFrame
    eligible: int
    drawn: int


def choose(cases: pl.DataFrame, *, capacity: int, lot: Lot) -> Choice:
    """Choose a day's list.

    Parameters
    ----------
    cases
        An office's queue, one row each: ``case_id, candidate_id``, ``lane`` and ``band`` as scored, ``probability``,
        ``recourse_kind``, ``days_left`` (null: no date), ``override`` (band, or null), ``resting`` (put to rest until
        something changes), ``settled`` (has a finding), ``idle_days`` (since it was listed or last touched; null: never
        listed).
    capacity
        Cases on the list, at most.
    """
    weighed = cases.with_columns(worth=worth(), listed_lane=_lane()).sort(_CASE)
    tickets = weighed.filter(
        ~pl.col("settled"), pl.col("lane") == "scored", pl.col("days_left").is_not_null(), pl.col("days_left") >= 0
    ).select(_CASE)
    wanted = min(tickets.height, capacity, max(1, round(lot.share * capacity)) if lot.share > 0 else 0)
    drawn = sorted(tickets.iter_rows(), key=lambda case: lot.ticket(*case))[:wanted]
    draw = pl.DataFrame(drawn, schema=dict.fromkeys(_CASE, pl.String), orient="row").with_columns(
        drawn=pl.lit(value=True), inclusion_probability=pl.lit(wanted / max(1, tickets.height))
    )
    with_draw = weighed.join(draw, on=_CASE, how="left").with_columns(pl.col("drawn").fill_null(value=False))
    best = (
        with_draw.filter(~pl.col("drawn"), ~pl.col("settled"), ~pl.col("resting"))
        .sort("worth", *_CASE, descending=[True, False, False])
        .head(capacity - wanted)
    )
    items = pl.concat([with_draw.filter(pl.col("drawn")), best]).sort("days_left", *_CASE, nulls_last=True)
    returned = pl.col("idle_days").fill_null(0) >= UNTOUCHED_DAYS
    shown = items.select(
        *_CASE, "worth", "drawn", "inclusion_probability", lane=pl.col("listed_lane"), returned=returned
    )
    return Choice(items=shown, eligible=tickets.height, drawn=wanted)


def worth() -> pl.Expr:
    """What reaching out to a case is worth, see the module; from the columns that `choose` takes."""
    overridden = pl.col("override").is_not_null()
    scored = pl.col("lane") == "scored"
    band = pl.coalesce("override", pl.when(scored).then("band").otherwise("lane"))
    stated = band.replace_strict(RISK_OF, default=None, return_dtype=pl.Float64)
    known = pl.when(overridden).then(stated).otherwise(pl.coalesce("probability", stated))
    like_the_rest = pl.coalesce(known.filter(scored).mean(), NOBODY_SCORED)
    risk = pl.when(~overridden & pl.col("lane").is_in(LIKE_THE_REST)).then(like_the_rest).otherwise(known)
    risk = risk.fill_null(like_the_rest)  # scored, with too little to go on
    changeable = pl.col("recourse_kind").replace_strict(CHANGEABLE, default=1.0, return_dtype=pl.Float64)
    left = pl.col("days_left")
    reach = pl.min_horizontal(1.0, (left + 1) / _TOO_LATE_DAYS)
    halvings = pl.max_horizontal(0, left - _CAN_WAIT_DAYS) / _CAN_WAIT_DAYS
    soon = (
        pl.when(left.is_null()).then(_UNDATED).when(left < 0).then(_PAST).otherwise(reach * pl.lit(0.5).pow(halvings))
    )
    waited = 1 + pl.min_horizontal(_MOST_WAITED, pl.col("idle_days").fill_null(0) // UNTOUCHED_DAYS)
    return risk * changeable * soon * waited


def _lane() -> pl.Expr:
    urgent = (pl.col("lane") == "protection") | (pl.coalesce("override", "band") == "first")
    return (
        pl.when(pl.col("lane") == "register")
        .then(pl.lit("help_register"))
        .when(pl.col("lane") == "no_date")
        .then(pl.lit("no_date"))
        .when(urgent)
        .then(pl.lit("contact_first"))
        .otherwise(pl.lit("check_file"))
    )
