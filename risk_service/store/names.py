"""Looking for people by name: keyed hashes of three letters each, the rarest first, so that common names stay quick.

First those whose names have pieces from all over a spelling, then, where those are few, those who share most of some
rare pieces, which forgives typing errors. Among the people of a small office everybody is looked at; among more, so
many of each piece as can be read at once. Names themselves are not read here; whoever asks opens the few
that are found and compares.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final
from weakref import WeakKeyDictionary

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from risk_service.store.bulk import read_frame
from risk_service.store.crypto import MasterKey
from risk_service.store.marks import all_trigrams
from risk_service.store.persons import Identity, identities
from risk_service.store.tables import FEED_TABLES, current_scores, name_tokens

_COUNTED_TO: Final = 20_000
"""A piece of more names than these is common; how common does not matter."""
_COUNTED_ONCE: Final = 1_000
_MOST_KNOWN: Final = 100_000
_KNOWN: Final = WeakKeyDictionary[Engine, dict[int, int]]()
"""How many names of a database have a piece that many have: only which is rarer is made of it."""
_TOGETHER: Final = 6
"""Pieces that somebody who is found at once has all of: the rarest, and some that are as rare as other words."""
_ENOUGH: Final = 60
"""People of the very name who are found, from whom on nobody is looked for under a misspelling of it."""
_SEEDS: Final = 5
"""Pieces by which people are found whose names lack some: the rarest of all spellings."""
_READ_OF_A_SEED: Final = 20_000
_SMALL_OFFICE: Final = 15_000
"""People up to whom all of an office are looked at."""
_READ_OF_OFFICE: Final = 60_000
"""People up to whom all of an office are read, to find those among them who have some pieces."""
_ASKED_OF_OFFICE: Final = 4_000
"""Of more, how many of the likeliest of everybody are asked whether they are of it."""
_POOL: Final = 600
_ASKED_AT_ONCE: Final = 600
_SOME: Final[sa.BindParameter[list[str]]] = sa.bindparam("some", expanding=True)
_BETWEEN: Final = "\x1f"
"""Stands in no identifier."""
_CANDIDATES: Final = FEED_TABLES["candidates"]
_OF: Final = (current_scores, _CANDIDATES)
"""Who stands in one of these with an office is of it."""


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
    counts = _counts(connection, sorted(set().union(*pieces)))
    known = [sorted((p for p in some if counts[p]), key=lambda p: (counts[p], p)) for some in pieces]
    people = 0 if office is None else _people(connection, office)
    small = office is not None and people <= _SMALL_OFFICE
    found: dict[str, None] = {}
    for some, all_of_it in zip(known, pieces, strict=True):
        if some and len(some) == len(all_of_it) and not small:
            found |= dict.fromkeys(_with_all(connection, _spread(some), office=office, people=people, limit=limit))
    if len(found) < min(limit, _ENOUGH):
        rare = sorted(set().union(*known), key=lambda p: (counts[p], p))[:_SEEDS]
        if office is not None and small:
            found |= dict.fromkeys(_likeliest_of(connection, rare, office))
        else:
            found |= dict.fromkeys(_likeliest(connection, rare, office, people))
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


def _counts(connection: Connection, pieces: Sequence[int]) -> dict[int, int]:
    """How many names have some pieces, as far as that matters; what many have is not counted again."""
    known = _KNOWN.setdefault(connection.engine, {})
    found = {piece: known[piece] for piece in pieces if piece in known}
    for piece in pieces:
        if piece not in found:
            some = sa.select(sa.literal(1)).where(name_tokens.c.token == piece).limit(_COUNTED_TO).subquery()
            found[piece] = int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())
            if found[piece] >= _COUNTED_ONCE and len(known) < _MOST_KNOWN:
                known[piece] = found[piece]
    return found


def _spread(pieces: Sequence[int]) -> list[int]:
    """Some of a name's pieces, given from the rarest on: those of one word are about as rare, and say the same."""
    some = min(_TOGETHER, len(pieces))
    chosen = [pieces[at * (len(pieces) - 1) // max(some - 1, 1)] for at in range(some)]
    return [*chosen[:1], *chosen[some // 2 :], *chosen[1 : some // 2]] if some > 1 else chosen


def _with_all(
    connection: Connection, pieces: Sequence[int], *, office: str | None, people: int, limit: int
) -> Iterable[str]:
    """Candidates whose names have all of these pieces, the rarest of them given first."""
    if office is not None and people <= _READ_OF_OFFICE:
        who = _people_of(office).cte("of_it").c.candidate_id
        query, last = sa.select(who), []
    else:
        table = name_tokens.alias()
        who, (rarest, *pieces) = table.c.candidate_id, pieces
        query, last = sa.select(who).where(table.c.token == rarest), _within(who, office)
    for piece in pieces:
        other = name_tokens.alias()
        query = query.where(sa.exists().where(other.c.token == piece, other.c.candidate_id == who))
    query = query.where(*last)  # SQLite asks in this order, and few have all pieces
    return connection.execute(query.order_by(who).limit(limit)).scalars()


def _likeliest(connection: Connection, pieces: Sequence[int], office: str | None, people: int) -> list[str]:
    """Candidates whose names have most of these pieces, as far as they are read."""
    named = (_with_piece(connection, piece) for piece in pieces)
    if office is None:
        return list(islice(_most_first(named), _POOL))
    if people <= _READ_OF_OFFICE:
        of_it = _as_one(connection, _people_of(office).subquery().c.candidate_id)
        return list(islice(_most_first(some & of_it for some in named), _POOL))
    return list(islice(_asked_of(connection, _most_first(named), office), _POOL))


def _with_piece(connection: Connection, piece: int) -> set[str]:
    """Some candidates whose names have a piece."""
    some = sa.select(name_tokens.c.candidate_id).where(name_tokens.c.token == piece).limit(_READ_OF_A_SEED).subquery()
    return _as_one(connection, some.c.candidate_id)


def _as_one(connection: Connection, candidates: sa.ColumnElement[str]) -> set[str]:
    """Candidates read as one text, since many rows take longer to hand out than to find."""
    together = connection.execute(sa.select(sa.func.aggregate_strings(candidates, _BETWEEN))).scalar()
    return set() if together is None else set(together.split(_BETWEEN))


def _likeliest_of(connection: Connection, pieces: Sequence[int], office: str) -> list[str]:
    """Of all people of an office, those whose names have most of these pieces."""
    of_it = _people_of(office).cte("of_it")
    c = name_tokens.c
    same = sa.and_(c.candidate_id == of_it.c.candidate_id, c.token.in_(pieces))
    query = (
        sa.select(c.candidate_id)
        .select_from(of_it.join(name_tokens, same))
        .group_by(c.candidate_id)
        .order_by(sa.func.count().desc(), c.candidate_id)
        .limit(_POOL)
    )
    return list(connection.execute(query).scalars())


def _most_first(named: Iterable[set[str]]) -> Iterator[str]:
    """Who is in most of some sets, the most first; what nobody reads on to is not sorted."""
    in_more: list[set[str]] = []  # in one of them and more, in two and more, ...
    for some in named:
        again = [some, *(some & others for others in in_more)]
        in_more = [others | more for others, more in zip([*in_more, set()], again, strict=True)]
    for others, more in zip(reversed(in_more), [set[str](), *reversed(in_more)], strict=False):
        yield from sorted(others - more)


def _asked_of(connection: Connection, ranked: Iterator[str], office: str) -> Iterator[str]:
    """Those of some candidates who are of an office, in their order; no more than the likeliest are asked about."""
    # So written, no index of offices is used, in which a database would look through all people of this one.
    mine = [sa.and_(t.c.candidate_id.in_(_SOME), sa.func.coalesce(t.c.office, "") == office) for t in _OF]
    query = sa.union_all(*(sa.select(t.c.candidate_id).where(of) for t, of in zip(_OF, mine, strict=True)))
    likeliest = islice(ranked, _ASKED_OF_OFFICE)
    while some := list(islice(likeliest, _ASKED_AT_ONCE)):
        of_it = set(connection.execute(query, {_SOME.key: some}).scalars())
        yield from (candidate for candidate in some if candidate in of_it)


def _people(connection: Connection, office: str) -> int:
    """How many people an office has, as far as that matters; who is recorded and has a case counts twice."""
    of_it = sa.union_all(*(sa.select(sa.literal(1)).where(t.c.office == office) for t in _OF))
    some = of_it.limit(_READ_OF_OFFICE + 1).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def _closest(connection: Connection, candidates: list[str], spellings: Sequence[set[int]]) -> list[str]:
    """Candidates by the share of a spelling's pieces that their names have, the greatest first; ties as given."""
    wanted = sorted(set().union(*spellings))
    has: dict[str, set[int]] = {}
    c = name_tokens.c
    together = sa.func.aggregate_strings(sa.cast(c.token, sa.String), _BETWEEN)
    which = (c.candidate_id.in_(_SOME), c.token.in_(wanted))
    query = sa.select(c.candidate_id, together).where(*which).group_by(c.candidate_id)
    for start in range(0, len(candidates), _ASKED_AT_ONCE):
        rows = connection.execute(query, {_SOME.key: candidates[start : start + _ASKED_AT_ONCE]})
        has |= {candidate: set(map(int, tokens.split(_BETWEEN))) for candidate, tokens in rows}
    share = {
        candidate: max((len(pieces & own) / len(pieces) for pieces in spellings if pieces), default=0.0)
        for candidate, own in has.items()
    }
    return sorted(candidates, key=lambda candidate: -share.get(candidate, 0.0))


def _within(candidate: sa.ColumnElement[str], office: str | None) -> list[sa.ColumnElement[bool]]:
    """Whether an office has recorded a person, or has a case of theirs."""
    if office is None:
        return []
    return [sa.or_(*(sa.exists().where(table.c.candidate_id == candidate, table.c.office == office) for table in _OF))]


def _people_of(office: str) -> sa.CompoundSelect[tuple[str]]:
    """Whom an office has recorded, or has cases of."""
    return sa.union(*(sa.select(table.c.candidate_id).where(table.c.office == office) for table in _OF))
