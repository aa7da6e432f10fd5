"""Since which delivery candidates are linked, so that a run sees none that came while it was under way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COMMENT = "since which delivery; 0 of early ones"


def upgrade() -> None:
    """Add the column."""
    column = sa.Column("ingest_seq", sa.BigInteger(), nullable=False, server_default="0", comment=_COMMENT)
    op.add_column("linked_candidates", column)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("linked_candidates", "ingest_seq")
