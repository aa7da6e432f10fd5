"""Pieces of names by piece rather than by person: for every piece of a page of people, who of them has it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np
import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PAGE = 1 << 16
_AT_ONCE = 1_000


def upgrade() -> None:
    """Number people who have a name, and write who has which piece."""
    _refuse_while_renewing("before")
    op.create_table(
        "named_people",
        sa.Column("number", COUNTER, autoincrement=False, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_named_people"),
        comment="people with a name by the number that stands for them in name_pieces",
    )
    op.create_index("ix_named_people_candidate_id", "named_people", ["candidate_id"])
    pieces = op.create_table(
        "name_pieces",
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "token",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="keyed hash of three letters of a name",
        ),
        sa.Column(
            "members", sa.LargeBinary(), nullable=False, comment="numbers in the page, each in two bytes, ascending"
        ),
        sa.PrimaryKeyConstraint("page", "token", name="pk_name_pieces"),
        comment="which people have which pieces of names",
    )
    op.execute(
        "INSERT INTO named_people (number, candidate_id)"
        " SELECT row_number() OVER (ORDER BY candidate_id) - 1, candidate_id"
        " FROM (SELECT DISTINCT candidate_id FROM name_tokens) AS named"
    )
    rows: list[dict[str, object]] = []
    for row in _pieces(op.get_bind()):
        rows.append(row)
        if len(rows) == _AT_ONCE:
            op.bulk_insert(pieces, rows)
            rows = []
    op.bulk_insert(pieces, rows)
    op.drop_index("ix_name_tokens_candidate_id", table_name="name_tokens")
    op.drop_table("name_tokens")


def downgrade() -> None:
    """Write a row for every piece of every name again."""
    _refuse_while_renewing("after")
    tokens = op.create_table(
        "name_tokens",
        sa.Column("token", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("token", "candidate_id", name="pk_name_tokens"),
        comment="keyed hashes of three letters of a name each",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_name_tokens_candidate_id", "name_tokens", ["candidate_id"])
    bind = op.get_bind()
    pages = bind.execute(sa.text("SELECT DISTINCT page FROM name_pieces ORDER BY page")).scalars().all()
    people = sa.text("SELECT number, candidate_id FROM named_people WHERE number >= :first AND number < :end")
    members = sa.text("SELECT token, members FROM name_pieces WHERE page = :page ORDER BY token")
    for page in pages:
        start = {"first": page * _PAGE, "end": (page + 1) * _PAGE}
        who = {number - page * _PAGE: candidate for number, candidate in bind.execute(people, start)}
        for token, places in bind.execute(members, {"page": page}).all():
            have = [who[place] for place in np.frombuffer(places, dtype="<u2").tolist()]
            op.bulk_insert(tokens, [{"token": token, "candidate_id": candidate} for candidate in have])
    op.drop_table("name_pieces")
    op.drop_index("ix_named_people_candidate_id", table_name="named_people")
    op.drop_table("named_people")


def _refuse_while_renewing(finished_by: str) -> None:
    """Between the two, people have pieces of both secrets, of which each version keeps account in its own way."""
    renewing = "SELECT count(*) FROM facts WHERE name = 'identity_hashes' AND value LIKE 'moving:%'"
    if op.get_bind().execute(sa.text(renewing)).scalar():
        raise CommandError(f"keyed hashes are being renewed; let the version {finished_by} finish: keys rotate-hashes")


def _pieces(bind: sa.Connection) -> Iterator[dict[str, object]]:
    """Rows of the new table, in the order of pieces."""
    query = sa.text(
        "SELECT t.token, n.number FROM name_tokens AS t JOIN named_people AS n ON n.candidate_id = t.candidate_id"
        " ORDER BY t.token, t.candidate_id"
    ).execution_options(yield_per=100_000)
    for token, have in groupby(bind.execute(query), key=itemgetter(0)):
        numbers = np.fromiter((number for _, number in have), dtype=np.int64)
        pages, starts = np.unique(numbers // _PAGE, return_index=True)
        for page, some in zip(pages.tolist(), np.split(numbers, starts[1:]), strict=True):
            yield {"page": page, "token": token, "members": (some % _PAGE).astype("<u2").tobytes()}
