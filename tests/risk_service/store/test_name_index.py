"""The index of pieces of names says of everybody what a table of people and their pieces would."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import StoreError
from risk_service.store import marks, migrate, name_index
from risk_service.store.deliveries import set_fact
from risk_service.store.tables import name_pieces, named_people

PEOPLE = [f"C-{number}" for number in range(12)]
PIECES = st.frozensets(st.integers(0, 9), max_size=5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.dictionaries(st.sampled_from(PEOPLE), PIECES, max_size=6)),
        st.tuples(st.just("remove"), st.lists(st.sampled_from(PEOPLE), max_size=4, unique=True)),
    ),
    max_size=8,
)


class _UndoneError(Exception):
    """Ends a transaction of which nothing is kept."""


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(name_index, "PAGE", 4)


def _ranked(connection, *spellings, among=None):
    """Groups of people with the same share, the greatest first."""
    shares = name_index.shares(connection, spellings)
    return [name_index.people_of(connection, some) for some in shares.best(among)]


def _kept(connection):
    """People and their pieces, as the tables have them, and how often each person stands there."""
    who = dict(map(tuple, connection.execute(sa.select(named_people.c.number, named_people.c.candidate_id))))
    pieces = {candidate: set() for candidate in who.values()}
    for page, token, members in connection.execute(sa.select(name_pieces)):
        places = np.frombuffer(members, dtype="<u2").tolist()
        assert places == sorted(set(places)) != []
        for place in places:
            pieces[who[page * name_index.PAGE + place]].add(token)
    return pieces, sorted(who.values())


def _by_hand(pieces, spellings):
    shares = {
        who: max((len(some & own) / len(some) for some in spellings if some), default=0) for who, own in pieces.items()
    }
    return [
        {who for who, share in shares.items() if share == one}
        for one in sorted({share for share in shares.values() if share}, reverse=True)
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, spellings=st.lists(PIECES, max_size=10))
def test_it_says_what_people_and_their_pieces_say(store, steps, spellings):
    with contextlib.suppress(_UndoneError), store.writing() as connection:
        pieces = {}
        for what, given_ in steps:
            if what == "add":
                name_index.add(connection, given_)
                for who, some in given_.items():
                    if some:
                        pieces[who] = pieces.get(who, set()) | some
            else:
                name_index.remove(connection, given_)
                pieces = {who: some for who, some in pieces.items() if who not in given_}

        assert _kept(connection) == (pieces, sorted(pieces))
        assert [set(some) for some in _ranked(connection, *spellings)] == _by_hand(pieces, spellings)
        raise _UndoneError


def test_who_came_last_comes_first_and_only_those_asked_about(store):
    with store.writing() as connection:
        for who in PEOPLE:
            name_index.add(connection, {who: {1, 2}})
        assert _ranked(connection, {1, 2}) == [PEOPLE[::-1]]
        among = np.array([7, 2, 900])
        assert _ranked(connection, {1, 2, 3}, among=among) == [["C-7", "C-2"]]
        assert _ranked(connection, {3}, among=among) == []
        assert _ranked(connection, set()) == []


def test_a_name_of_too_many_pieces_is_compared_by_none(store):
    with store.writing() as connection:
        name_index.add(connection, {"C-1": {1, 2}})
        assert _ranked(connection, set(range(256))) == []
        assert _ranked(connection, set(range(255))) == [["C-1"]]


def test_made_anew_people_are_found_by_both_until_the_end_and_by_the_new_one_after_it(store):
    with store.writing() as connection:
        name_index.add(connection, {who: {1} for who in PEOPLE[:6]})
        name_index.begin_anew(connection)
        name_index.add(connection, {who: {101} for who in PEOPLE[:3]})
        assert _ranked(connection, {1}, {101}) == [["C-2", "C-1", "C-0", "C-5", "C-4", "C-3", "C-2", "C-1", "C-0"]]

        name_index.add(connection, {who: {101} for who in PEOPLE[3:6]})
        name_index.remove(connection, ["C-0", "C-4"])
        left = {"C-1", "C-2", "C-3", "C-5"}
        assert _kept(connection)[0] == {who: {1, 101} for who in left}, "also from the pages of before"
        name_index.end_anew(connection)

        assert _kept(connection) == ({who: {101} for who in left}, sorted(left))
        assert _ranked(connection, {1}) == []
        name_index.add(connection, {"C-9": {101}})
        assert _ranked(connection, {101})[0][0] == "C-9"


@pytest.fixture
def one_large_page(monkeypatch):
    monkeypatch.setattr(name_index, "PAGE", 1 << 16)


@pytest.mark.usefixtures("one_large_page")
def test_a_store_of_before_gets_the_index_and_goes_back_to_rows(store):
    pieces = {"C-1": {1, 2}, "C-2": {2}, "C-4": {2, 3, 1 << 47}}
    with store.writing() as connection:
        name_index.add(connection, {"C-3": {1, 9}, **pieces})
        name_index.remove(connection, ["C-3"])

    migrate.downgrade(store, "0013")

    with store.reading() as connection:
        rows = connection.execute(sa.text("SELECT candidate_id, token FROM name_tokens"))
        assert sorted(map(tuple, rows)) == sorted((who, piece) for who, some in pieces.items() for piece in some)
    migrate.upgrade(store)
    with store.writing() as connection:
        assert _kept(connection) == (pieces, sorted(pieces))
        name_index.add(connection, {"C-0": {2}})
        assert _ranked(connection, {2}) == [["C-0", "C-4", "C-2", "C-1"]]


@pytest.mark.usefixtures("one_large_page")
@pytest.mark.parametrize(("at", "to"), [("0013", "0014"), ("0014", "0013")])
def test_a_store_whose_hashes_are_being_made_anew_is_not_migrated_before_that_is_over(store, at, to):
    migrate.downgrade(store, at)
    with store.writing() as connection:
        set_fact(connection, marks.FACT, "moving:00:C-1")
    move = migrate.upgrade if to > at else migrate.downgrade
    with pytest.raises(StoreError, match="keys rotate-hashes"):
        move(store, to)
    assert migrate.current(store) == at
