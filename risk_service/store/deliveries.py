"""What has been delivered: numbers, manifests, rejects, unresolved references, and whether the store is simulated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.delivery import Manifest
from models.freshness import DeliveryStamp, Freshness, freshness
from models.schema import FEEDS
from risk_service.store.tables import FEED_TABLES, deliveries, delivery_feeds, facts, rejects

SIMULATED: Final = "simulated"
OWN_SOURCE: Final = "risk-service"
"""Source of what is recorded in the service itself."""
COUNTS: Final = ("rows", "taken", "already", "rejected", "pending", "released", "unresolved")


@dataclass(frozen=True, kw_only=True)
class FeedCounts:
    """What became of one feed of a delivery, in rows.

    Parameters
    ----------
    rows
        Read.
    taken
        New in the store.
    already
        Identical to a row that was there, or repeated.
    rejected
        Broken.
    pending
        Waiting for a parent that nobody has delivered.
    released
        Rows of earlier deliveries that were pending and are in now.
    unresolved
        Rows taken that cite an agency, permit, office or registration nobody has delivered.
    """

    rows: int = 0
    taken: int = 0
    already: int = 0
    rejected: int = 0
    pending: int = 0
    released: int = 0
    unresolved: int = 0


def last_seq(connection: Connection) -> int:
    """The greatest ``ingest_seq`` so far; 0 in an empty store."""
    return int(connection.execute(sa.select(sa.func.max(deliveries.c.seq))).scalar() or 0)


def is_simulated(connection: Connection) -> bool | None:
    """Whether the store holds simulated rows; None before its first delivery."""
    value = fact(connection, SIMULATED)
    return None if value is None else value == "true"


def fact(connection: Connection, name: str) -> str | None:
    """One thing the store knows of itself."""
    value = connection.execute(sa.select(facts.c.value).where(facts.c.name == name)).scalar()
    return None if value is None else str(value)


def set_fact(connection: Connection, name: str, value: str) -> None:
    """Write one thing the store knows of itself, once and for all."""
    connection.execute(sa.insert(facts).values(name=name, value=value))


def add_delivery(
    connection: Connection,
    seq: int,
    *,
    ingested_at_us: int,
    label: str,
    manifest: Manifest | None,
) -> None:
    """Write down a delivery."""
    row = {
        "seq": seq,
        "ingested_at_us": ingested_at_us,
        "label": label,
        "source": manifest.source if manifest else "",
        "produced_at_us": manifest.produced_at_us if manifest else None,
    }
    connection.execute(sa.insert(deliveries).values(row))


def add_own(connection: Connection, seq: int, *, at_us: int, label: str, corrects: int | None = None) -> None:
    """Write down rows that are recorded in the service itself.

    Parameters
    ----------
    corrects
        The delivery of the row that is corrected: the correction carries its source, so that the freshness of a case
        is judged by who sent it, before and after.
    """
    source = sa.select(deliveries.c.source).where(deliveries.c.seq == corrects).scalar_subquery()
    connection.execute(
        sa.insert(deliveries).values(
            seq=seq,
            ingested_at_us=at_us,
            label=label,
            source=OWN_SOURCE if corrects is None else sa.func.coalesce(source, OWN_SOURCE),
            made_here=1,
        )
    )


def add_release(connection: Connection, seq: int, *, origin: int, ingested_at_us: int) -> None:
    """Write down the number under which rows of delivery ``origin`` that had been pending come in.

    It carries the source of that delivery, so that their freshness is judged by who sent them, and no time of
    production, so that it says nothing new about freshness.
    """
    connection.execute(
        sa.insert(deliveries).from_select(
            ["seq", "ingested_at_us", "label", "source", "released_from"],
            sa.select(
                sa.literal(seq), sa.literal(ingested_at_us), deliveries.c.label, deliveries.c.source, sa.literal(origin)
            ).where(deliveries.c.seq == origin),
        )
    )


def add_counts(connection: Connection, seq: int, counts: Mapping[str, FeedCounts], manifest: Manifest | None) -> None:
    """Write down what became of each feed, and what the manifest states of it."""
    rows = []
    for feed in dict.fromkeys([*counts, *(manifest.feeds if manifest else ())]):
        stated = manifest.feeds.get(feed) if manifest else None
        found = counts.get(feed, FeedCounts())
        rows.append(
            {"seq": seq, "feed": feed}
            | {name: getattr(found, name) for name in COUNTS}
            | {
                "sha256": stated.sha256 if stated else None,
                "complete_through_us": stated.complete_through_us if stated else None,
            }
        )
    if rows:
        connection.execute(sa.insert(delivery_feeds), rows)


def add_rejects(connection: Connection, seq: int, summary: Mapping[tuple[str, str, str], int]) -> None:
    """Write down how many rows were rejected, by feed, field and reason."""
    rows = [
        {"seq": seq, "feed": feed, "field": field, "reason": reason, "rows": n}
        for (feed, field, reason), n in sorted(summary.items())
    ]
    if rows:
        connection.execute(sa.insert(rejects), rows)


def feeds_since(connection: Connection, seq: int) -> set[str]:
    """Feeds of which deliveries after this one may have brought rows."""
    own = sa.select(deliveries.c.seq).where(deliveries.c.seq > seq, deliveries.c.made_here.is_not(None)).limit(1)
    if connection.execute(own).first() is not None:
        return set(FEEDS)
    c = delivery_feeds.c
    query = sa.select(c.feed).distinct().where(c.seq > seq, c.taken + c.released > 0)
    return set(connection.execute(query).scalars())


def stamps(connection: Connection, seq: int | None = None) -> list[DeliveryStamp]:
    """What every delivery says of itself, for freshness; ``seq`` reads only deliveries up to it.

    What is recorded in the service itself is none of these.
    """
    through: dict[int, dict[str, int]] = {}
    stated = sa.select(delivery_feeds.c.seq, delivery_feeds.c.feed, delivery_feeds.c.complete_through_us).where(
        delivery_feeds.c.complete_through_us.is_not(None)
    )
    for number, feed, us in connection.execute(stated):
        through.setdefault(number, {})[feed] = us
    known = sa.select(deliveries.c.seq, deliveries.c.source, deliveries.c.produced_at_us).order_by(deliveries.c.seq)
    known = known.where(deliveries.c.made_here.is_(None))
    if seq is not None:
        known = known.where(deliveries.c.seq <= seq)
    return [
        DeliveryStamp(seq=number, source=source, produced_at_us=produced, complete_through=through.get(number, {}))
        for number, source, produced in connection.execute(known)
    ]


def freshness_at(connection: Connection, t_us: int, seq: int | None = None) -> Freshness:
    """Freshness of every feed by source as of ``t_us``, without loading the feeds.

    Only feeds of which a source states nothing are judged by their rows, so only theirs are looked at; rows recorded in
    the service itself say nothing of how far anybody's deliveries are complete.
    """
    known = stamps(connection, seq)
    latest: dict[str, pl.DataFrame] = {}
    for name, table in FEED_TABLES.items():
        told = {stamp.source for stamp in known if name in stamp.complete_through and stamp.produced_at_us is not None}
        silent = [stamp.seq for stamp in known if stamp.source not in told]
        at = table.c.recorded_at
        newest = (
            sa.select(sa.func.max(at).label("recorded_at"), table.c.ingest_seq)
            .where(at <= t_us, table.c.ingest_seq.in_(silent))
            .group_by(table.c.ingest_seq)
        )
        rows = connection.execute(newest).all() if silent else []
        latest[name] = pl.DataFrame(
            rows, schema={"recorded_at": pl.Int64(), "ingest_seq": pl.Int64()}, orient="row"
        ).with_columns(pl.col("recorded_at").cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    found = freshness(known, latest, t_us, seq)
    return Freshness(found.by_source, {**found.source_of, **corrected_sources(connection, seq)})


def corrected_sources(connection: Connection, seq: int | None = None) -> dict[int, str]:
    """The source of the rows that were corrected in the service, by the number of the correction, up to ``seq``."""
    own = sa.select(deliveries.c.seq, deliveries.c.source).where(
        deliveries.c.made_here == 1, deliveries.c.source != OWN_SOURCE
    )
    own = own if seq is None else own.where(deliveries.c.seq <= seq)
    return {seq: source for seq, source in connection.execute(own)}  # noqa: C416 - rows are no pairs to mypy


def freshness_json(found: Freshness) -> str:
    """Freshness as text: by source and feed, UTC microseconds."""
    nested: dict[str, dict[str, int]] = {}
    for (source, feed), us in sorted(found.by_source.items()):
        nested.setdefault(source, {})[feed] = us
    return json.dumps(nested, separators=(",", ":"))


def freshness_of_json(text: str, source_of: Mapping[int, str]) -> Freshness:
    """Freshness from what :func:`freshness_json` wrote, and the source of each delivery."""
    by_source = {(source, feed): us for source, feeds in json.loads(text).items() for feed, us in feeds.items()}
    return Freshness(by_source, source_of)
