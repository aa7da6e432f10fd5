"""The queue in the order of risk between two days of departure: read in the index, not sorted."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAME = "ix_current_scores_order"
_KEYS = ["band_order", "rank_key", "case_id"]


def upgrade() -> None:
    """Put the day of departure into the index."""
    op.drop_index(_NAME, "current_scores")
    op.create_index(_NAME, "current_scores", [*_KEYS, "candidate_id", "planned_key"])


def downgrade() -> None:
    """Take it out again."""
    op.drop_index(_NAME, "current_scores")
    op.create_index(_NAME, "current_scores", _KEYS)
