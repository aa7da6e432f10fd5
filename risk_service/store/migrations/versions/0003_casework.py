"""What officers do with cases: views, findings, contests, worklists; and deliveries of the service's own making."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.add_column(
        "deliveries",
        sa.Column(
            "made_here", sa.SmallInteger, comment="1: rows recorded in the service; they say nothing of freshness"
        ),
    )
    op.create_table(
        "own_views",
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("officer", TEXT, nullable=False),
        sa.Column("at_us", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("view", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "candidate_id", "officer", "at_us", name="pk_own_views"),
        comment="what an officer thought of a case before seeing its score or whether it was drawn",
    )
    op.create_table(
        "findings",
        sa.Column("finding_id", TEXT, nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("registration_id", TEXT),
        sa.Column("office", TEXT),
        sa.Column(
            "state", TEXT, nullable=False, comment="provisional, confirmed, retracted; a provisional one lapses by time"
        ),
        sa.Column("departed_day", sa.Integer),
        sa.Column("checked_day", sa.Integer, nullable=False),
        sa.Column("finding", TEXT, nullable=False),
        sa.Column("state_found", TEXT),
        sa.Column("help_given", TEXT),
        sa.Column("own_view", TEXT),
        sa.Column("examined_because", TEXT, nullable=False),
        sa.Column("inclusion_probability", sa.Double),
        sa.Column("note", sa.LargeBinary, comment="sealed"),
        sa.Column("recorded_by", TEXT, nullable=False),
        sa.Column("recorded_at_us", sa.BigInteger, nullable=False),
        sa.Column("lapses_at_us", sa.BigInteger),
        sa.Column("confirmed_by", TEXT),
        sa.Column("confirmed_at_us", sa.BigInteger),
        sa.Column("retracted_by", TEXT),
        sa.Column("retracted_at_us", sa.BigInteger),
        sa.Column("retraction", sa.LargeBinary, comment="why; sealed"),
        sa.Column("outcome_id", TEXT),
        sa.Column("ingest_seq", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["ingest_seq"], ["deliveries.seq"], name="fk_findings_ingest_seq"),
        sa.PrimaryKeyConstraint("finding_id", name="pk_findings"),
    )
    op.create_index("ix_findings_candidate_id", "findings", ["candidate_id"])
    op.create_index("ix_findings_case_id", "findings", ["case_id"])
    op.create_index("ix_findings_office_recorded_at_us", "findings", ["office", "recorded_at_us"])
    op.create_index("ix_findings_state_recorded_at_us", "findings", ["state", "recorded_at_us"])
    op.create_table(
        "corrections",
        sa.Column("correction_id", TEXT, nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("office", TEXT),
        sa.Column("state", TEXT, nullable=False, comment="open, accepted, refused"),
        sa.Column("raised_for", TEXT, nullable=False, comment="candidate or officer"),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("row_key", TEXT, nullable=False, comment="JSON"),
        sa.Column("withdraws", sa.SmallInteger, nullable=False, comment="1: the row is withdrawn, not changed"),
        sa.Column("content", sa.LargeBinary, comment="JSON of the new values; sealed"),
        sa.Column("reason", sa.LargeBinary, comment="sealed"),
        sa.Column("raised_by", TEXT, nullable=False),
        sa.Column("raised_at_us", sa.BigInteger, nullable=False),
        sa.Column("decided_by", TEXT),
        sa.Column("decided_at_us", sa.BigInteger),
        sa.Column("decision", sa.LargeBinary, comment="why; sealed"),
        sa.Column("ingest_seq", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["ingest_seq"], ["deliveries.seq"], name="fk_corrections_ingest_seq"),
        sa.PrimaryKeyConstraint("correction_id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_candidate_id", "corrections", ["candidate_id"])
    op.create_index("ix_corrections_office_state_raised_at_us", "corrections", ["office", "state", "raised_at_us"])
    op.create_table(
        "objections",
        sa.Column("objection_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("office", TEXT),
        sa.Column("reason", sa.LargeBinary, comment="sealed"),
        sa.Column("raised_by", TEXT, nullable=False),
        sa.Column("raised_at_us", sa.BigInteger, nullable=False),
        sa.Column("lifted_by", TEXT),
        sa.Column("lifted_at_us", sa.BigInteger),
        sa.Column("lifting", sa.LargeBinary, comment="why; sealed"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("objection_id", name="pk_objections"),
        comment="to being profiled; in force until lifted",
    )
    op.create_index("ix_objections_candidate_id", "objections", ["candidate_id"])
    op.create_table(
        "overrides",
        sa.Column("override_id", TEXT, nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("office", TEXT),
        sa.Column(
            "state", TEXT, nullable=False, comment="provisional, in_force, ended; both of the former end by time"
        ),
        sa.Column("band", TEXT, nullable=False),
        sa.Column("model_band", TEXT, nullable=False, comment="of the score when it was made"),
        sa.Column("reason", sa.LargeBinary, comment="sealed"),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("made_at_us", sa.BigInteger, nullable=False),
        sa.Column("expires_at_us", sa.BigInteger, nullable=False),
        sa.Column("lapses_at_us", sa.BigInteger, comment="of one that waits for a second officer"),
        sa.Column("confirmed_by", TEXT),
        sa.Column("confirmed_at_us", sa.BigInteger),
        sa.Column("ended_by", TEXT),
        sa.Column("ended_at_us", sa.BigInteger),
        sa.Column("ending", sa.LargeBinary, comment="why; sealed"),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("override_id", name="pk_overrides"),
    )
    op.create_index("ix_overrides_candidate_id", "overrides", ["candidate_id"])
    op.create_index("ix_overrides_case_id", "overrides", ["case_id"])
    op.create_index("ix_overrides_state_made_at_us", "overrides", ["state", "made_at_us"])
    op.create_table(
        "case_work",
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("office", TEXT),
        sa.Column("assigned_to", TEXT),
        sa.Column("assigned_at_us", sa.BigInteger),
        sa.Column("locked_by", TEXT),
        sa.Column("locked_until_us", sa.BigInteger),
        sa.Column("snoozed_by", TEXT),
        sa.Column("snoozed_until_us", sa.BigInteger),
        sa.Column("snoozed_because", TEXT),
        sa.Column("snoozed_score_id", sa.BigInteger, comment="score at that time; another one wakes the case"),
        sa.Column(
            "snoozed_seq", sa.Integer, comment="last delivery about the person at that time; a later one wakes the case"
        ),
        sa.Column("first_listed_at_us", sa.BigInteger),
        sa.Column("touched_by", TEXT),
        sa.Column("touched_at_us", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "candidate_id", name="pk_case_work"),
        comment="who works on a case, and whether it rests",
    )
    op.create_index("ix_case_work_office", "case_work", ["office"])
    op.create_table(
        "worklists",
        sa.Column("office", TEXT, nullable=False),
        sa.Column("day", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("lot_share", sa.Double, nullable=False),
        sa.Column("seed", TEXT, nullable=False, comment="of the draw, which can be repeated with it"),
        sa.Column("eligible", sa.BigInteger, nullable=False, comment="cases the draw was made from"),
        sa.Column("drawn", sa.Integer, nullable=False),
        sa.Column("run_id", TEXT),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("made_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("office", "day", name="pk_worklists"),
    )
    op.create_table(
        "worklist_items",
        sa.Column("office", TEXT, nullable=False),
        sa.Column("day", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("lane", TEXT, nullable=False),
        sa.Column("drawn", sa.SmallInteger, nullable=False),
        sa.Column("inclusion_probability", sa.Double),
        sa.Column("worth", sa.Double, nullable=False),
        sa.Column("planned_day", sa.Integer),
        sa.Column("score_id", sa.BigInteger, nullable=False),
        sa.Column("returned", sa.SmallInteger, nullable=False, comment="1: listed before and not touched for too long"),
        sa.Column("finding_id", TEXT, comment="the finding recorded from this listing"),
        sa.PrimaryKeyConstraint("office", "day", "case_id", "candidate_id", name="pk_worklist_items"),
        comment="what was listed and why; kept, since what was drawn is the yardstick of findings",
    )
    op.create_index("ix_worklist_items_case_id", "worklist_items", ["case_id"])
    op.create_table(
        "worklist_capacities",
        sa.Column("office", TEXT, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("set_by", TEXT, nullable=False),
        sa.Column("set_at_us", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("office", name="pk_worklist_capacities"),
    )
    op.create_table(
        "saved_filters",
        sa.Column("officer", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("saved_at_us", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("officer", "name", name="pk_saved_filters"),
    )
    op.create_table(
        "bulk_actions",
        sa.Column("action_id", TEXT, nullable=False),
        sa.Column("office", TEXT),
        sa.Column("officer", TEXT, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("before", TEXT, nullable=False, comment="JSON: the cases as they were, to undo it"),
        sa.Column("undone_at_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("action_id", name="pk_bulk_actions"),
    )
    op.create_index("ix_bulk_actions_officer_at_us", "bulk_actions", ["officer", "at_us"])


def downgrade() -> None:
    """Remove them, and what is in them."""
    op.drop_index("ix_bulk_actions_officer_at_us", table_name="bulk_actions")
    op.drop_table("bulk_actions")
    op.drop_table("saved_filters")
    op.drop_table("worklist_capacities")
    op.drop_index("ix_worklist_items_case_id", table_name="worklist_items")
    op.drop_table("worklist_items")
    op.drop_table("worklists")
    op.drop_index("ix_case_work_office", table_name="case_work")
    op.drop_table("case_work")
    op.drop_index("ix_overrides_state_made_at_us", table_name="overrides")
    op.drop_index("ix_overrides_case_id", table_name="overrides")
    op.drop_index("ix_overrides_candidate_id", table_name="overrides")
    op.drop_table("overrides")
    op.drop_index("ix_objections_candidate_id", table_name="objections")
    op.drop_table("objections")
    op.drop_index("ix_corrections_office_state_raised_at_us", table_name="corrections")
    op.drop_index("ix_corrections_candidate_id", table_name="corrections")
    op.drop_table("corrections")
    op.drop_index("ix_findings_state_recorded_at_us", table_name="findings")
    op.drop_index("ix_findings_office_recorded_at_us", table_name="findings")
    op.drop_index("ix_findings_case_id", table_name="findings")
    op.drop_index("ix_findings_candidate_id", table_name="findings")
    op.drop_table("findings")
    op.drop_table("own_views")
    op.drop_column("deliveries", "made_here")
