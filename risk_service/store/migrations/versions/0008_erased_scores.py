"""Numbers of scores that were erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "erased_scores",
        sa.Column("score_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("erased_at_us", sa.BigInteger, nullable=False),
        sa.Column("erased_under", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("score_id", name="pk_erased_scores"),
        comment="numbers of scores that were erased: none is given again, and a replay says what became of it",
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("erased_scores")
