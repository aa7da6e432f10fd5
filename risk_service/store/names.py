"""Looking for people by name: keyed hashes of three letters each, the rarest first, so that common names stay quick.

First those whose names have the rarest pieces of a spelling all together, then those who share most of some rare
pieces, which forgives typing errors. Names themselves are not read here; whoever asks opens the few that are found and
compares.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.bulk import read_frame
from risk_service.store.crypto import MasterKey
from risk_service.store.marks import all_trigrams
from risk_service.store.persons import Identity, identities
from risk_service.store.tables import FEED_TABLES, current_scores, name_tokens

_COUNTED_TO: Final = 20_000
"""A piece of more names than these is common; how common does not matter."""
_TOGETHER: Final = 6
_SEEDS: Final = 4
_READ_OF_A_SEED: Final = 20_000
_POOL: Final = 2_000
_ASKED_AT_ONCE: Final = 500
_CANDIDATES: Final = FEED_TABLES["candidates"]


def candidates_named(
    connection: Connection, master: MasterKey, spellings: Sequence[str], *, office: str | None = None, limit: int = 200
) -> list[str]:
    """Candidates whose names share letters with one of some spellings, the likeliest first.

    Parameters
    ----------
    spellings
        Of one name.
    office
        Only people this office has recorded, or has cases of; None: everybody.
    limit
        Most candidates in the answer.
    """
    pieces = [some for spelling in spellings for some in all_trigrams(master, spelling)]
    counts = {piece: _count(connection, piece) for piece in sorted(set().union(*pieces))}
    known = [sorted((p for p in some if counts[p]), key=lambda p: (counts[p], p)) for some in pieces]
    found: dict[str, None] = {}
    for some, all_of_it in zip(known, pieces, strict=True):
        if some and len(some) == len(all_of_it):
            found |= dict.fromkeys(_with_all(connection, some[:_TOGETHER], office=office, limit=limit))
    if len(found) < limit:
        for some in known:
            found |= dict.fromkeys(_with_most(connection, some, office=office, limit=limit - len(found)))
    return _closest(connection, list(found), pieces)[:limit]


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


def _count(connection: Connection, piece: int) -> int:
    some = sa.select(sa.literal(1)).where(name_tokens.c.token == piece).limit(_COUNTED_TO).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def _with_all(connection: Connection, pieces: Sequence[int], *, office: str | None, limit: int) -> Iterable[str]:
    """Candidates whose names have all of these pieces."""
    table = name_tokens.alias()
    query = sa.select(table.c.candidate_id).where(table.c.token == pieces[0])
    for piece in pieces[1:]:
        other = name_tokens.alias()
        same = sa.and_(other.c.token == piece, other.c.candidate_id == table.c.candidate_id)
        query = query.where(sa.exists().where(same))
    query = query.where(*_within(table.c.candidate_id, office)).order_by(table.c.candidate_id).limit(limit)
    return connection.execute(query).scalars()


def _with_most(connection: Connection, pieces: Sequence[int], *, office: str | None, limit: int) -> list[str]:
    """Candidates whose names have most of the rarest of these pieces."""
    seeds = [
        sa.select(name_tokens.c.candidate_id).where(name_tokens.c.token == piece).limit(_READ_OF_A_SEED).subquery()
        for piece in pieces[:_SEEDS]
    ]
    if not seeds or limit <= 0:
        return []
    rows = sa.union_all(*(sa.select(seed.c.candidate_id) for seed in seeds)).subquery()
    hits = sa.func.count().label("hits")
    counted = sa.select(rows.c.candidate_id, hits).group_by(rows.c.candidate_id).subquery()
    query = (
        sa.select(counted.c.candidate_id)
        .where(*_within(counted.c.candidate_id, office))
        .order_by(counted.c.hits.desc(), counted.c.candidate_id)
        .limit(_POOL)
    )
    pool = list(connection.execute(query).scalars().all())
    shares = _shared(connection, pool, pieces)
    return sorted(pool, key=lambda candidate: -shares.get(candidate, 0))[:limit]


def _shared(connection: Connection, candidates: Sequence[str], pieces: Sequence[int]) -> dict[str, int]:
    """How many of some pieces the names of some candidates have; those with none are left out."""
    c = name_tokens.c
    found: dict[str, int] = {}
    for start in range(0, len(candidates), _ASKED_AT_ONCE):
        some = c.candidate_id.in_(candidates[start : start + _ASKED_AT_ONCE])
        query = sa.select(c.candidate_id, sa.func.count()).where(some, c.token.in_(pieces)).group_by(c.candidate_id)
        found.update((candidate, n) for candidate, n in connection.execute(query).all())
    return found


def _closest(connection: Connection, candidates: list[str], spellings: Sequence[set[int]]) -> list[str]:
    """Candidates by the share of a spelling's pieces that their names have, the greatest first; ties as given."""
    wanted = sorted(set().union(*spellings))
    has: dict[str, set[int]] = {candidate: set() for candidate in candidates}
    for start in range(0, len(candidates), _ASKED_AT_ONCE):
        query = sa.select(name_tokens.c.candidate_id, name_tokens.c.token).where(
            name_tokens.c.candidate_id.in_(candidates[start : start + _ASKED_AT_ONCE]), name_tokens.c.token.in_(wanted)
        )
        for candidate, token in connection.execute(query).all():
            has[candidate].add(token)
    share = {
        candidate: max((len(pieces & own) / len(pieces) for pieces in spellings if pieces), default=0.0)
        for candidate, own in has.items()
    }
    return sorted(candidates, key=lambda candidate: -share[candidate])


def _within(candidate: sa.ColumnElement[str], office: str | None) -> list[sa.ColumnElement[bool]]:
    """Whether an office has recorded a person, or has a case of theirs."""
    if office is None:
        return []
    case = sa.and_(current_scores.c.candidate_id == candidate, current_scores.c.office == office)
    record = sa.and_(_CANDIDATES.c.candidate_id == candidate, _CANDIDATES.c.office == office)
    return [sa.or_(sa.exists().where(case), sa.exists().where(record))]
