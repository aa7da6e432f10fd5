"""Tables of what a rescoring keeps for the next: rows in packs, and who has rows since.

All of it is in the feeds too, and nothing in it identifies a person; emptied, it costs the next rescoring its time.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, Table

from risk_service.store.tables import METADATA, TEXT

row_ranges: Final = Table(
    "row_ranges",
    METADATA,
    Column("first_id", TEXT, primary_key=True, comment="a range of candidates begins here and ends before the next"),
    Column("last_id", TEXT, nullable=False, comment="the last candidate of the range by then"),
    Column("candidates", BigInteger, nullable=False),
    Column("ingest_seq", Integer, nullable=False, comment="rows delivered up to this one"),
    Column("as_of_us", BigInteger, nullable=False),
    Column("since_day", Integer, nullable=False, comment="whoever was to depart before then counts as over"),
    comment="how a rescoring divides everybody",
)
packed_rows: Final = Table(
    "packed_rows",
    METADATA,
    Column("first_id", TEXT, ForeignKey("row_ranges.first_id"), primary_key=True),
    Column("part", TEXT, primary_key=True, comment="a feed; or apart: candidates who are not in it"),
    Column("content", LargeBinary, nullable=False, comment="Arrow stream, packed"),
    comment="rows of the feeds as a rescoring reads them, by range",
)
rows_since: Final = Table(
    "rows_since",
    METADATA,
    Column("candidate_id", TEXT, primary_key=True),
    Column("ingest_seq", Integer, primary_key=True, autoincrement=False),
    comment="who has rows of which delivery, until a rescoring has taken them up",
    sqlite_with_rowid=False,
)
