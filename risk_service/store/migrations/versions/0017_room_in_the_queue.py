"""Room in each page of the queue on PostgreSQL, so that a row that stays in its orders is not put into every index."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave half of each page free, of those there are as well."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE current_scores SET (fillfactor = 50)")
        op.execute("CLUSTER current_scores USING ix_current_scores_candidate_id")


def downgrade() -> None:
    """Fill pages again, from now on."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE current_scores RESET (fillfactor)")
        op.execute("ALTER TABLE current_scores SET WITHOUT CLUSTER")
