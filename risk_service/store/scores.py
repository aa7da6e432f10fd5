"""Scores: a history that only grows, the queue of active cases beside it, and when a case left the queue.

Use
---
``current(connection, case_id)``, ``history(connection, case_id)``, ``endings(connection, case_id)``
    What is kept of one case.
``page(connection, Wanted(...), limit=…, after=…)``, ``count_current(connection, Wanted(...))``
    The queue, filtered and in pages.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from models.bands import BANDS
from risk_service.store.tables import current_scores, erased_scores, score_endings, scores

Order = Literal["urgency", "planned"]
Cursor = tuple[int, float, str, str] | tuple[int, str, str]

RESULT: Final = (
    "registration_id",
    "travel_id",
    "source",
    "lane",
    "band",
    "probability",
    "probability_low",
    "probability_high",
    "log_odds",
    "base",
    "other",
    "reasons",
    "notices",
    "recourse_kind",
    "release",
    "rules_version",
    "office",
    "region",
    "scheme",
    "placement",
    "destination",
    "agency_id",
    "planned_day",
)
"""What makes up a result: a score is written anew when one of these differs from the score before."""

NO_DAY: Final = 2**31 - 1
"""In orders by departure, in place of a day that is not known: after all others."""


@dataclass(frozen=True, kw_only=True)
class StoredScore:
    """A score as it was kept.

    Parameters
    ----------
    score_id
        Its number in the history.
    as_of_us, ingest_seq, run_id, release, rules_version, source
        What it was computed from: with these it can be computed again. Freshness of feeds is kept with the run, by
        source.
    probability, probability_low, probability_high, log_odds, base, other
        None where the case has no such figure.
    reasons
        Up to five dicts ``code, value, contribution``, the largest first.
    notices
        Codes.
    planned_day
        Planned departure, days since 1970-01-01.
    """

    score_id: int
    case_id: str
    candidate_id: str
    registration_id: str | None
    travel_id: str | None
    run_id: str
    as_of_us: int
    ingest_seq: int
    source: str | None
    lane: str
    band: str
    probability: float | None
    probability_low: float | None
    probability_high: float | None
    log_odds: float | None
    base: float | None
    other: float | None
    reasons: list[dict[str, Any]]
    notices: list[str]
    recourse_kind: str
    release: str
    rules_version: str
    office: str | None
    region: str | None
    scheme: str | None
    placement: str | None
    destination: str | None
    agency_id: str | None
    planned_day: int | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which cases of the queue; None: all of them.

    Parameters
    ----------
    planned_from, planned_to
        Days since 1970-01-01, both included.
    """

    band: str | None = None
    lane: str | None = None
    office: str | None = None
    destination: str | None = None
    agency_id: str | None = None
    planned_from: int | None = None
    planned_to: int | None = None


def last_number(connection: Connection) -> int:
    """The highest number that a score ever had, be it erased."""
    tables = (scores, erased_scores)
    return max(int(connection.execute(sa.select(sa.func.max(t.c.score_id))).scalar() or 0) for t in tables)


def current(connection: Connection, case_id: str) -> StoredScore | None:
    """The present score of a case in the queue."""
    query = sa.select(current_scores).where(current_scores.c.case_id == case_id).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else stored_score(row)


def history(connection: Connection, case_id: str, *, limit: int = 100, before: int | None = None) -> list[StoredScore]:
    """Every score a case has had, the latest first; ``before`` is the ``score_id`` of the last one already seen."""
    query = sa.select(scores).where(scores.c.case_id == case_id).order_by(scores.c.score_id.desc()).limit(limit)
    if before is not None:
        query = query.where(scores.c.score_id < before)
    return [stored_score(row) for row in connection.execute(query)]


def erased_score(connection: Connection, score_id: int) -> str | None:
    """The policy under which the score of this number was erased; None if none was."""
    query = sa.select(erased_scores.c.erased_under).where(erased_scores.c.score_id == score_id)
    return connection.execute(query).scalar()


def endings(connection: Connection, case_id: str) -> list[tuple[str, int]]:
    """Runs in which a case left the queue, and their as-of times, UTC microseconds."""
    query = sa.select(score_endings.c.run_id, score_endings.c.as_of_us).where(score_endings.c.case_id == case_id)
    return [(run_id, us) for run_id, us in connection.execute(query.order_by(score_endings.c.as_of_us))]


