"""People on the lists that the trail tells of, and an agency's cases by office and band: both read by an index."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT_ONCE = 10_000
_audit = sa.table("audit", sa.column("entry"), sa.column("detail"))


def upgrade() -> None:
    """Make the table, fill it with those that are on a list already, and add the index."""
    listed = op.create_table(
        "audit_people",
        sa.Column("person", sa.BigInteger, autoincrement=False, nullable=False, comment="start of the token"),
        sa.Column("entry", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person", "entry", name="pk_audit_people"),
        comment="whom a list of the trail names: an index of its entries, which can be made again from them",
        sqlite_with_rowid=False,
    )
    connection, last = op.get_bind(), 0
    while True:
        some = sa.select(_audit.c.entry, _audit.c.detail).where(_audit.c.entry > last).order_by(_audit.c.entry)
        rows = connection.execute(some.limit(_AT_ONCE)).all()
        if not rows:
            break
        last = rows[-1].entry
        found = [{"person": person, "entry": row.entry} for row in rows for person in _people(row.detail)]
        for start in range(0, len(found), _AT_ONCE):
            connection.execute(sa.insert(listed), found[start : start + _AT_ONCE])
    op.create_index("ix_current_scores_agency_office_band", "current_scores", ["agency_id", "office", "band_order"])


def downgrade() -> None:
    """Remove both."""
    op.drop_index("ix_current_scores_agency_office_band", "current_scores")
    op.drop_table("audit_people")


def _people(detail: str | None) -> list[int]:
    """Starts of the tokens of a list, as numbers."""
    named = json.loads(detail).get("people") if detail else None
    tokens = dict.fromkeys(named) if isinstance(named, list) else ()
    return [int.from_bytes(bytes.fromhex(token)[:8], "big", signed=True) for token in tokens]
