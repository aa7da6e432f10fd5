"""Whom an office has recorded: read in an index, to look for people of that office by name."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NAME = "ix_candidates_office_candidate_id"


def upgrade() -> None:
    """Make the index."""
    op.create_index(_NAME, "candidates", ["office", "candidate_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index(_NAME, "candidates")
