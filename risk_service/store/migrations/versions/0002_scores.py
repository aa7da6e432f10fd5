"""Runs, scores, keys and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_keys",
        sa.Column("key_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("office", TEXT, comment="null: every office"),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="of the secret part"),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("expires_at_us", sa.BigInteger),
        sa.Column("revoked_at_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("key_id", name="pk_api_keys"),
    )
    op.create_table(
        "audit",
        sa.Column("entry", COUNTER, autoincrement=True, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("purpose", TEXT),
        sa.Column("subject", TEXT, comment="keyed token of a person, or the name of a thing"),
        sa.Column("release", TEXT),
        sa.Column("request_id", TEXT),
        sa.Column("detail", TEXT, comment="JSON"),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("entry", name="pk_audit"),
        sa.UniqueConstraint("digest", name="uq_audit_digest"),
        comment="append-only; each entry's digest covers the one before",
    )
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "idempotency",
        sa.Column("principal", TEXT, nullable=False),
        sa.Column("idempotency_key", TEXT, nullable=False),
        sa.Column("request_digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("response", TEXT),
        sa.PrimaryKeyConstraint("principal", "idempotency_key", name="pk_idempotency"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False, comment="waiting, counting, scoring, done, abandoned"),
        sa.Column("as_of_us", sa.BigInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("release", TEXT, nullable=False),
        sa.Column("rules_version", TEXT, nullable=False),
        sa.Column("simulated", sa.SmallInteger, nullable=False),
        sa.Column("requested_by", TEXT),
        sa.Column("requested_at_us", sa.BigInteger, nullable=False),
        sa.Column("started_at_us", sa.BigInteger),
        sa.Column("finished_at_us", sa.BigInteger),
        sa.Column("chunks", sa.Integer),
        sa.Column("cases", sa.BigInteger),
        sa.Column("changed", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("freshness", TEXT, comment="JSON: by source and feed, UTC microseconds"),
        sa.Column("report", TEXT, comment="JSON"),
        sa.Column("fault", TEXT),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    op.create_index("ix_runs_requested_at_us", "runs", ["requested_at_us"])
    op.create_table(
        "aggregates",
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("about", TEXT, nullable=False),
        sa.Column("counts", sa.LargeBinary, nullable=False, comment="Arrow file: key and counts"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_aggregates_run_id"),
        sa.PrimaryKeyConstraint("run_id", "about", name="pk_aggregates"),
    )
    op.create_table(
        "current_scores",
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False, comment="a registration and an itinerary may have the same id"),
        sa.Column("score_id", sa.BigInteger, nullable=False),
        sa.Column("band_order", sa.SmallInteger, nullable=False, comment="0 first, 1 check, 2 none, 3 insufficient"),
        sa.Column("rank_key", sa.Double, nullable=False, comment="within a band, smallest first; minus the log-odds"),
        sa.Column("planned_key", sa.Integer, nullable=False, comment="planned_day, or a day after all others"),
        sa.Column("registration_id", TEXT),
        sa.Column("travel_id", TEXT),
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("as_of_us", sa.BigInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("source", TEXT, comment="who delivered the case; names its freshness in the run"),
        sa.Column("lane", TEXT, nullable=False),
        sa.Column("band", TEXT, nullable=False),
        sa.Column("probability", sa.Double),
        sa.Column("probability_low", sa.Double),
        sa.Column("probability_high", sa.Double),
        sa.Column("log_odds", sa.Double),
        sa.Column("base", sa.Double),
        sa.Column("other", sa.Double),
        sa.Column("reasons", TEXT, nullable=False, comment="JSON: code, value, contribution, largest first"),
        sa.Column("notices", TEXT, nullable=False, comment="JSON: codes"),
        sa.Column("recourse_kind", TEXT, nullable=False),
        sa.Column("release", TEXT, nullable=False),
        sa.Column("rules_version", TEXT, nullable=False),
        sa.Column("office", TEXT),
        sa.Column("region", TEXT),
        sa.Column("scheme", TEXT),
        sa.Column("placement", TEXT),
        sa.Column("destination", TEXT),
        sa.Column("agency_id", TEXT),
        sa.Column("planned_day", sa.Integer),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_current_scores_run_id"),
        sa.PrimaryKeyConstraint("case_id", "candidate_id", name="pk_current_scores"),
        comment="the queue: active cases and their present score",
    )
    op.create_index("ix_current_scores_agency_id", "current_scores", ["agency_id", "band_order", "rank_key", "case_id"])
    op.create_index("ix_current_scores_candidate_id", "current_scores", ["candidate_id"])
    op.create_index(
        "ix_current_scores_destination", "current_scores", ["destination", "band_order", "rank_key", "case_id"]
    )
    op.create_index("ix_current_scores_lane", "current_scores", ["lane", "band_order", "rank_key", "case_id"])
    op.create_index("ix_current_scores_office", "current_scores", ["office", "band_order", "rank_key", "case_id"])
    op.create_index("ix_current_scores_order", "current_scores", ["band_order", "rank_key", "case_id"])
    op.create_index("ix_current_scores_planned_key", "current_scores", ["planned_key", "case_id"])
    op.create_table(
        "run_chunks",
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("chunk", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("first_id", TEXT, comment="first candidate; null: the linked candidates"),
        sa.Column("last_id", TEXT),
        sa.Column("counts", sa.LargeBinary, comment="its share in the aggregates"),
        sa.Column("cases", sa.BigInteger, comment="null until scored"),
        sa.Column("changed", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sa.Column("moves", TEXT, comment="JSON: who changed band, by office and term"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_run_chunks_run_id"),
        sa.PrimaryKeyConstraint("run_id", "chunk", name="pk_run_chunks"),
    )
    op.create_table(
        "score_endings",
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("as_of_us", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_score_endings_run_id"),
        sa.PrimaryKeyConstraint("case_id", "candidate_id", "run_id", name="pk_score_endings"),
        comment="when a case left the queue: departed, withdrawn, retracted or long past",
    )
    op.create_table(
        "scores",
        sa.Column("score_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("registration_id", TEXT),
        sa.Column("travel_id", TEXT),
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("as_of_us", sa.BigInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("source", TEXT, comment="who delivered the case; names its freshness in the run"),
        sa.Column("lane", TEXT, nullable=False),
        sa.Column("band", TEXT, nullable=False),
        sa.Column("probability", sa.Double),
        sa.Column("probability_low", sa.Double),
        sa.Column("probability_high", sa.Double),
        sa.Column("log_odds", sa.Double),
        sa.Column("base", sa.Double),
        sa.Column("other", sa.Double),
        sa.Column("reasons", TEXT, nullable=False, comment="JSON: code, value, contribution, largest first"),
        sa.Column("notices", TEXT, nullable=False, comment="JSON: codes"),
        sa.Column("recourse_kind", TEXT, nullable=False),
        sa.Column("release", TEXT, nullable=False),
        sa.Column("rules_version", TEXT, nullable=False),
        sa.Column("office", TEXT),
        sa.Column("region", TEXT),
        sa.Column("scheme", TEXT),
        sa.Column("placement", TEXT),
        sa.Column("destination", TEXT),
        sa.Column("agency_id", TEXT),
        sa.Column("planned_day", sa.Integer),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_scores_run_id"),
        sa.PrimaryKeyConstraint("score_id", name="pk_scores"),
        comment="history: a row whenever a result changed",
    )
    op.create_index("ix_scores_candidate_id", "scores", ["candidate_id"])
    op.create_index("ix_scores_case_id_score_id", "scores", ["case_id", "score_id"])
    op.create_index("ix_scores_run_id", "scores", ["run_id"])


def downgrade() -> None:
    """Remove them, and what is in them."""
    op.drop_index("ix_scores_run_id", table_name="scores")
    op.drop_index("ix_scores_case_id_score_id", table_name="scores")
    op.drop_index("ix_scores_candidate_id", table_name="scores")
    op.drop_table("scores")
    op.drop_table("score_endings")
    op.drop_table("run_chunks")
    op.drop_index("ix_current_scores_planned_key", table_name="current_scores")
    op.drop_index("ix_current_scores_order", table_name="current_scores")
    op.drop_index("ix_current_scores_office", table_name="current_scores")
    op.drop_index("ix_current_scores_lane", table_name="current_scores")
    op.drop_index("ix_current_scores_destination", table_name="current_scores")
    op.drop_index("ix_current_scores_candidate_id", table_name="current_scores")
    op.drop_index("ix_current_scores_agency_id", table_name="current_scores")
    op.drop_table("current_scores")
    op.drop_table("aggregates")
    op.drop_index("ix_runs_requested_at_us", table_name="runs")
    op.drop_table("runs")
    op.drop_table("idempotency")
    op.drop_index("ix_audit_subject", table_name="audit")
    op.drop_table("audit")
    op.drop_table("api_keys")
