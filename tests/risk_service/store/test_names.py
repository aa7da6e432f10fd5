"""Looking for people by name among everybody and among the people of an office, on both databases."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
import sqlalchemy as sa

from models.times import EPOCH_DATE
from risk_service.store import name_index, names
from risk_service.store.bulk import insert_frame
from risk_service.store.marks import trigrams
from risk_service.store.tables import FEED_TABLES, METADATA, current_scores, people

PEOPLE = {
    "C-1": ("Ratna Wulandari", "O-SMALL"),
    "C-2": ("Ratna Wulansari", "O-SMALL"),
    "C-3": ("Wulandari", "O-LARGE"),
    "C-4": ("Ratna Kartika", "O-LARGE"),
    "C-5": ("Bambang", "O-LARGE"),
    "C-6": ("Ratna Wulandari", None),
}
DAYS = {"C-1": (1995, 1, 1), "C-2": (1995, 12, 31), "C-3": (1996, 1, 1), "C-6": (1994, 12, 31)}

BORN = {who: (dt.date(*day) - EPOCH_DATE).days for who, day in DAYS.items()}


@pytest.fixture
def known(store, master):
    """People on record, C-5 and C-6 with a case of O-SMALL, whoever has recorded them."""
    rows = {
        "candidate_id": list(PEOPLE),
        "office": [office for _, office in PEOPLE.values()],
        "birth_date": [BORN.get(who) for who in PEOPLE],
        "recorded_at": [1] * len(PEOPLE),
        "retracted": [0] * len(PEOPLE),
        "nik_state": [0] * len(PEOPLE),
        "ingest_seq": [1] * len(PEOPLE),
        "row": list(range(len(PEOPLE))),
    }
    with store.writing() as connection:
        insert_frame(connection, people, pl.DataFrame({"candidate_id": list(PEOPLE)}))
        insert_frame(connection, FEED_TABLES["candidates"], pl.DataFrame(rows))
        name_index.add(connection, {who: trigrams(master, name) for who, (name, _) in PEOPLE.items()})
        _run(connection)
        for number, who in enumerate(("C-5", "C-6"), 1):
            _case(connection, number, who, "O-SMALL")
    return store


def _filled(table, **values):
    """A row with something in every column that must have something."""
    made = {
        column.name: "x" if isinstance(column.type, sa.String) else 0
        for column in table.columns
        if not column.nullable and column.name not in values
    }
    return sa.insert(table).values(**made, **values)


def _run(connection):
    connection.execute(_filled(METADATA.tables["runs"], run_id="run"))


def _case(connection, number, who, office):
    connection.execute(
        _filled(current_scores, case_id=f"R-{number}", candidate_id=who, run_id="run", office=office, score_id=number)
    )


def _asked(store, master, *spelt, **more):
    with store.reading() as connection:
        return names.candidates_named(connection, master, spelt, **more).people


@pytest.fixture(params=["small", "large"])
def office_of(request, monkeypatch):
    """All people of an office are looked at, or the likeliest of everybody are asked whether they are of it."""
    if request.param == "large":
        monkeypatch.setattr(names, "_SMALL_OFFICE", 0)


def test_the_likeliest_of_everybody_come_first(known, master):
    assert _asked(known, master, "ratna wulandari") == ["C-6", "C-1", "C-2", "C-3", "C-4"]
    assert _asked(known, master, "ratna wulandari", limit=2) == ["C-6", "C-1"]
    assert _asked(known, master, "ratan wulandari")[:2] == ["C-6", "C-1"]
    assert _asked(known, master, "zzqx") == []


@pytest.mark.usefixtures("office_of")
def test_people_of_an_office_are_those_it_recorded_and_those_whose_cases_it_has(known, master):
    assert _asked(known, master, "ratna wulandari", office="O-SMALL") == ["C-6", "C-1", "C-2"]
    assert _asked(known, master, "ratna wulandari", office="O-LARGE") == ["C-3", "C-4"]
    assert _asked(known, master, "bambang", office="O-SMALL") == ["C-5"]
    assert _asked(known, master, "bambang", office="O-LARGE") == ["C-5"]
    assert _asked(known, master, "bambang", office="O-NONE") == []
    assert _asked(known, master, "ratan wulandray", office="O-SMALL")[0] == "C-6"


def test_no_more_are_asked_about_than_the_likeliest(known, master, monkeypatch):
    monkeypatch.setattr(names, "_SMALL_OFFICE", 0)
    monkeypatch.setattr(names, "_ASKED_OF_OFFICE", 3)
    assert _asked(known, master, "ratna wulandary", office="O-SMALL") == ["C-6", "C-1", "C-2"]
    assert _asked(known, master, "ratna wulandary", office="O-LARGE") == []


@pytest.mark.usefixtures("office_of")
def test_a_year_of_birth_leaves_those_born_in_it_within_an_office_or_anywhere(known, master):
    assert _asked(known, master, "ratna wulandari", born=1995) == ["C-1", "C-2"]
    assert _asked(known, master, "ratna wulandari", born=1994) == ["C-6"]
    assert _asked(known, master, "ratna wulandari", born=1996) == ["C-3"]
    assert _asked(known, master, "ratna wulandari", born=1995, office="O-SMALL") == ["C-1", "C-2"]
    assert _asked(known, master, "ratna wulandari", born=1996, office="O-SMALL") == []
    assert _asked(known, master, "kartika", born=1995) == [], "whose birth is not known"


def test_more_of_a_large_office_are_asked_about_where_a_year_is_given(known, master, monkeypatch):
    monkeypatch.setattr(names, "_SMALL_OFFICE", 0)
    monkeypatch.setattr(names, "_ASKED_OF_OFFICE", 1)
    assert _asked(known, master, "ratna wulandari", office="O-SMALL") == ["C-6"]
    assert _asked(known, master, "ratna wulandari", office="O-SMALL", born=1995) == ["C-1", "C-2"]


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ({}, False),
        ({"limit": 1}, True),
        ({"limit": 2}, False),  # the third is less likely
        ({"limit": 1, "born": 1994}, False),
        ({"office": "O-SMALL"}, False),
        ({"office": "O-SMALL", "limit": 1}, True),
    ],
)
def test_it_is_told_whether_people_as_likely_were_not_looked_at(known, master, more, left):
    with known.reading() as connection:
        assert names.candidates_named(connection, master, ["ratna wulandari"], **more).left is left


def test_it_is_told_also_of_a_large_office_nobody_of_which_was_asked_about(known, master, monkeypatch):
    monkeypatch.setattr(names, "_SMALL_OFFICE", 0)
    monkeypatch.setattr(names, "_ASKED_OF_OFFICE", 1)
    with known.reading() as connection:
        found = names.candidates_named(connection, master, ["ratna wulandari"], office="O-LARGE")
    assert (found.people, found.left) == ([], True)
