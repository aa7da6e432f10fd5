"""Tallies for the head of an office: placements, findings, incidents, stalled steps and the queue, as integer counts.

A tally has a row per kind of count: ``about`` names the table, ``a`` and ``b`` what the count is of, ``measure`` what
was counted, ``n`` how many. Parts of the population are counted apart and added in any order (:func:`merged`).

============  ===========  ===================================  ====================================================
about         a            b                                    measure
============  ===========  ===================================  ====================================================
region        case office  regency                              :data:`MEASURES`
agency        case office  agency                               the same
month         case office  ``2025-08``                          the same
quarter       agency       ``2025-Q3``                          the same
stall         case office  ``step|kind of office|office``       waiting, turn, overdue, unknown, stalled_days
queue         case office  band                                 cases, scored, probability (millionths)
recruiter     agency       recruiter                            cases
payer         agency       payer                                cases
incident      office       regency                              kind of incident (persons)
incident_on   office       ``2025-08``                          the same
============  ===========  ===================================  ====================================================

``region``, ``agency`` and ``month`` cover the twelve whole months before the month of the as-of day, ``quarter`` the
eight whole quarters before its quarter: a day more changes nothing in them, so that two days cannot be subtracted from
each other. What has no name is counted under an empty one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

import polars as pl

from models.aggregates import HELPED
from models.itineraries import day
from models.times import EPOCH_DATE, months_before

if TYPE_CHECKING:
    from models.dated import Dated
    from models.rules import Rules

SCHEMA: Final = {"about": pl.String, "a": pl.String, "b": pl.String, "measure": pl.String, "n": pl.Int64}
FINDINGS: Final = ("drawn_found", "drawn_clear", "other_found", "other_clear")
"""Cases by the last finding about them in the period: drawn by lot with a known chance, or examined otherwise."""
WEIGHTS: Final = ("weight", "weight_found", "weight_squared")
"""Of cases drawn by lot: sums of 1/inclusion probability in thousandths, of those found, and of its square."""
MEASURES: Final = ("completed", "helped", *FINDINGS, *WEIGHTS)
MONTHS: Final = 12
QUARTERS: Final = 8

_FINEST: Final = 1000
_LEAST_PROBABILITY: Final = 0.001
_MILLION: Final = 1_000_000
_KEY: Final = ("about", "a", "b", "measure")
_EMPTY: Final = pl.DataFrame(schema=SCHEMA)


def months_window(today: dt.date) -> tuple[dt.date, dt.date]:
    """First day of the twelve whole months before a day's month, and first day after them."""
    after = today.replace(day=1)
    return months_before(after, MONTHS), after


def quarters_window(today: dt.date) -> tuple[dt.date, dt.date]:
    """First day of the eight whole quarters before a day's quarter, and first day after them."""
    after = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return months_before(after, 3 * QUARTERS), after


def tally_cases(dated: Dated, *, today: int, rules: Rules, without: Collection[str] = ()) -> pl.DataFrame:
    """Count cases, closed ones too: placements, findings, and whom agencies deal with.

    Parameters
    ----------
    dated
        All visible cases of some candidates, with their places.
    today
        Jakarta day number of the as-of time.
    rules
        In force then.
    without
        Candidates who are left out.

    Returns
    -------
    polars.DataFrame
        Columns of :data:`SCHEMA`.
    """
    dated = dated.without(without)
    on = EPOCH_DATE + dt.timedelta(days=today)
    monthly, quarterly = months_window(on), quarters_window(on)
    facts = _facts(dated, since=min(monthly[0], quarterly[0]), until=max(monthly[1], quarterly[1]))
    recent = facts.filter(pl.col("on") >= monthly[0], pl.col("on") < monthly[1])
    long = facts.filter(pl.col("on") >= quarterly[0], pl.col("on") < quarterly[1], pl.col("agency_id") != "")
    quarter = pl.concat_str(pl.col("on").dt.year(), pl.lit("-Q"), pl.col("on").dt.quarter())
    return merged(
        [
            _long("region", recent, "office", pl.col("region")),
            _long("agency", recent, "office", pl.col("agency_id")),
            _long("month", recent, "office", pl.col("on").dt.strftime("%Y-%m")),
            _long("quarter", long, "agency_id", quarter),
            *_links(dated, today=today, rules=rules),
        ]
    )