def page(
    connection: Connection, wanted: Wanted, *, order: Order = "urgency", limit: int = 50, after: Cursor | None = None
) -> list[StoredScore]:
    """Cases of the queue.

    Parameters
    ----------
    order
        ``urgency``: by band, then log-odds, the greatest first; ``planned``: by planned departure, no date last.
    after
        :func:`cursor_of` the last case already seen.
    """
    keys = _order_columns(order)
    # PostgreSQL weighs an index against sorting by what it knows of the days; SQLite knows nothing of them.
    conditions = _conditions(wanted, sorting=order != "planned" and connection.dialect.name == "sqlite")
    query = sa.select(current_scores).where(*conditions).order_by(*keys).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*(sa.literal(value) for value in after)))
    return [stored_score(row) for row in connection.execute(query)]


def of_people(connection: Connection, candidate_ids: Sequence[str], *, office: str | None = None) -> list[StoredScore]:
    """The cases in the queue of some people, by planned departure, no date last; of an office, or of all."""
    c = current_scores.c
    query = sa.select(current_scores).where(c.candidate_id.in_(candidate_ids)).order_by(*_order_columns("planned"))
    # The office is looked at here: SQLite would look for a few people's cases among all those of an office.
    return [stored_score(row) for row in connection.execute(query) if office in (None, row.office)]


def cursor_of(score: StoredScore, order: Order) -> Cursor:
    """Where a case stands in an order."""
    if order == "planned":
        return (NO_DAY if score.planned_day is None else score.planned_day, score.case_id, score.candidate_id)
    return (BANDS.index(score.band), _rank_key(score.log_odds), score.case_id, score.candidate_id)


def count_current(connection: Connection, wanted: Wanted | None = None) -> dict[tuple[str, str], int]:
    """Cases of the queue by lane and band."""
    columns = (current_scores.c.lane, current_scores.c.band)
    query = sa.select(*columns, sa.func.count()).where(*_conditions(wanted or Wanted())).group_by(*columns)
    return {(lane, band): n for lane, band, n in connection.execute(query.order_by(*columns))}


def count_bands(connection: Connection, agency_id: str, *, office: str | None = None) -> dict[str, int]:
    """An agency's cases of the queue by band; ``office``: only those of this one."""
    column = current_scores.c.band_order
    query = sa.select(column, sa.func.count()).where(*_conditions(Wanted(agency_id=agency_id, office=office)))
    return {BANDS[order]: n for order, n in connection.execute(query.group_by(column))}


def _conditions(wanted: Wanted, *, sorting: bool = False) -> list[sa.ColumnElement[bool]]:
    """What the cases wanted have in common.

    Parameters
    ----------
    sorting
        They are wanted in another order than by departure, so days are looked at on the way through that order, and
        no index is used that finds all cases between two days and leaves them to be sorted.
    """
    c = current_scores.c
    conditions = [
        c[name] == value
        for name in ("lane", "office", "destination", "agency_id")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.band is not None:
        conditions.append(c.band_order == BANDS.index(wanted.band))
    if wanted.planned_from is not None or wanted.planned_to is not None:
        last = NO_DAY - 1 if wanted.planned_to is None else wanted.planned_to
        key = c.planned_key + 0 if sorting else c.planned_key
        conditions.append(key.between(wanted.planned_from or -NO_DAY, last))
    return conditions


def _order_columns(order: Order) -> tuple[sa.ColumnElement[Any], ...]:
    c = current_scores.c
    if order == "planned":
        return (c.planned_key, c.case_id, c.candidate_id)
    return (c.band_order, c.rank_key, c.case_id, c.candidate_id)


def _rank_key(log_odds: float | None) -> float:
    return 0.0 if log_odds is None else -log_odds


def stored_score(row: Row[Any]) -> StoredScore:
    """A score from a row of the history or of the queue."""
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's mapping
    names = StoredScore.__dataclass_fields__
    plain = {name: values[name] for name in names if name not in ("reasons", "notices")}
    return StoredScore(**plain, reasons=json.loads(values["reasons"]), notices=json.loads(values["notices"]))
