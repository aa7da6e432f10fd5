"""What a release that is not in force would have said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "shadow_scores",
        sa.Column("release", TEXT, nullable=False, comment="not in force then"),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("as_of_us", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("run_id", TEXT, nullable=False, comment="whose queue it was"),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("lane", TEXT, nullable=False),
        sa.Column("band", TEXT, nullable=False),
        sa.Column("probability", sa.Double),
        sa.Column("probability_low", sa.Double),
        sa.Column("probability_high", sa.Double),
        sa.Column("log_odds", sa.Double),
        sa.Column("reasons", TEXT, nullable=False, comment="JSON: code, value, contribution, largest first"),
        sa.Column("office", TEXT),
        sa.Column("planned_day", sa.Integer),
        sa.Column("shown_release", TEXT, nullable=False),
        sa.Column("shown_band", TEXT, nullable=False),
        sa.Column("shown_log_odds", sa.Double),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_shadow_scores_run_id"),
        sa.PrimaryKeyConstraint("release", "case_id", "candidate_id", "as_of_us", name="pk_shadow_scores"),
        comment="a release scored beside the one in force; a row whenever either result changed; shown to no officer",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shadow_scores_candidate_id", "shadow_scores", ["candidate_id"])
    op.create_index("ix_shadow_scores_run_id", "shadow_scores", ["run_id"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("shadow_scores")
