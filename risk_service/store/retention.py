"""Which rows are too old to be kept; who decides is :mod:`risk_service.services.retention`."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store import runs as runs_kept
from risk_service.store.access_tables import attempts, sessions
from risk_service.store.bulk import changed, read_frame
from risk_service.store.casework_tables import bulk_actions, corrections, findings
from risk_service.store.engine import Store
from risk_service.store.feeds import PERSONAL_FEEDS
from risk_service.store.shadow import shadow_scores
from risk_service.store.tables import FEED_TABLES, current_scores, people, runs, score_endings, scores

_CANDIDATES: Final = FEED_TABLES["candidates"]
_OUTCOMES: Final = FEED_TABLES["outcomes"]
_REWRITTEN: Final = (
    "people",
    "candidates",
    "named_people",
    "name_pieces",
    "scores",
    "findings",
    "corrections",
    "objections",
)


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Times, UTC microseconds: the present one, and those before which things are too old."""

    now_us: int
    unconfirmed_us: int
    confirmed_us: int


def last_rescored(connection: Connection) -> int | None:
    """The last delivery that a finished rescoring has seen; None without one."""
    run = runs_kept.last_done(connection)
    return None if run is None else run.ingest_seq


def findings_that_count(connection: Connection) -> dict[str, int]:
    """When the last finding that counts was recorded, by candidate."""
    c = _OUTCOMES.c
    rows = read_frame(
        connection, sa.select(c.outcome_id, c.candidate_id, c.recorded_at, c.ingest_seq, c.row, c.retracted)
    )
    latest = rows.sort("recorded_at", "ingest_seq", "row").unique("outcome_id", keep="last")
    valid = latest.filter((pl.col("retracted") == 0) & pl.col("candidate_id").is_not_null())
    return dict(valid.group_by("candidate_id").agg(pl.col("recorded_at").max()).iter_rows())


