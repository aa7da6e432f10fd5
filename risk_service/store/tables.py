"""Every table of the store. Tables of feeds follow from :mod:`models.schema`; migrations make them.

Instants are UTC microseconds and days are numbers since 1970-01-01, as integers: the same bits on every database, in
Parquet and in arrays. Identifiers sort by their bytes. Feed tables and the history are only ever added to; what
changes are pending rows, current scores, keys of persons and runs.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, LargeBinary, SmallInteger, Table

from models.schema import FEEDS, Feed, Field

METADATA: Final = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
# SQLite counts rows only in a column of type INTEGER.
COUNTER: Final = BigInteger().with_variant(Integer(), "sqlite")
_TYPES: Final[dict[str, Any]] = {
    "date": Integer(),
    "timestamp": BigInteger(),
    "bool": SmallInteger(),
    "int": BigInteger(),
    "float": Double(),
}

IDENTITY_COLUMNS: Final = ("sealed", "identity_token", "nik_token", "passport_token", "nik_state", "nik_birth")
"""What the table of candidates has in place of the fields that identify a person."""

_INDEXED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "candidates": (("office", "candidate_id"),),
    "registrations": (("agency_id",),),
    "agency_events": (("agency_id",),),
    "permits": (("agency_id",),),
}


def stored_fields(feed: Feed) -> tuple[Field, ...]:
    """The fields of a feed that are kept as they are: all that identify nobody."""
    return tuple(field for field in feed.fields if not field.sensitive)


def _feed_columns(feed: Feed) -> list[Column[Any]]:
    columns = [
        Column(
            field.name,
            _TYPES.get(field.kind, TEXT),
            nullable=field.name not in (*feed.key, "recorded_at", "retracted"),
            primary_key=False,
        )
        for field in stored_fields(feed)
    ]
    if len(stored_fields(feed)) < len(feed.fields):
        columns += [
            Column("sealed", LargeBinary),
            Column("identity_token", LargeBinary),
            Column("nik_token", LargeBinary, index=True),
            Column("passport_token", LargeBinary, index=True),
            Column("nik_state", SmallInteger, nullable=False),
            Column("nik_birth", Integer),
        ]
    return columns


def _feed_table(feed: Feed) -> Table:
    table = Table(
        feed.name,
        METADATA,
        *_feed_columns(feed),
        Column("ingest_seq", Integer, nullable=False),
        Column("row", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*feed.key, "recorded_at", "ingest_seq", "row"),
        sqlite_with_rowid=False,
    )
    if feed.partitioned and feed.name != "candidates":
        Index(None, table.c.candidate_id)
    for columns in _INDEXED.get(feed.name, ()):
        Index(None, *(table.c[name] for name in columns))
    return table


def _pending_table(feed: Feed) -> Table:
    return Table(
        f"pending_{feed.name}",
        METADATA,
        *_feed_columns(feed),
        Column("ingest_seq", Integer, nullable=False),
        Column("row", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*feed.key, "recorded_at", "ingest_seq", "row"),
        sqlite_with_rowid=False,
    )


FEED_TABLES: Final[dict[str, Table]] = {name: _feed_table(feed) for name, feed in FEEDS.items()}
PENDING_TABLES: Final[dict[str, Table]] = {name: _pending_table(feed) for name, feed in FEEDS.items() if feed.parents}

facts = Table(
    "facts",
    METADATA,
    Column("name", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
    comment="what the store knows of itself: simulated or not, a check of its master key",
)
deliveries = Table(
    "deliveries",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("ingested_at_us", BigInteger, nullable=False),
    Column("label", TEXT, nullable=False, comment="name of the folder"),
    Column("source", TEXT, nullable=False, comment="of the manifest, empty without one"),
    Column("produced_at_us", BigInteger),
    Column("released_from", Integer, ForeignKey("deliveries.seq"), comment="of rows that had been pending"),
    Column("made_here", SmallInteger, comment="1: rows recorded in the service; they say nothing of freshness"),
)
delivery_feeds = Table(
    "delivery_feeds",
    METADATA,
    Column("seq", Integer, ForeignKey("deliveries.seq"), primary_key=True),
    Column("feed", TEXT, primary_key=True),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("rows", "taken", "already", "rejected", "pending", "released", "unresolved")
    ),
    Column("sha256", TEXT),
    Column("complete_through_us", BigInteger),
)
rejects = Table(
    "rejects",
    METADATA,
    Column("seq", Integer, ForeignKey("deliveries.seq"), primary_key=True),
    Column("feed", TEXT, primary_key=True),
    Column("field", TEXT, primary_key=True),
    Column("reason", TEXT, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    comment="how many rows were rejected for what; the rows themselves are in rejects.csv alone",
)
unresolved = Table(
    "unresolved",
    METADATA,
    Column("seq", Integer, ForeignKey("deliveries.seq"), primary_key=True),
    Column("feed", TEXT, primary_key=True),
    Column("field", TEXT, primary_key=True),
    Column("value", TEXT, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    comment="soft references that nobody had delivered by then",
)
linked_candidates = Table(
    "linked_candidates",
    METADATA,
    Column("candidate_id", TEXT, primary_key=True),
    Column(
        "ingest_seq", BigInteger, nullable=False, server_default="0", comment="since which delivery; 0 of early ones"
    ),
    comment="candidates who share a key with another one in some version; scored in one piece",
    sqlite_with_rowid=False,
)
people = Table(
    "people",
    METADATA,
    Column("candidate_id", TEXT, primary_key=True),
    Column("wrapped_key", LargeBinary, comment="null once erased"),
    Column("erased_at_us", BigInteger),
    Column("erased_under", TEXT),
    sqlite_with_rowid=False,
)
named_people = Table(
    "named_people",
    METADATA,
    Column("number", COUNTER, primary_key=True, autoincrement=False),
    Column("candidate_id", TEXT, nullable=False),
    Index("ix_named_people_candidate_id", "candidate_id"),
    comment="people with a name by the number that stands for them in name_pieces",
)
name_pieces = Table(
    "name_pieces",
    METADATA,
    Column("page", Integer, primary_key=True, autoincrement=False),
    Column("token", BigInteger, primary_key=True, autoincrement=False, comment="keyed hash of three letters of a name"),
    Column("members", LargeBinary, nullable=False, comment="numbers in the page, each in two bytes, ascending"),
    comment="which people have which pieces of names",
)
runs = Table(
    "runs",
    METADATA,
    Column("run_id", TEXT, primary_key=True),
    Column("state", TEXT, nullable=False, comment="waiting, counting, scoring, done, abandoned"),
    Column("as_of_us", BigInteger, nullable=False),
    Column("ingest_seq", Integer, nullable=False),
    Column("release", TEXT, nullable=False),
    Column("rules_version", TEXT, nullable=False),
    Column("simulated", SmallInteger, nullable=False),
    Column("requested_by", TEXT),
    Column("requested_at_us", BigInteger, nullable=False),
    Column("started_at_us", BigInteger),
    Column("finished_at_us", BigInteger),
    Column("chunks", Integer),
    Column("cases", BigInteger),
    Column("changed", BigInteger),
    Column("ended", BigInteger),
    Column("freshness", TEXT, comment="JSON: by source and feed, UTC microseconds"),
    Column("report", TEXT, comment="JSON"),
    Column("fault", TEXT),
    Index("ix_runs_requested_at_us", "requested_at_us"),
)
run_chunks = Table(
    "run_chunks",
    METADATA,
    Column("run_id", TEXT, ForeignKey("runs.run_id"), primary_key=True),
    Column("chunk", Integer, primary_key=True, autoincrement=False),
    Column("first_id", TEXT, comment="first candidate; null: the linked candidates"),
    Column("last_id", TEXT),
    Column("counts", LargeBinary, comment="its share in the aggregates"),
    Column("cases", BigInteger, comment="null until scored"),
    Column("changed", BigInteger),
    Column("ended", BigInteger),
    Column("moves", TEXT, comment="JSON: who changed band, by office and term"),
    Column("tally", TEXT, comment="JSON: what was scored, counted"),
)
aggregates = Table(
    "aggregates",
    METADATA,
    Column("run_id", TEXT, ForeignKey("runs.run_id"), primary_key=True),
    Column("about", TEXT, primary_key=True),
    Column("counts", LargeBinary, nullable=False, comment="Arrow file: key and counts"),
)


def _score_columns() -> list[Column[Any]]:
    return [
        Column("registration_id", TEXT),
        Column("travel_id", TEXT),
        Column("run_id", TEXT, ForeignKey("runs.run_id"), nullable=False),
        Column("as_of_us", BigInteger, nullable=False),
        Column("ingest_seq", Integer, nullable=False),
        Column("source", TEXT, comment="who delivered the case; names its freshness in the run"),
        Column("lane", TEXT, nullable=False),
        Column("band", TEXT, nullable=False),
        *(
            Column(name, Double)
            for name in ("probability", "probability_low", "probability_high", "log_odds", "base", "other")
        ),
        Column("reasons", TEXT, nullable=False, comment="JSON: code, value, contribution, largest first"),
        Column("notices", TEXT, nullable=False, comment="JSON: codes"),
        Column("recourse_kind", TEXT, nullable=False),
        Column("release", TEXT, nullable=False),
        Column("rules_version", TEXT, nullable=False),
        Column("office", TEXT),
        Column("region", TEXT),
        Column("scheme", TEXT),
        Column("placement", TEXT),
        Column("destination", TEXT),
        Column("agency_id", TEXT),
        Column("planned_day", Integer),
    ]


scores = Table(
    "scores",
    METADATA,
    Column("score_id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", TEXT, nullable=False),
    Column("candidate_id", TEXT, nullable=False),
    *_score_columns(),
    Index("ix_scores_case_id_score_id", "case_id", "score_id"),
    Index("ix_scores_candidate_id", "candidate_id"),
    Index("ix_scores_run_id", "run_id"),
    comment="history: a row whenever a result changed",
)
current_scores = Table(
    "current_scores",
    METADATA,
    Column("case_id", TEXT, primary_key=True),
    Column("candidate_id", TEXT, primary_key=True, comment="a registration and an itinerary may have the same id"),
    Column("score_id", BigInteger, nullable=False),
    Column("band_order", SmallInteger, nullable=False, comment="0 first, 1 check, 2 none, 3 insufficient"),
    Column("rank_key", Double, nullable=False, comment="within a band, smallest first; minus the log-odds"),
    Column("planned_key", Integer, nullable=False, comment="planned_day, or a day after all others"),
    *_score_columns(),
    Column("digest", BigInteger, comment="of the result, for comparing; null: compare the columns"),
    Column("steps_digest", BigInteger, comment="of its waiting steps, for comparing; null: compare the rows"),
    Index("ix_current_scores_candidate_id", "candidate_id"),
    comment="the queue: active cases and their present score",
    # Room in each page for new versions of its rows: one that stays in its orders then goes into no index.
    postgresql_with={"fillfactor": 50},
)
_REST: Final = ("lane", "destination", "agency_id")
for _filter in ("lane", "destination", "agency_id"):
    Index(
        f"ix_current_scores_{_filter}",
        current_scores.c[_filter],
        *(current_scores.c[c] for c in ("band_order", "rank_key", "case_id")),
    )
for _filter in ("lane", "office", "destination", "agency_id", "band_order"):
    Index(
        f"ix_current_scores_{_filter}_planned",
        current_scores.c[_filter],
        *(current_scores.c[c] for c in ("planned_key", "case_id", "candidate_id")),
    )
# An office's cases of a band are asked for with any other filter: read in the index, not row by row.
for _name, _order, _more in (
    ("office", ("rank_key",), ("planned_key",)),
    ("office_band_planned", ("planned_key",), ()),
):
    Index(
        f"ix_current_scores_{_name}",
        *(current_scores.c[c] for c in ("office", "band_order", *_order, "case_id", "candidate_id", *_REST, *_more)),
    )
Index("ix_current_scores_agency_office_band", *(current_scores.c[c] for c in ("agency_id", "office", "band_order")))
Index(
    "ix_current_scores_order",
    *(current_scores.c[c] for c in ("band_order", "rank_key", "case_id", "candidate_id", "planned_key")),
)
Index("ix_current_scores_planned_key", current_scores.c.planned_key, current_scores.c.case_id)
score_endings = Table(
    "score_endings",
    METADATA,
    Column("case_id", TEXT, primary_key=True),
    Column("candidate_id", TEXT, primary_key=True),
    Column("run_id", TEXT, ForeignKey("runs.run_id"), primary_key=True),
    Column("as_of_us", BigInteger, nullable=False),
    comment="when a case left the queue: departed, withdrawn, retracted or long past",
)
erased_scores = Table(
    "erased_scores",
    METADATA,
    Column("score_id", BigInteger, primary_key=True, autoincrement=False),
    Column("erased_at_us", BigInteger, nullable=False),
    Column("erased_under", TEXT, nullable=False),
    comment="numbers of scores that were erased: none is given again, and a replay says what became of it",
    sqlite_with_rowid=False,
)
api_keys = Table(
    "api_keys",
    METADATA,
    Column("key_id", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("office", TEXT, comment="null: every office"),
    Column("digest", LargeBinary, nullable=False, comment="of the secret part"),
    Column("created_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger),
    Column("revoked_at_us", BigInteger),
    Column("actions", TEXT, comment="JSON: the only ones it may do; null: its role's"),
    Column("replaces", TEXT, comment="the key it was made to follow"),
)
audit = Table(
    "audit",
    METADATA,
    Column("entry", COUNTER, primary_key=True, autoincrement=True),
    Column("at_us", BigInteger, nullable=False),
    Column("principal", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("action", TEXT, nullable=False),
    Column("purpose", TEXT),
    Column("subject", TEXT, index=True, comment="keyed token of a person, or the name of a thing"),
    Column("release", TEXT),
    Column("request_id", TEXT),
    Column("detail", TEXT, comment="JSON"),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    comment="append-only; each entry's digest covers the one before",
)
audit_people = Table(
    "audit_people",
    METADATA,
    Column("person", BigInteger, primary_key=True, autoincrement=False, comment="start of the token"),
    Column("entry", BigInteger, primary_key=True, autoincrement=False),
    comment="whom a list of the trail names: an index of its entries, which can be made again from them",
    sqlite_with_rowid=False,
)
idempotency = Table(
    "idempotency",
    METADATA,
    Column("principal", TEXT, primary_key=True),
    Column("idempotency_key", TEXT, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("created_at_us", BigInteger, nullable=False),
    Column("status", Integer),
    Column("response", TEXT),
)
