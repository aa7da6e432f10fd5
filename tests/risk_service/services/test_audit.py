from __future__ import annotations

import csv
import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from risk_service.policy import Principal
from risk_service.services import audit
from risk_service.services.audit import Reading, verify
from risk_service.store import open_store
from risk_service.store.tables import audit as table
from risk_service.store.tables import audit_people

WHO = Principal(key_id="abcdefgh", name="a desk", role="viewer")


def note(store, number=0, **more):
    reading = Reading(principal=WHO, purpose="case_work", now_us=1_757_500_000_000_000 + number, request_id=None)
    audit.record(store, reading, action="case.read", subject=f"token-{number}", detail={"case": f"R{number}"}, **more)


@pytest.fixture
def trail(store):
    for number in range(6):
        note(store, number)
    return store


def change(store, statement):
    with store.engine.begin() as connection:
        connection.execute(statement)


def test_an_untouched_trail_holds(trail):
    found = verify(trail)

    assert (found.entries, found.broken) == (6, None)


def test_an_empty_trail_holds(store):
    assert verify(store).entries == 0
    assert verify(store, head=verify(store).head).broken is None


@pytest.mark.parametrize(
    "column",
    ["at_us", "principal", "role", "action", "purpose", "subject", "release", "request_id", "detail"],
)
def test_any_altered_column_shows(trail, column):
    value = 1 if column == "at_us" else "other"
    change(trail, sa.update(table).where(table.c.entry == 3).values({column: value}))

    assert verify(trail).broken.entry == 3


def test_a_removed_entry_shows(trail):
    change(trail, sa.delete(table).where(table.c.entry == 3))

    assert verify(trail).broken == audit.Broken(3, "an entry is missing")


def test_a_removed_first_entry_shows(trail):
    change(trail, sa.delete(table).where(table.c.entry == 1))

    assert verify(trail).broken is not None


def test_entries_put_in_each_others_place_show(trail):
    for old, new in ((2, 99), (3, 2), (99, 3)):
        change(trail, sa.update(table).where(table.c.entry == old).values(entry=new))

    assert verify(trail).broken.entry == 2


def test_a_cut_end_shows_only_with_a_head_kept_elsewhere(trail):
    head = verify(trail).head
    change(trail, sa.delete(table).where(table.c.entry > 4))

    assert verify(trail).broken is None
    assert "its end was cut" in verify(trail, head=head).broken.reason


def test_a_head_kept_elsewhere_stays_good_as_the_trail_grows(trail):
    head = verify(trail).head
    note(trail, 7)

    assert verify(trail, head=head).broken is None


def test_a_trail_made_anew_from_the_altered_entry_on_shows_with_the_head(trail):
    head = verify(trail).head
    change(trail, sa.delete(table).where(table.c.entry > 2))
    for number in range(10, 14):
        note(trail, number)

    assert verify(trail).broken is None
    assert verify(trail, head=head).broken is not None


@pytest.mark.parametrize(
    "statement",
    [
        sa.delete(audit_people).where(audit_people.c.person == 2),
        sa.insert(audit_people).values(person=9, entry=7),
        sa.update(audit_people).where(audit_people.c.person == 2).values(person=9),
    ],
    ids=["removed", "added", "altered"],
)
def test_an_index_that_hides_a_person_from_their_entries_shows(trail, statement):
    reading = Reading(principal=WHO, purpose="case_work", now_us=1_757_500_000_000_006)
    audit.record(trail, reading, action="case.list", detail={"people": [f"{number:016x}" for number in (1, 2, 3)]})
    assert verify(trail).broken is None
    change(trail, statement)

    assert verify(trail).broken == audit.Broken(7, "the index of the persons on lists does not say what the entry says")


def test_many_writers_at_once_make_one_chain(store):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: note(store, number), range(24)))

    found = verify(store)
    assert (found.entries, found.broken) == (24, None)


def test_an_entry_is_lost_with_the_change_it_belongs_to(store):
    def change_and_fail():
        with store.writing() as connection:
            audit.append(connection, Reading(principal=WHO, purpose=None, now_us=1), action="key.create")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert verify(store).entries == 0


def test_a_person_stands_in_the_trail_by_a_token_that_needs_the_master_key(master):
    token = audit.subject_token(master, "C-1")

    assert token == audit.subject_token(master, "C-1")
    assert token != audit.subject_token(master, "C-2")
    assert "C-1" not in token


def test_entries_can_be_read_in_pieces_and_by_subject(trail):
    first = audit.listed(trail, limit=4)
    rest = audit.listed(trail, after=first[-1]["entry"], limit=4)

    assert [entry["entry"] for entry in (*first, *rest)] == [1, 2, 3, 4, 5, 6]
    assert [entry["entry"] for entry in audit.listed(trail, limit=9, subject="token-2")] == [3]


def _note_in_a_process(url, first):
    store = open_store(url)
    for number in range(first, first + 15):
        note(store, number)
    store.close()


def test_processes_that_write_at_once_make_one_chain(store):
    url = store.engine.url.render_as_string(hide_password=False)
    start = multiprocessing.get_context("spawn")
    processes = [start.Process(target=_note_in_a_process, args=(url, 100 * number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    found = verify(store)
    assert [process.exitcode for process in processes] == [0] * 4
    assert (found.entries, found.broken) == (60, None)
    assert verify(store, head=found.head).broken is None


def test_a_line_for_a_spreadsheet_has_nothing_that_it_would_run():
    told = dict.fromkeys(audit.COLUMNS) | {"at": "2025-09-11T02:00:00Z", "subject": " =1+1", "release": "\uff1d1"}
    cells = next(csv.reader([audit.lines_of(told, "csv")]))

    columns = audit.header("csv").strip().split(",")
    assert [cells[columns.index(name)] for name in ("subject", "release")] == ["' =1+1", "'\uff1d1"]
