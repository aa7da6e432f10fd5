"""Who has which pieces of names, which are keyed hashes of three letters each: for every piece the numbers of people.

Use
---
``add(connection, {candidate_id: pieces})`` and ``remove(connection, candidate_ids)``
    After `hold`, which other writers of it wait for.
``shares(connection, spellings) -> Shares``
    How much of a spelling everybody has, and who comes first.
``begin_anew(connection)``, ``end_anew(connection)``
    While the hashes are made anew: who is added between has a number more, in pages of their own, and the pages of
    before stay until all is done.

People with a name have numbers one after the other, and 65,536 numbers make a page. A piece of a page is a row, with
the places within the page of all who have the piece, as sorted 16-bit integers. A common piece of a million people is
read in a millisecond, so that everybody is compared, and nobody is passed over for being read too late.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

import numpy as np
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from risk_service.store.bulk import insert_frame
from risk_service.store.deliveries import fact, set_fact
from risk_service.store.tables import facts, name_pieces, named_people

PAGE: Final = 1 << 16
_ANEW: Final = "names_anew_from_page"
_ASKED: Final = 10_000
_PLACE: Final = np.dtype("<u2")
_LOCK: Final = 0x6E616D6573
_LANES: Final = 8
"""Spellings whose pieces are counted in one sum, a byte each."""
_MOST_PIECES: Final = 255
_NAMED: Final = {"number": pl.Int64, "candidate_id": pl.String}
_PIECES: Final = {"page": pl.Int64, "token": pl.Int64, "members": pl.Binary}
_SOME: Final[sa.BindParameter[list[Any]]] = sa.bindparam("some", expanding=True)


def hold(connection: Connection) -> None:
    """Let no other transaction change the index until this one ends; call it before anything else that is locked."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def add(connection: Connection, pieces: Mapping[str, Collection[int]]) -> None:
    """Note that some people's names have some pieces, beside those they have already."""
    first = int(fact(connection, _ANEW) or 0) * PAGE
    named = sorted(who for who, some in pieces.items() if some)
    if not named:
        return
    numbers = {who: number for number, who in _numbers(connection, named) if number >= first}
    last = connection.execute(sa.select(sa.func.max(named_people.c.number))).scalar()
    new = [who for who in named if who not in numbers]
    numbers |= dict(zip(new, count(max(first, 0 if last is None else last + 1))))
    given = pl.DataFrame({"number": [numbers[who] for who in new], "candidate_id": new}, schema=_NAMED)
    insert_frame(connection, named_people, given)
    of = np.repeat([numbers[who] for who in named], [len(pieces[who]) for who in named])
    tokens = np.fromiter((token for who in named for token in pieces[who]), dtype=np.int64, count=len(of))
    for page in np.unique(of // PAGE).tolist():
        here = of // PAGE == page
        _add_to(connection, page, tokens[here], of[here] % PAGE)


def remove(connection: Connection, candidate_ids: Sequence[str]) -> None:
    """Take people out, so that nothing tells any more what their names had."""
    gone = np.array(sorted(number for number, _ in _numbers(connection, candidate_ids)), dtype=np.int64)
    c = name_pieces.c
    for page in np.unique(gone // PAGE).tolist():
        stays = np.ones(PAGE, dtype=bool)
        stays[gone[gone // PAGE == page] % PAGE] = False
        left: dict[int, bytes] = {}
        for token, members in connection.execute(sa.select(c.token, c.members).where(c.page == page)):
            places = np.frombuffer(members, dtype=_PLACE)
            stay = stays[places]
            if not stay.all():
                left[token] = places[stay].tobytes()
        _replace(connection, page, left)
    for start in range(0, len(gone), _ASKED):
        some = named_people.c.number.in_(gone[start : start + _ASKED].tolist())
        connection.execute(sa.delete(named_people).where(some))


def begin_anew(connection: Connection) -> None:
    """From now on give numbers in pages that nobody of before is in."""
    hold(connection)
    last = connection.execute(sa.select(sa.func.max(name_pieces.c.page))).scalar()
    _note(connection, 0 if last is None else last + 1)


def end_anew(connection: Connection) -> None:
    """Take away the pages of before."""
    hold(connection)
    first = int(fact(connection, _ANEW) or 0)
    connection.execute(sa.delete(name_pieces).where(name_pieces.c.page < first))
    connection.execute(sa.delete(named_people).where(named_people.c.number < first * PAGE))
    _note(connection, None)


class Shares:
    """How much of the nearest of some spellings everybody has."""

    def __init__(self, pages: Sequence[int], levels: NDArray[np.uint16]) -> None:
        self._pages, self._levels = np.array(pages, dtype=np.int64), levels

    def best(self, among: NDArray[np.int64] | None = None) -> Iterator[NDArray[np.int64]]:
        """Numbers of people by what share of a spelling's pieces they have, the greatest first, down to any at all.

        Parameters
        ----------
        among
            Numbers of those who are looked at; None: everybody.

        Yields
        ------
        ndarray
            Those who have one and the same share, who came last first.
        """
        if among is None:
            numbers, levels = None, self._levels.reshape(-1)
        else:
            among = among[np.isin(among // PAGE, self._pages)]
            numbers = np.sort(among)
            levels = self._levels[np.searchsorted(self._pages, numbers // PAGE), numbers % PAGE]
        for level in reversed(np.flatnonzero(np.bincount(levels, minlength=1)).tolist()):
            if level:
                at = np.flatnonzero(levels == level)[::-1]
                yield self._pages[at // PAGE] * PAGE + at % PAGE if numbers is None else numbers[at]


def shares(connection: Connection, spellings: Sequence[Collection[int]]) -> Shares:
    """How much of some spellings, each given by its pieces, everybody has."""
    asked = [frozenset(some) for some in dict.fromkeys(map(frozenset, spellings)) if 0 < len(some) <= _MOST_PIECES]
    known = sorted({have / len(some) for some in asked for have in range(1, len(some) + 1)})
    level = {share: at for at, share in enumerate(known, 1)}
    pages = list(connection.execute(sa.select(name_pieces.c.page).distinct()).scalars()) if asked else []
    pages.sort()
    row = {page: at for at, page in enumerate(pages)}
    levels = np.zeros((len(pages), PAGE), dtype=np.uint16)
    for start in range(0, len(asked), _LANES):
        lanes = asked[start : start + _LANES]
        worth: dict[int, int] = {}
        for lane, some in enumerate(lanes):
            for token in some:
                worth[token] = worth.get(token, 0) + (1 << 8 * lane)
        sums = np.zeros((len(pages), PAGE), dtype="<u8")
        for page, token, members in _read(connection, pages, sorted(worth)):
            sums[row[page]][np.frombuffer(members, dtype=_PLACE)] += np.uint64(worth[token])
        counts = sums.view(np.uint8).reshape(len(pages), PAGE, 8)
        for lane, some in enumerate(lanes):
            as_level = np.array([0, *(level[have / len(some)] for have in range(1, len(some) + 1))], dtype=np.uint16)
            np.maximum(levels, as_level[counts[:, :, lane]], out=levels)
    return Shares(pages, levels)


def people_of(connection: Connection, numbers: NDArray[np.int64], *which: sa.ColumnElement[bool]) -> list[str]:
    """Who some numbers stand for, in their order; with conditions: those of whom they hold."""
    c = named_people.c
    query = sa.select(c.number, c.candidate_id).where(c.number.in_(_SOME), *which)
    found: dict[int, str] = {}
    for start in range(0, len(numbers), _ASKED):
        some = numbers[start : start + _ASKED].tolist()
        found |= ((number, who) for number, who in connection.execute(query, {_SOME.key: some}))
    return [found[number] for number in numbers.tolist() if number in found]


def _read(connection: Connection, pages: Sequence[int], tokens: Sequence[int]) -> Iterator[tuple[int, int, bytes]]:
    c = name_pieces.c
    query = sa.select(c.page, c.token, c.members).where(c.page.in_(list(pages)), c.token.in_(list(tokens)))
    yield from (tuple(row) for row in connection.execute(query))


def _note(connection: Connection, page: int | None) -> None:
    connection.execute(sa.delete(facts).where(facts.c.name == _ANEW))
    if page is not None:
        set_fact(connection, _ANEW, str(page))


def _numbers(connection: Connection, candidate_ids: Sequence[str]) -> Iterator[tuple[int, str]]:
    c = named_people.c
    query = sa.select(c.number, c.candidate_id).where(c.candidate_id.in_(_SOME))
    for start in range(0, len(candidate_ids), _ASKED):
        some = list(candidate_ids[start : start + _ASKED])
        yield from ((number, who) for number, who in connection.execute(query, {_SOME.key: some}))


def _add_to(connection: Connection, page: int, tokens: NDArray[np.int64], places: NDArray[np.int64]) -> None:
    """Add people of one page, given by piece and place, pieces in any order."""
    order = np.lexsort((places, tokens))
    tokens, places = tokens[order], places[order]
    found, starts = np.unique(tokens, return_index=True)
    new = dict(zip(found.tolist(), np.split(places, starts[1:]), strict=True))
    c = name_pieces.c
    there = sa.select(c.token, c.members).where(c.page == page, c.token.in_(_SOME))
    for start in range(0, len(new), _ASKED):
        some = list(new)[start : start + _ASKED]
        for token, members in connection.execute(there, {_SOME.key: some}):
            new[token] = np.union1d(np.frombuffer(members, dtype=_PLACE), new[token])
    _replace(connection, page, {token: some.astype(_PLACE).tobytes() for token, some in new.items()})


def _replace(connection: Connection, page: int, members: Mapping[int, bytes]) -> None:
    """Write who has some pieces of a page in place of who had them; nobody: without a row."""
    c = name_pieces.c
    before = sa.delete(name_pieces).where(c.page == page, c.token.in_(_SOME))
    for start in range(0, len(members), _ASKED):
        connection.execute(before, {_SOME.key: list(members)[start : start + _ASKED]})
    rows = [(page, token, some) for token, some in sorted(members.items()) if some]
    insert_frame(connection, name_pieces, pl.DataFrame(rows, schema=_PIECES, orient="row"))
