"""Looking for people by name: everybody's pieces of names are held against those of a name, and the nearest are found.

Who of them is of an office is asked of the people of the office where these are few, else of the likeliest of
everybody. Names themselves are not read here; whoever asks opens the few that are found and compares.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from models.times import EPOCH_DATE
from risk_service.store import name_index
from risk_service.store.bulk import read_frame
from risk_service.store.crypto import MasterKey
from risk_service.store.marks import all_trigrams
from risk_service.store.persons import Identity, identities
from risk_service.store.tables import FEED_TABLES, current_scores, named_people

_SMALL_OFFICE: Final = 15_000
"""People up to whom all of an office are looked at."""
_ASKED_OF_OFFICE: Final = 4_000
"""Of more, how many of the likeliest of everybody are asked whether they are of it."""
_ASKED_OF_YEAR: Final = 8_000
"""The same, where a year of birth is given, too: one in some forty is of it."""
_AT_ONCE: Final = 4_000
_CANDIDATES: Final = FEED_TABLES["candidates"]
_OF: Final = (current_scores, _CANDIDATES)
"""Who stands in one of these with an office is of it."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """Who may have a name, the likeliest first; ``left``: as likely ones are there who were not looked at."""

    people: list[str]
    left: bool


def candidates_named(
    connection: Connection,
    master: MasterKey,
    spellings: Sequence[str],
    *,
    office: str | None = None,
    born: int | None = None,
    limit: int = 200,
) -> Named:
    """Candidates whose names share letters with one of some spellings, the likeliest first.

    Likely is whose name has a great share of the pieces of a spelling; of those alike, who came last.

    Parameters
    ----------
    spellings
        Of one name.
    office
        Only people this office has recorded, or has cases of; None: everybody.
    born
        Only people born in this year; None: in any, or on a day that is not known.
    limit
        Most candidates in the answer.
    """
    shares = name_index.shares(connection, [some for one in spellings for some in all_trigrams(master, one)])
    among, which, asked, size = None, [], None, limit
    if office is not None and _people(connection, office) <= _SMALL_OFFICE:
        among = _numbers_of(connection, office)
    elif office is not None:
        which, asked = _within(office), _ASKED_OF_OFFICE
    if born is not None:
        which, asked, size = [*which, _born(born)], None if among is not None else _ASKED_OF_YEAR, _AT_ONCE
    ranked = shares.best(among)
    likeliest = next(ranked, np.array([], dtype=np.int64))
    found: dict[str, None] = {}
    looked = 0
    for some in _in_parts(chain([likeliest], ranked), size, asked):
        found |= dict.fromkeys(name_index.people_of(connection, some, *which))
        looked += len(some)
        if len(found) >= limit:
            break
    left = looked < len(likeliest) or (looked == len(likeliest) and len(found) > limit)
    return Named(people=list(found)[:limit], left=left)


def latest_identities(
    connection: Connection, master: MasterKey, candidate_ids: Collection[str], *, t_us: int
) -> dict[str, Identity | None]:
    """What identifies some candidates, as last recorded by ``t_us``; None for who has been erased or retracted."""
    table = _CANDIDATES
    query = sa.select(
        table.c.candidate_id, table.c.sealed, table.c.retracted, table.c.recorded_at, table.c.ingest_seq, table.c.row
    ).where(table.c.candidate_id.in_(list(candidate_ids)), table.c.recorded_at <= t_us)
    rows = read_frame(connection, query).sort("recorded_at", "ingest_seq", "row").unique("candidate_id", keep="last")
    rows = rows.filter(~pl.col("retracted").cast(pl.Boolean).fill_null(value=False))
    return dict(zip(rows["candidate_id"].to_list(), identities(connection, master, rows), strict=True))


def _in_parts(ranked: Iterable[NDArray[np.int64]], size: int, most: int | None) -> Iterator[NDArray[np.int64]]:
    """Numbers in their order, so many at a time, and no more of them than so many."""
    parts = (some[start : start + size] for some in ranked for start in range(0, len(some), size))
    for some in parts:
        yield some if most is None else some[:most]
        if most is not None and (most := most - len(some)) <= 0:
            return


def _numbers_of(connection: Connection, office: str) -> NDArray[np.int64]:
    """The numbers of an office's people, read as one text, since many rows take longer to hand out than to find."""
    of_it = _people_of(office).subquery()
    query = sa.select(sa.func.aggregate_strings(sa.cast(named_people.c.number, sa.String), " ")).select_from(
        of_it.join(named_people, named_people.c.candidate_id == of_it.c.candidate_id)
    )
    return np.array((connection.execute(query).scalar() or "").split(), dtype=np.int64)


def _people(connection: Connection, office: str) -> int:
    """How many people an office has, as far as that matters; who is recorded and has a case counts twice."""
    of_it = sa.union_all(*(sa.select(sa.literal(1)).where(t.c.office == office) for t in _OF))
    some = of_it.limit(_SMALL_OFFICE + 1).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def _within(office: str) -> list[sa.ColumnElement[bool]]:
    """Whether somebody with a number is of an office."""
    # So written, no index of offices is used, in which a database would look through all people of this one.
    who = named_people.c.candidate_id
    return [
        sa.or_(*(sa.exists().where(t.c.candidate_id == who, sa.func.coalesce(t.c.office, "") == office) for t in _OF))
    ]


def _born(year: int) -> sa.ColumnElement[bool]:
    """Whether somebody with a number was born in a year."""
    first, last = ((dt.date(year, *day) - EPOCH_DATE).days for day in ((1, 1), (12, 31)))
    c = _CANDIDATES.c
    return sa.exists().where(c.candidate_id == named_people.c.candidate_id, c.birth_date.between(first, last))


def _people_of(office: str) -> sa.CompoundSelect[tuple[str]]:
    """Whom an office has recorded, or has cases of."""
    return sa.union(*(sa.select(table.c.candidate_id).where(table.c.office == office) for table in _OF))
