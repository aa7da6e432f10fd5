"""What goes with a person: key and sealed texts first, then every row that says something of that person alone.

Use
---
``erase_people(connection, candidate_ids, at_us=…, under=…) -> Erased``
    Some persons, in the transaction of the connection.
``drop_scores(connection, score_ids, at_us=…, under=…)``
    Single stored scores, of which only the number is kept.

Rows of feeds stay under the opaque candidate_id, without what identified the person: they are what labels and counts
about others follow from. So do findings and draws by lot, without a word that an officer wrote. The numbers of scores
that are gone are kept, so that none is given again and a replay can say under which policy the score went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store import casework_tables as casework
from risk_service.store import persons, row_packs
from risk_service.store.bulk import insert_frame
from risk_service.store.office_tables import waiting_steps
from risk_service.store.shadow import shadow_scores
from risk_service.store.tables import current_scores, erased_scores, score_endings, scores

AT_ONCE: Final = 500
"""Persons that one statement names at most."""
_REMOVED: Final = (
    current_scores,
    score_endings,
    shadow_scores,
    waiting_steps,
    casework.own_views,
    casework.overrides,
    casework.case_work,
)
_BLANKED: Final = (
    (casework.findings, ("note", "retraction")),
    (casework.corrections, ("content", "reason", "decision", "replaced")),
    (casework.objections, ("reason", "lifting")),
)


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What went: persons whose key was destroyed, and stored scores."""

    people: int
    scores: int


def erase_people(connection: Connection, candidate_ids: Sequence[str], *, at_us: int, under: str) -> Erased:
    """Erase persons with everything that says something of them alone.

    Parameters
    ----------
    candidate_ids
        At most :data:`AT_ONCE`; who is erased already is erased of what has come since.
    under
        Name of the policy, kept so that a later question is answered with it.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # what was there is written over, not only let go
    gone = persons.erase(connection, *candidate_ids, at_us=at_us, under=under)
    mine = list(candidate_ids)
    row_packs.forget(connection, mine)
    numbers = connection.execute(sa.select(scores.c.score_id).where(scores.c.candidate_id.in_(mine))).scalars().all()
    drop_scores(connection, numbers, at_us=at_us, under=under)
    for table in _REMOVED:
        connection.execute(sa.delete(table).where(table.c.candidate_id.in_(mine)))
    for table, columns in _BLANKED:
        connection.execute(sa.update(table).where(table.c.candidate_id.in_(mine)).values(dict.fromkeys(columns)))
    items = casework.worklist_items
    listed = items.c.candidate_id.in_(mine)
    connection.execute(sa.delete(items).where(listed, items.c.drawn == 0, items.c.finding_id.is_(None)))
    connection.execute(sa.update(items).where(listed).values(worth=0.0))
    return Erased(people=gone, scores=len(numbers))


def drop_scores(connection: Connection, score_ids: Sequence[int], *, at_us: int, under: str) -> None:
    """Erase stored scores; their numbers stay, with the policy."""
    if not score_ids:
        return
    numbers = pl.DataFrame({"score_id": list(score_ids)}, schema={"score_id": pl.Int64})
    kept = numbers.with_columns(erased_at_us=pl.lit(at_us, dtype=pl.Int64), erased_under=pl.lit(under))
    insert_frame(connection, erased_scores, kept)
    for start in range(0, len(score_ids), AT_ONCE):
        some = list(score_ids[start : start + AT_ONCE])
        connection.execute(sa.delete(scores).where(scores.c.score_id.in_(some)))
