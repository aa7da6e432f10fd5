"""What each part of a run counted, so that drift is told of the whole."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the column."""
    op.add_column("run_chunks", sa.Column("tally", TEXT, comment="JSON: what was scored, counted"))


def downgrade() -> None:
    """Remove it, and what is in it."""
    with op.batch_alter_table("run_chunks") as table:
        table.drop_column("tally")
