"""A digest of what the queue holds of each case, so that a rescoring need not read all that has not changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COMMENT = "of the result, for comparing; null: compare the columns"


def upgrade() -> None:
    """Add the column; the next rescoring fills it."""
    op.add_column("current_scores", sa.Column("digest", sa.BigInteger(), comment=_COMMENT))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("current_scores", "digest")
