"""Rows in packs, kept by one rescoring for the next, and who has rows since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; of deliveries so far it is not known who has rows of which."""
    op.create_table(
        "row_ranges",
        sa.Column(
            "first_id", TEXT, nullable=False, comment="a range of candidates begins here and ends before the next"
        ),
        sa.Column("last_id", TEXT, nullable=False, comment="the last candidate of the range by then"),
        sa.Column("candidates", sa.BigInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False, comment="rows delivered up to this one"),
        sa.Column("as_of_us", sa.BigInteger, nullable=False),
        sa.Column("since_day", sa.Integer, nullable=False, comment="whoever was to depart before then counts as over"),
        sa.PrimaryKeyConstraint("first_id", name="pk_row_ranges"),
        comment="how a rescoring divides everybody",
    )
    op.create_table(
        "packed_rows",
        sa.Column("first_id", TEXT, nullable=False),
        sa.Column("part", TEXT, nullable=False, comment="a feed; or apart: candidates who are not in it"),
        sa.Column("content", sa.LargeBinary, nullable=False, comment="Arrow stream, packed"),
        sa.ForeignKeyConstraint(["first_id"], ["row_ranges.first_id"], name="fk_packed_rows_first_id"),
        sa.PrimaryKeyConstraint("first_id", "part", name="pk_packed_rows"),
        comment="rows of the feeds as a rescoring reads them, by range",
    )
    op.create_table(
        "rows_since",
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("ingest_seq", sa.Integer, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", "ingest_seq", name="pk_rows_since"),
        comment="who has rows of which delivery, until a rescoring has taken them up",
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO facts (name, value) SELECT 'rows_noted_after', CAST(max(seq) AS TEXT) FROM deliveries"
        " HAVING max(seq) IS NOT NULL"
    )


def downgrade() -> None:
    """Remove the tables: everything in them is in the feeds."""
    op.drop_table("rows_since")
    op.drop_table("packed_rows")
    op.drop_table("row_ranges")
    op.execute("DELETE FROM facts WHERE name = 'rows_noted_after'")
