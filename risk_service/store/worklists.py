"""Worklists, who works on which case, saved filters and bulk actions as rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store import casework_tables as tables
from risk_service.store.bulk import changed, read_frame
from risk_service.store.feeds import PERSONAL_FEEDS
from risk_service.store.records import Records
from risk_service.store.scores import NO_DAY, StoredScore, stored_score
from risk_service.store.tables import FEED_TABLES, current_scores, scores

Case = tuple[str, str]
"""A case and its candidate."""


@dataclass(frozen=True, kw_only=True)
class Worklist:
    """The list of an office and day; ``day`` is a number since 1970-01-01."""

    office: str
    day: int
    capacity: int
    lot_share: float
    seed: str
    eligible: int
    drawn: int
    run_id: str | None
    made_by: str
    made_at_us: int


@dataclass(frozen=True, kw_only=True)
class Item:
    """A case on a list, and why it is there."""

    office: str
    day: int
    case_id: str
    candidate_id: str
    lane: str
    drawn: int
    inclusion_probability: float | None
    worth: float
    planned_day: int | None
    score_id: int
    returned: int
    finding_id: str | None = None


@dataclass(frozen=True)
class Standing:
    """What can be told apart of a case between two rescorings."""

    score_id: int
    case_id: str
    candidate_id: str
    lane: str
    band: str
    planned_day: int | None
    recourse_kind: str

    @classmethod
    def of(cls, score: StoredScore) -> Standing:
        """That of a score."""
        return cls(**{field.name: getattr(score, field.name) for field in fields(cls)})


@dataclass(frozen=True, kw_only=True)
class Work:
    """Who works on a case, and whether it rests."""

    case_id: str
    candidate_id: str
    office: str | None
    assigned_to: str | None = None
    assigned_at_us: int | None = None
    locked_by: str | None = None
    locked_until_us: int | None = None
    snoozed_by: str | None = None
    snoozed_until_us: int | None = None
    snoozed_because: str | None = None
    snoozed_score_id: int | None = None
    snoozed_seq: int | None = None
    first_listed_at_us: int | None = None
    touched_by: str | None = None
    touched_at_us: int | None = None
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many cases an office can look at in a day."""

    office: str
    capacity: int
    set_by: str
    set_at_us: int
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class BulkAction:
    """Something that was done to several cases at once, and how they were before."""

    action_id: str
    office: str | None
    officer: str
    at_us: int
    action: str
    before: str
    undone_at_us: int | None = None


CAPACITIES: Final = Records(tables.worklist_capacities, Capacity)
_WORK: Final = tables.case_work
_ITEMS: Final = tables.worklist_items
_AT_ONCE: Final = 1_000


def get_worklist(connection: Connection, office: str, day: int) -> Worklist | None:
    """The list of an office and day."""
    table = tables.worklists
    query = sa.select(table).where(table.c.office == office, table.c.day == day)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Worklist(**row)


def add_worklist(connection: Connection, worklist: Worklist, items: Sequence[Item]) -> None:
    """Keep a new list."""
    connection.execute(sa.insert(tables.worklists).values(vars(worklist)))
    if items:
        connection.execute(sa.insert(_ITEMS), [vars(item) for item in items])


