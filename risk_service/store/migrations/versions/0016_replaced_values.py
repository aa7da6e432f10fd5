"""What a row said when a correction of it was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_COMMENT = "JSON of what the row said when it was decided; sealed; null: not kept"


def upgrade() -> None:
    """Add the column; of decisions made before, what was replaced is not kept."""
    op.add_column("corrections", sa.Column("replaced", sa.LargeBinary(), comment=_COMMENT))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("corrections", "replaced")
