"""A digest of the waiting steps of each case of the queue, so that a rescoring need not read those that stay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_COMMENT = "of its waiting steps, for comparing; null: compare the rows"


def upgrade() -> None:
    """Add the column; the next rescoring fills it."""
    op.add_column("current_scores", sa.Column("steps_digest", sa.BigInteger(), comment=_COMMENT))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("current_scores", "steps_digest")
