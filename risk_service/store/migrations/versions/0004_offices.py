"""What offices are shown of everybody: steps waiting at desks, shared recruiters and payers, tallies of a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "agency_links",
        sa.Column("agency_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False, comment="recruiter, payer"),
        sa.Column("ref", TEXT, nullable=False),
        sa.Column("cases", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "kind", "ref", name="pk_agency_links"),
        comment="recruiters and payers that more than one agency has, as of the last rescoring",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_agency_links_kind_ref", "agency_links", ["kind", "ref"])
    op.create_table(
        "run_tallies",
        sa.Column("run_id", TEXT, nullable=False),
        sa.Column("chunk", sa.Integer, autoincrement=False, nullable=False, comment="-1: all of them together"),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="Arrow files, packed"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_run_tallies_run_id"),
        sa.PrimaryKeyConstraint("run_id", "chunk", name="pk_run_tallies"),
        comment="counts of a run by office, place, agency and month; those of chunks go when it is done",
    )
    op.create_table(
        "waiting_steps",
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("position", sa.SmallInteger, nullable=False, comment="in the lawful order"),
        sa.Column("issuer", TEXT, nullable=False, comment="kind of office that does it"),
        sa.Column("office_id", TEXT, nullable=False, comment="that does it; empty: none is on record"),
        sa.Column("case_office", TEXT, nullable=False, comment="that the case belongs to; empty: none"),
        sa.Column("state", TEXT, nullable=False, comment="overdue, pending, unknown"),
        sa.Column("turn", sa.SmallInteger, nullable=False, comment="1: every earlier required step is done"),
        sa.Column("planned_key", sa.Integer, nullable=False, comment="planned departure; no date last"),
        sa.PrimaryKeyConstraint("case_id", "candidate_id", "step", name="pk_waiting_steps"),
        comment="of the queue as of the last rescoring; no score, band or reason",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_waiting_steps_candidate_id", "waiting_steps", ["candidate_id"])
    op.create_index(
        "ix_waiting_steps_case_office", "waiting_steps", ["case_office", "office_id", "planned_key", "case_id"]
    )
    op.create_index(
        "ix_waiting_steps_desk", "waiting_steps", ["office_id", "planned_key", "case_id", "candidate_id", "position"]
    )


def downgrade() -> None:
    """Remove them, and what is in them."""
    op.drop_index("ix_waiting_steps_desk", table_name="waiting_steps")
    op.drop_index("ix_waiting_steps_case_office", table_name="waiting_steps")
    op.drop_index("ix_waiting_steps_candidate_id", table_name="waiting_steps")
    op.drop_table("waiting_steps")
    op.drop_table("run_tallies")
    op.drop_index("ix_agency_links_kind_ref", table_name="agency_links")
    op.drop_table("agency_links")
