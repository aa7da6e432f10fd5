"""The audit trail as rows: added at the end, read in order, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.tables import audit

_LOCK: Final = 0x7269736B_61756469  # "riskaudi": one number for all processes that append


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the trail; ``entry`` is its number, ``previous`` the digest of the row before."""

    entry: int
    at_us: int
    principal: str
    role: str
    action: str
    purpose: str | None
    subject: str | None
    release: str | None
    request_id: str | None
    detail: str | None
    previous: bytes
    digest: bytes


def lock_end(connection: Connection) -> tuple[int, bytes] | None:
    """Number and digest of the last row, held until the transaction ends, so that nobody else appends meanwhile.

    ``connection`` has to be one that writes: on SQLite that alone keeps others out.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    last = connection.execute(sa.select(audit.c.entry, audit.c.digest).order_by(audit.c.entry.desc()).limit(1)).first()
    return None if last is None else (int(last.entry), bytes(last.digest))


def append(connection: Connection, entry: Entry) -> None:
    """Add a row at the end; only after `lock_end` in the same transaction."""
    connection.execute(sa.insert(audit).values(**vars(entry)))


def entries(
    connection: Connection, *, after: int = 0, limit: int | None = None, subject: str | None = None
) -> Iterator[Entry]:
    """Rows in order of their numbers.

    Parameters
    ----------
    after
        Only rows with a greater number.
    subject
        Only rows about this subject.
    """
    query = sa.select(audit).where(audit.c.entry > after).order_by(audit.c.entry)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    if limit is not None:
        query = query.limit(limit)
    for row in connection.execute(query.execution_options(stream_results=True)).mappings():
        yield Entry(**{**row, "previous": bytes(row["previous"]), "digest": bytes(row["digest"])})