def items_of(connection: Connection, office: str, day: int) -> list[Item]:
    """What is on a list, by departure date."""
    query = sa.select(_ITEMS).where(_ITEMS.c.office == office, _ITEMS.c.day == day)
    found = [Item(**row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda item: (item.planned_day is None, item.planned_day or 0, item.case_id))


def listings(connection: Connection, case: Case) -> list[Item]:
    """Every time a case was listed, the latest first."""
    query = sa.select(_ITEMS).where(_ITEMS.c.case_id == case[0], _ITEMS.c.candidate_id == case[1])
    return [Item(**row) for row in connection.execute(query.order_by(_ITEMS.c.day.desc())).mappings()]


def answer(connection: Connection, item: Item, finding_id: str) -> None:
    """Note the finding that was recorded from a listing."""
    same = sa.and_(*(_ITEMS.c[name] == getattr(item, name) for name in ("office", "day", "case_id", "candidate_id")))
    connection.execute(sa.update(_ITEMS).where(same).values(finding_id=finding_id))


def unanswer(connection: Connection, finding_id: str) -> None:
    """Let the listings of a finding that does not count any more wait for another one."""
    connection.execute(sa.update(_ITEMS).where(_ITEMS.c.finding_id == finding_id).values(finding_id=None))


def queue_of(connection: Connection, office: str) -> pl.DataFrame:
    """An office's cases as a list is chosen from them, one row each."""
    c = current_scores.c
    names = ("case_id", "candidate_id", "score_id", "lane", "band", "probability", "recourse_kind", "planned_day")
    return read_frame(connection, sa.select(*(c[name] for name in names)).where(c.office == office))


def scores_of(connection: Connection, office: str, cases: Collection[str]) -> dict[Case, StoredScore]:
    """Present scores of some cases of an office."""
    query = sa.select(current_scores).where(
        current_scores.c.case_id.in_(list(cases)), current_scores.c.office == office
    )
    found = (stored_score(row) for row in connection.execute(query))
    return {(score.case_id, score.candidate_id): score for score in found}


def changed_in(
    connection: Connection, office: str, run_id: str, *, limit: int, after: tuple[int, str, str] | None = None
) -> list[Standing]:
    """How an office's cases stand that are new or differ since a run, by departure date.

    Parameters
    ----------
    after
        `place_of` the one that those wanted come after; None: from the beginning.
    """
    c = current_scores.c
    place = (c.planned_key, c.case_id, c.candidate_id)
    query = _standing(current_scores).where(c.run_id == run_id, c.office == office)
    if after is not None:
        query = query.where(sa.tuple_(*place) > sa.tuple_(*map(sa.literal, after)))
    return [Standing(*row) for row in connection.execute(query.order_by(*place).limit(limit))]


def place_of(one: Standing) -> tuple[int, str, str]:
    """Where a case is in the order of `changed_in`."""
    return (NO_DAY if one.planned_day is None else one.planned_day, one.case_id, one.candidate_id)


def standings_before(connection: Connection, now: Collection[Standing]) -> dict[Case, Standing]:
    """How some cases stood by the score before the one given; a case that had none is left out."""
    wanted = {(one.case_id, one.candidate_id): one.score_id for one in now}
    found: dict[Case, Standing] = {}
    ids = sorted({case for case, _ in wanted})
    for start in range(0, len(ids), _AT_ONCE):
        query = _standing(scores).where(scores.c.case_id.in_(ids[start : start + _AT_ONCE]))
        for row in connection.execute(query.order_by(scores.c.score_id)):
            one = Standing(*row)
            if one.score_id < wanted.get((one.case_id, one.candidate_id), 0):
                found[one.case_id, one.candidate_id] = one
    return found


def work_of_office(connection: Connection, office: str) -> dict[Case, Work]:
    """What is known of the work on an office's cases."""
    return _works(connection, _WORK.c.office == office)


def work_of(connection: Connection, cases: Collection[Case]) -> dict[Case, Work]:
    """What is known of the work on some cases."""
    found = _works(connection, _WORK.c.case_id.in_([case for case, _ in cases]))
    return {case: work for case, work in found.items() if case in set(cases)}


def put_work(connection: Connection, work: Work, **values: Any) -> bool:
    """Change what is known of the work on a case if it is still as read; whether it was.

    Parameters
    ----------
    work
        As read; version 0: nothing is known yet.
    """
    key = (_WORK.c.case_id == work.case_id) & (_WORK.c.candidate_id == work.candidate_id)
    if work.version == 0:
        if connection.execute(sa.select(_WORK.c.version).where(key)).first() is not None:
            return False
        connection.execute(sa.insert(_WORK).values(vars(work) | values | {"version": 1}))
        return True
    update = sa.update(_WORK).where(key, _WORK.c.version == work.version)
    return changed(connection, update.values(values | {"version": work.version + 1})) == 1


def touch(connection: Connection, case: Case, *, office: str | None, officer: str, at_us: int) -> None:
    """Note that an officer did something about a case."""
    work = work_of(connection, [case]).get(case) or Work(case_id=case[0], candidate_id=case[1], office=office)
    put_work(connection, work, touched_by=officer, touched_at_us=at_us)


def evidence_seq(connection: Connection, candidates: Collection[str]) -> dict[str, int]:
    """The last delivery that said something of each of some people."""
    found: dict[str, int] = {}
    for feed in PERSONAL_FEEDS:
        table = FEED_TABLES[feed]
        query = (
            sa.select(table.c.candidate_id, sa.func.max(table.c.ingest_seq))
            .where(table.c.candidate_id.in_(list(candidates)))
            .group_by(table.c.candidate_id)
        )
        for candidate, seq in connection.execute(query):
            found[candidate] = max(found.get(candidate, 0), int(seq))
    return found


def save_filter(connection: Connection, officer: str, name: str, query: str, *, at_us: int) -> None:
    """Keep a filter under a name; one of the same name is replaced."""
    drop_filter(connection, officer, name)
    values = {"officer": officer, "name": name, "query": query, "saved_at_us": at_us}
    connection.execute(sa.insert(tables.saved_filters).values(values))


def drop_filter(connection: Connection, officer: str, name: str) -> bool:
    """Forget a filter; whether there was one."""
    table = tables.saved_filters
    return changed(connection, sa.delete(table).where(table.c.officer == officer, table.c.name == name)) > 0


def filters_of(connection: Connection, officer: str) -> dict[str, str]:
    """An officer's filters by name."""
    table = tables.saved_filters
    query = sa.select(table.c.name, table.c.query).where(table.c.officer == officer).order_by(table.c.name)
    return {name: text for name, text in connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def add_bulk(connection: Connection, action: BulkAction) -> None:
    """Keep what was done to several cases."""
    connection.execute(sa.insert(tables.bulk_actions).values(vars(action)))


def get_bulk(connection: Connection, action_id: str) -> BulkAction | None:
    """What was done to several cases under an id."""
    table = tables.bulk_actions
    row = connection.execute(sa.select(table).where(table.c.action_id == action_id)).mappings().one_or_none()
    return None if row is None else BulkAction(**row)


def undo_bulk(connection: Connection, action_id: str, *, at_us: int) -> None:
    """Note that it was undone."""
    table = tables.bulk_actions
    connection.execute(sa.update(table).where(table.c.action_id == action_id).values(undone_at_us=at_us))


def _standing(table: sa.Table) -> sa.Select[Any]:
    return sa.select(*(table.c[field.name] for field in fields(Standing)))


def _works(connection: Connection, condition: sa.ColumnElement[bool]) -> dict[Case, Work]:
    found: list[Mapping[str, Any]] = [
        dict(row) for row in connection.execute(sa.select(_WORK).where(condition)).mappings()
    ]
    return {(row["case_id"], row["candidate_id"]): Work(**row) for row in found}