def untouched(connection: Connection, cuts: Cuts, *, rescored_seq: int, after: str, limit: int) -> list[str]:
    """Persons with a key of whom nothing is open and nothing is recent, findings apart, in order of their ids.

    Parameters
    ----------
    rescored_seq
        Who was delivered later may have a case that is not in the queue yet, and is left out.
    """
    c = people.c
    aged = cuts.unconfirmed_us
    mine = sa.and_(current_scores.c.candidate_id == c.candidate_id)
    recent = [
        sa.select(score_endings.c.candidate_id).where(score_endings.c.as_of_us > aged),
        sa.select(findings.c.candidate_id).where(findings.c.state == "provisional", findings.c.lapses_at_us > aged),
        sa.select(corrections.c.candidate_id).where(corrections.c.state == "open"),
        *(
            sa.select(FEED_TABLES[name].c.candidate_id).where(
                FEED_TABLES[name].c.ingest_seq > rescored_seq, FEED_TABLES[name].c.candidate_id.is_not(None)
            )
            for name in PERSONAL_FEEDS
        ),
    ]
    query = (
        sa.select(c.candidate_id)
        .where(
            c.wrapped_key.is_not(None),
            c.candidate_id > after,
            ~sa.exists().where(mine),
            ~sa.exists().where(scores.c.candidate_id == c.candidate_id, scores.c.as_of_us > aged),
            ~sa.exists().where(_CANDIDATES.c.candidate_id == c.candidate_id, _CANDIDATES.c.recorded_at > aged),
            *(c.candidate_id.not_in(some) for some in recent),
        )
        .order_by(c.candidate_id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def count_scores(connection: Connection, candidate_ids: Sequence[str]) -> int:
    """How many stored scores some persons have."""
    query = sa.select(sa.func.count()).where(scores.c.candidate_id.in_(list(candidate_ids)))
    return int(connection.execute(query).scalar() or 0)


def replaced_scores(connection: Connection, cuts: Cuts, staying: Collection[str]) -> list[tuple[int, str]]:
    """Numbers and persons of scores that are too old and that another one has replaced.

    Parameters
    ----------
    staying
        Persons whose scores are kept longer, for a finding that counts.
    """
    newer = scores.alias("newer")
    query = sa.select(scores.c.score_id, scores.c.candidate_id).where(
        scores.c.as_of_us <= cuts.unconfirmed_us,
        sa.exists().where(
            newer.c.case_id == scores.c.case_id,
            newer.c.candidate_id == scores.c.candidate_id,
            newer.c.score_id > scores.c.score_id,
        ),
    )
    found = connection.execute(query.order_by(scores.c.score_id))
    return [(number, candidate) for number, candidate in found if candidate not in staying]


def replaced_shadow(connection: Connection, cuts: Cuts, staying: Collection[str], *, drop: bool) -> int:
    """How many results of releases on trial are too old and replaced; with ``drop`` they go."""
    c, newer = shadow_scores.c, shadow_scores.alias("newer")
    key = (c.release, c.case_id, c.candidate_id, c.as_of_us)
    query = sa.select(*key).where(
        c.as_of_us <= cuts.unconfirmed_us,
        sa.exists().where(*(newer.c[one.name] == one for one in key[:3]), newer.c.as_of_us > c.as_of_us),
    )
    old = [row for row in connection.execute(query) if row.candidate_id not in staying]
    if drop and old:
        same = sa.and_(*(one == sa.bindparam(f"of_{one.name}") for one in key))
        values = [{f"of_{one.name}": getattr(row, one.name) for one in key} for row in old]
        connection.execute(sa.delete(shadow_scores).where(same), values)
    return len(old)


def undo_steps(connection: Connection, cuts: Cuts, *, drop: bool) -> int:
    """How many steps that officers could undo are too old; with ``drop`` they go."""
    old = bulk_actions.c.at_us <= cuts.unconfirmed_us
    if drop:
        return changed(connection, sa.delete(bulk_actions).where(old))
    return int(connection.execute(sa.select(sa.func.count()).where(old)).scalar() or 0)


def sessions_over(connection: Connection, cuts: Cuts, *, drop: bool) -> int:
    """How many sessions of the console have been over for too long; with ``drop`` they go, and old failed attempts."""
    over = sa.func.coalesce(sessions.c.ended_at_us, sessions.c.ends_at_us) <= cuts.unconfirmed_us
    if drop:
        connection.execute(sa.delete(attempts).where(attempts.c.since_us <= cuts.unconfirmed_us))
        return changed(connection, sa.delete(sessions).where(over))
    return int(connection.execute(sa.select(sa.func.count()).where(over)).scalar() or 0)


def drop_undo_of(connection: Connection, candidate_id: str) -> None:
    """Let go steps to undo that name a person."""
    named = bulk_actions.c.before.contains(json.dumps(candidate_id), autoescape=True)
    connection.execute(sa.delete(bulk_actions).where(named))


def named_cases(connection: Connection, cuts: Cuts, *, drop: bool) -> int:
    """How many cases the reports of old runs name; with ``drop`` the reports keep their counts alone."""
    query = sa.select(runs.c.run_id, runs.c.report).where(
        runs.c.report.is_not(None), runs.c.finished_at_us <= cuts.unconfirmed_us
    )
    total = 0
    for run_id, text in connection.execute(query).all():
        report = json.loads(text)
        named = sum(len(move["case_ids"]) for move in report.get("moved", ()))
        if drop and named:
            report["moved"] = [move | {"case_ids": []} for move in report["moved"]]
            runs_kept.change_run(connection, run_id, report=json.dumps(report, separators=(",", ":")))
        total += named
    return total


def settle(store: Store) -> None:
    """See to it that what went does not stay behind in the database's own files."""
    if store.kind == "sqlite":
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with store.engine.connect() as connection:
        own = connection.execution_options(isolation_level="AUTOCOMMIT")
        own.execute(sa.text(f"VACUUM {', '.join(_REWRITTEN)}"))