def tally_queue(waiting: pl.DataFrame, queue: pl.DataFrame) -> pl.DataFrame:
    """Count active cases: where they wait, and their bands.

    Parameters
    ----------
    waiting
        As :func:`models.waiting.waiting_steps` gives it.
    queue
        Of the same cases: ``office``, ``band``, ``probability``.

    Returns
    -------
    polars.DataFrame
        Columns of :data:`SCHEMA`.
    """
    return merged([_stalls(waiting), _queue(queue)])


def merged(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Add tallies; zeros are left out."""
    return pl.concat([_EMPTY, *parts]).group_by(_KEY).agg(pl.col("n").sum()).filter(pl.col("n") != 0).sort(_KEY)


def tally_incidents(incidents: pl.DataFrame, offices: pl.DataFrame, today: dt.date) -> pl.DataFrame:
    """Count persons in incidents.

    Parameters
    ----------
    incidents, offices
        Visible rows. An incident belongs to the BP3MI of its regency, else of its province.
    today
        Jakarta day of the as-of time.
    """
    since, until = months_window(today)
    places = offices.filter(pl.col("kind") == "bp3mi", pl.col("region").is_not_null()).sort("office_id")
    own = dict(reversed(places.select("region", "office_id").rows()))
    regions = incidents["region"].unique().to_list()
    office = {region: own.get(region, own.get(region.partition(".")[0], "")) for region in regions if region}
    rows = incidents.filter(pl.col("occurred_on") >= since, pl.col("occurred_on") < until).select(
        "region",
        "kind",
        n=pl.col("persons").cast(pl.Int64),
        office=pl.col("region").replace_strict(office, default="", return_dtype=pl.String),
        month=pl.col("occurred_on").dt.strftime("%Y-%m"),
    )
    return merged(
        [
            rows.select(about=pl.lit(about), a="office", b=b, measure="kind", n="n")
            for about, b in (("incident", "region"), ("incident_on", "month"))
        ]
    )


def shared_links(total: pl.DataFrame) -> pl.DataFrame:
    """The recruiters and payers that more than one agency has: ``agency_id``, ``kind``, ``ref``, ``cases``."""
    rows = total.filter(pl.col("about").is_in(["recruiter", "payer"]))
    return (
        rows.filter(pl.len().over("about", "b") > 1)
        .select(agency_id="a", kind="about", ref="b", cases="n")
        .sort("agency_id", "kind", "ref")
    )


def kept(total: pl.DataFrame) -> pl.DataFrame:
    """What of a tally is read as it is: where procedures stall, and the queue."""
    return total.filter(pl.col("about").is_in(["stall", "queue"]))


def _facts(dated: Dated, *, since: dt.date, until: dt.date) -> pl.DataFrame:
    """What counts of cases in a period: ``office, region, agency_id, on`` and :data:`MEASURES`."""
    first, after = (since - EPOCH_DATE).days, (until - EPOCH_DATE).days
    told = (
        dated.outcomes.filter(pl.col("case_id").is_not_null(), (pl.col("finding") != "undetermined") | HELPED)
        .with_columns(checked=day("checked_on"), helped=HELPED)
        .filter(pl.col("checked") >= first, pl.col("checked") < after)
        .sort("checked", "outcome_id")
        .unique(["case_id", "candidate_id"], keep="last", maintain_order=True)
    )
    found_ever = dated.outcomes.filter(pl.col("finding") == "non_procedural").select("case_id", "candidate_id")
    placed = dated.cases.select(
        *("case_id", "candidate_id", "status", "planned"),
        *(pl.col(name).fill_null("") for name in ("office", "region", "agency_id")),
    )
    done = placed.filter(pl.col("status") == "departed", pl.col("planned") >= first, pl.col("planned") < after).join(
        found_ever, on=["case_id", "candidate_id"], how="anti"
    )
    checked = placed.join(
        told.select(
            "case_id", "candidate_id", "checked", "helped", "finding", "examined_because", "inclusion_probability"
        ),
        on=["case_id", "candidate_id"],
        how="inner",
        maintain_order="left",
    )
    columns = ("office", "region", "agency_id")
    return pl.concat(
        [
            done.select(*columns, on=_date("planned"), completed=pl.lit(1, dtype=pl.Int64)),
            checked.select(*columns, on=_date("checked")).with_columns(**_found(checked)),
        ],
        how="diagonal",
    ).with_columns(pl.col(name).fill_null(0) for name in MEASURES)


def _found(checked: pl.DataFrame) -> dict[str, pl.Series]:
    drawn = ((pl.col("examined_because") == "random_check") & (pl.col("inclusion_probability") > 0)).fill_null(
        value=False
    )
    weight = (_FINEST / pl.col("inclusion_probability").clip(_LEAST_PROBABILITY, 1.0)).round(0).cast(pl.Int64)
    found = pl.col("finding") == "non_procedural"
    counted = ~pl.col("helped")
    columns = {
        "helped": pl.col("helped"),
        "drawn_found": counted & drawn & found,
        "drawn_clear": counted & drawn & ~found,
        "other_found": counted & ~drawn & found,
        "other_clear": counted & ~drawn & ~found,
    }
    mine = pl.when(counted & drawn).then(weight).otherwise(0)
    weights = {
        "weight": mine,
        "weight_found": pl.when(found).then(mine).otherwise(0),
        "weight_squared": mine * mine,
    }
    flags = {name: flag.fill_null(value=False).cast(pl.Int64) for name, flag in columns.items()}
    return checked.select(**flags, **{name: value.fill_null(0) for name, value in weights.items()}).to_dict()


def _date(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32).cast(pl.Date)


def _long(about: str, facts: pl.DataFrame, a: str, b: pl.Expr) -> pl.DataFrame:
    counted = facts.group_by(a=pl.col(a), b=b).agg(pl.col(name).sum() for name in MEASURES)
    return _unpivoted(about, counted, MEASURES)


def _unpivoted(about: str, counted: pl.DataFrame, measures: Iterable[str]) -> pl.DataFrame:
    return (
        counted.unpivot(on=list(measures), index=["a", "b"], variable_name="measure", value_name="n")
        .select(about=pl.lit(about), a="a", b="b", measure="measure", n=pl.col("n").cast(pl.Int64))
        .filter(pl.col("n") != 0)
    )


def _stalls(waiting: pl.DataFrame) -> pl.DataFrame:
    desk = pl.concat_str("step", "issuer", pl.col("office_id").fill_null(""), separator="|")
    counted = waiting.group_by(a=pl.col("case_office").fill_null(""), b=desk).agg(
        waiting=pl.len(),
        turn=pl.col("turn").sum(),
        overdue=(pl.col("state") == "overdue").sum(),
        unknown=(pl.col("state") == "unknown").sum(),
        stalled_days=pl.col("stalled_days").sum(),
    )
    return _unpivoted("stall", counted, ("waiting", "turn", "overdue", "unknown", "stalled_days"))


def _queue(queue: pl.DataFrame) -> pl.DataFrame:
    counted = queue.group_by(a=pl.col("office").fill_null(""), b=pl.col("band")).agg(
        cases=pl.len(),
        scored=pl.col("probability").is_not_null().sum(),
        probability=(pl.col("probability") * _MILLION).round(0).sum().cast(pl.Int64),
    )
    return _unpivoted("queue", counted, ("cases", "scored", "probability"))


def _links(dated: Dated, *, today: int, rules: Rules) -> list[pl.DataFrame]:
    """Open registrations by agency and recruiter, people who travel by agency and payer; the windows are the rules'."""
    recruited = dated.cases.filter(
        pl.col("recruiter_ref").is_not_null(),
        pl.col("agency_id").is_not_null(),
        pl.col("status") == "open",
        pl.col("registered_day") > today - int(rules.constant("recruiter_window_days")),
        pl.col("registered_day") <= today,
    ).group_by(a="agency_id", b="recruiter_ref")
    paid = dated.travel.filter(
        pl.col("agency_id").is_not_null(),
        pl.col("payer_ref").is_not_null(),
        pl.col("payer") != "agency",
        pl.col("departure_day") > today - int(rules.constant("payer_window_days")),
    ).group_by(a="agency_id", b="payer_ref")
    return [
        _unpivoted("recruiter", recruited.agg(cases=pl.len()), ("cases",)),
        _unpivoted("payer", paid.agg(cases=pl.col("candidate_id").n_unique()), ("cases",)),
    ]
