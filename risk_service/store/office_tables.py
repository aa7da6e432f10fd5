"""Tables of what offices are shown of everybody: steps waiting at desks, whom agencies share, a run's tallies.

All follow from the last rescoring and are written with it; nothing in them identifies a person or carries a score.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, Table

from risk_service.store.tables import METADATA, TEXT

waiting_steps: Final = Table(
    "waiting_steps",
    METADATA,
    Column("case_id", TEXT, primary_key=True),
    Column("candidate_id", TEXT, primary_key=True),
    Column("step", TEXT, primary_key=True),
    Column("position", SmallInteger, nullable=False, comment="in the lawful order"),
    Column("issuer", TEXT, nullable=False, comment="kind of office that does it"),
    Column("office_id", TEXT, nullable=False, comment="that does it; empty: none is on record"),
    Column("case_office", TEXT, nullable=False, comment="that the case belongs to; empty: none"),
    Column("state", TEXT, nullable=False, comment="overdue, pending, unknown"),
    Column("turn", SmallInteger, nullable=False, comment="1: every earlier required step is done"),
    Column("planned_key", Integer, nullable=False, comment="planned departure; no date last"),
    Index("ix_waiting_steps_desk", "office_id", "planned_key", "case_id", "candidate_id", "position"),
    Index("ix_waiting_steps_case_office", "case_office", "office_id", "planned_key", "case_id"),
    Index("ix_waiting_steps_candidate_id", "candidate_id"),
    comment="of the queue as of the last rescoring; no score, band or reason",
    sqlite_with_rowid=False,
)
agency_links: Final = Table(
    "agency_links",
    METADATA,
    Column("agency_id", TEXT, primary_key=True),
    Column("kind", TEXT, primary_key=True, comment="recruiter, payer"),
    Column("ref", TEXT, primary_key=True),
    Column("cases", BigInteger, nullable=False),
    Index("ix_agency_links_kind_ref", "kind", "ref"),
    comment="recruiters and payers that more than one agency has, as of the last rescoring",
    sqlite_with_rowid=False,
)
run_tallies: Final = Table(
    "run_tallies",
    METADATA,
    Column("run_id", TEXT, ForeignKey("runs.run_id"), primary_key=True),
    Column("chunk", Integer, primary_key=True, autoincrement=False, comment="-1: all of them together"),
    Column("content", LargeBinary, nullable=False, comment="Arrow files, packed"),
    comment="counts of a run by office, place, agency and month; those of chunks go when it is done",
)
