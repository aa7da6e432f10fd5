"""Who delivers: what came last, what was rejected, what still waits for a parent."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.tables import PENDING_TABLES, deliveries, delivery_feeds


@dataclass(frozen=True, kw_only=True)
class Source:
    """An office that delivers.

    Parameters
    ----------
    source
        As its manifests name it; empty without.
    last_us
        When its last delivery came in, UTC microseconds.
    deliveries, rows, rejected
        Since the day asked for.
    pending
        Rows of all its deliveries that still wait for a parent.
    """

    source: str
    last_us: int
    deliveries: int
    rows: int
    rejected: int
    pending: int


def sources(connection: Connection, *, since_us: int) -> list[Source]:
    """Everybody who ever delivered, by name; rows the service recorded itself are nobody's."""
    d, f = deliveries.c, delivery_feeds.c
    own = sa.and_(d.released_from.is_(None), sa.func.coalesce(d.made_here, 0) == 0)
    late = sa.and_(own, d.ingested_at_us >= since_us)
    last = dict(
        connection.execute(sa.select(d.source, sa.func.max(d.ingested_at_us)).where(own).group_by(d.source)).all()
    )
    recent: dict[str, int] = dict(
        connection.execute(sa.select(d.source, sa.func.count()).where(late).group_by(d.source)).all()
    )
    counted = {
        source: (int(rows or 0), int(rejected or 0))
        for source, rows, rejected in connection.execute(
            sa.select(d.source, sa.func.sum(f.rows), sa.func.sum(f.rejected))
            .select_from(delivery_feeds.join(deliveries, f.seq == d.seq))
            .where(late)
            .group_by(d.source)
        )
    }
    waiting: dict[str, int] = {}
    for table in PENDING_TABLES.values():
        query = (
            sa.select(d.source, sa.func.count())
            .select_from(table.join(deliveries, table.c.ingest_seq == d.seq))
            .group_by(d.source)
        )
        for source, n in connection.execute(query):
            waiting[source] = waiting.get(source, 0) + n
    return [
        Source(
            source=source,
            last_us=us,
            deliveries=recent.get(source, 0),
            rows=counted.get(source, (0, 0))[0],
            rejected=counted.get(source, (0, 0))[1],
            pending=waiting.get(source, 0),
        )
        for source, us in sorted(last.items())
    ]
