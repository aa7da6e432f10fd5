"""Findings, corrections, objections, overrides and officers' own views as rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store import casework_tables as tables
from risk_service.store.records import Records


@dataclass(frozen=True, kw_only=True)
class OwnView:
    """What an officer thought of a case by themselves; times are UTC microseconds."""

    case_id: str
    candidate_id: str
    officer: str
    at_us: int
    view: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What an examination found; sealed texts as they are kept, days since 1970-01-01."""

    finding_id: str
    case_id: str
    candidate_id: str
    registration_id: str | None
    office: str | None
    state: str
    departed_day: int | None
    checked_day: int
    finding: str
    state_found: str | None
    help_given: str | None
    own_view: str | None
    examined_because: str
    inclusion_probability: float | None
    note: bytes | None
    recorded_by: str
    recorded_at_us: int
    lapses_at_us: int | None
    confirmed_by: str | None = None
    confirmed_at_us: int | None = None
    retracted_by: str | None = None
    retracted_at_us: int | None = None
    retraction: bytes | None = None
    outcome_id: str | None = None
    ingest_seq: int | None = None
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A contested datum; ``content``, ``replaced`` and the reasons are sealed."""

    correction_id: str
    case_id: str
    candidate_id: str
    office: str | None
    state: str
    raised_for: str
    feed: str
    row_key: str
    withdraws: int
    content: bytes | None
    reason: bytes | None
    raised_by: str
    raised_at_us: int
    decided_by: str | None = None
    decided_at_us: int | None = None
    decision: bytes | None = None
    replaced: bytes | None = None
    ingest_seq: int | None = None
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Objection:
    """A person's objection to being profiled; reasons are sealed."""

    objection_id: str
    candidate_id: str
    office: str | None
    reason: bytes | None
    raised_by: str
    raised_at_us: int
    lifted_by: str | None = None
    lifted_at_us: int | None = None
    lifting: bytes | None = None
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class Override:
    """A band that an officer sets beside the score's; reasons are sealed."""

    override_id: str
    case_id: str
    candidate_id: str
    office: str | None
    state: str
    band: str
    model_band: str
    reason: bytes | None
    made_by: str
    made_at_us: int
    expires_at_us: int
    lapses_at_us: int | None
    confirmed_by: str | None = None
    confirmed_at_us: int | None = None
    ended_by: str | None = None
    ended_at_us: int | None = None
    ending: bytes | None = None
    version: int = 1


FINDINGS: Final = Records(tables.findings, Finding)
CORRECTIONS: Final = Records(tables.corrections, Correction)
OBJECTIONS: Final = Records(tables.objections, Objection)
OVERRIDES: Final = Records(tables.overrides, Override)


def add_view(connection: Connection, view: OwnView) -> None:
    """Add an officer's own view; one of the same instant stays as it is."""
    table = tables.own_views
    key = (view.case_id, view.candidate_id, view.officer, view.at_us)
    known = sa.select(table.c.view).where(sa.tuple_(*table.primary_key.columns) == sa.tuple_(*map(sa.literal, key)))
    if connection.execute(known).first() is None:
        connection.execute(sa.insert(table).values(vars(view)))


def views_of(
    connection: Connection, officer: str, cases: Collection[str], *, since_us: int = 0
) -> dict[tuple[str, str], OwnView]:
    """The latest view that an officer recorded of each of some cases, by case and candidate."""
    table = tables.own_views
    query = (
        sa.select(table)
        .where(table.c.officer == officer, table.c.case_id.in_(list(cases)), table.c.at_us >= since_us)
        .order_by(table.c.at_us)
    )
    found = (OwnView(**row) for row in connection.execute(query).mappings())
    return {(view.case_id, view.candidate_id): view for view in found}


def objecting(connection: Connection, candidates: Collection[str] | None = None) -> set[str]:
    """Candidates whose objection to being profiled is in force; of some of them, or all there are."""
    table = tables.objections
    query = sa.select(table.c.candidate_id).where(table.c.lifted_at_us.is_(None))
    if candidates is not None:
        query = query.where(table.c.candidate_id.in_(list(candidates)))
    return set(connection.execute(query).scalars())


def corrected_since(connection: Connection, candidate_id: str, seq: int) -> bool:
    """Whether a correction about a person was accepted after delivery ``seq``."""
    table = tables.corrections
    query = sa.select(table.c.correction_id).where(
        table.c.candidate_id == candidate_id, table.c.state == "accepted", table.c.ingest_seq > seq
    )
    return connection.execute(query.limit(1)).first() is not None
