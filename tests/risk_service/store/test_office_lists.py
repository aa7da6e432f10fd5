"""What waits at desks and whom agencies share, on both databases."""

from __future__ import annotations

import polars as pl
import pytest

from models.waiting import SCHEMA
from risk_service.store import Store
from risk_service.store import office_lists as lists
from risk_service.store.feeds import Candidates
from risk_service.store.office_lists import Desk

EVERYBODY = Candidates(first="C", last="D")


def step(case: str, name: str = "medical", **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "case_id": f"R{case}",
        "candidate_id": f"C{case}",
        "step": name,
        "position": 7,
        "issuer": "clinic",
        "office_id": "K1",
        "case_office": "O1",
        "state": "overdue",
        "turn": True,
        "planned_day": 20_000 + int(case),
    }
    return row | more


def save(store: Store, *rows: dict[str, object], group: Candidates = EVERYBODY) -> None:
    with store.writing() as connection:
        lists.save_waiting(connection, pl.DataFrame(list(rows), schema=SCHEMA), group=group)


def listed(store: Store, desk: Desk, *, limit: int = 10, after: lists.Cursor | None = None) -> list[str]:
    with store.reading() as connection:
        return [found.case_id for found in lists.waiting(connection, desk, limit=limit, after=after)]


def test_a_desk_lists_by_departure_and_page_by_page(store: Store) -> None:
    save(store, step("3"), step("1"), step("2", planned_day=None), step("4", office_id="K2"), step("5", office_id=None))

    assert listed(store, Desk(office_id="K1")) == ["R1", "R3", "R2"]
    with store.reading() as connection:
        first = lists.waiting(connection, Desk(office_id="K1"), limit=1)
    assert listed(store, Desk(office_id="K1"), after=lists.cursor_of(first[0])) == ["R3", "R2"]
    assert listed(store, Desk(office_id="")) == ["R5"]
    assert first[0].turn is True
    assert first[0].planned_day == 20_001


def test_the_cases_of_one_office_and_the_steps_of_one_kind_can_be_had_alone(store: Store) -> None:
    save(store, step("1"), step("2", case_office="O2"), step("3", issuer="lpk"))

    assert listed(store, Desk(office_id="K1", case_office="O2")) == ["R2"]
    assert listed(store, Desk(office_id="K1", issuer="lpk")) == ["R3"]


def test_what_no_longer_waits_goes_and_what_changed_is_written_anew(store: Store) -> None:
    save(store, step("1"), step("2"), step("2", "passport", position=9))
    save(store, step("2", state="pending"), step("2", "passport", position=9))

    with store.reading() as connection:
        left = lists.waiting(connection, Desk(office_id="K1"), limit=10)
        assert [(found.case_id, found.step, found.state) for found in left] == [
            ("R2", "medical", "pending"),
            ("R2", "passport", "overdue"),
        ]


def test_other_candidates_are_left_alone(store: Store) -> None:
    save(store, step("1"), group=Candidates(first="C1", last="C1"))
    save(store, step("2"), group=Candidates(first="C2", last="C2"))

    assert listed(store, Desk(office_id="K1")) == ["R1", "R2"]


@pytest.mark.parametrize("agency", ["A1", "A2"])
def test_shared_recruiters_and_payers_name_the_other_agency(store: Store, agency: str) -> None:
    rows = [("A1", "payer", "P", 3), ("A2", "payer", "P", 1), ("A1", "recruiter", "X", 2), ("A2", "recruiter", "X", 4)]
    frame = pl.DataFrame(rows, schema=["agency_id", "kind", "ref", "cases"], orient="row")
    for _ in range(2):
        with store.writing() as connection:
            lists.save_links(connection, frame)

    with store.reading() as connection:
        found = lists.links_of(connection, agency, limit=10)
    other = {"A1": "A2", "A2": "A1"}[agency]
    assert [(link.kind, link.ref, link.agency_id) for link in found] == [
        ("recruiter", "X", other),
        ("payer", "P", other),
    ]
    assert {link.own_cases + link.cases for link in found} == {4, 6}


def test_what_waits_in_a_case_is_in_lawful_order_wherever_it_waits(store: Store) -> None:
    save(
        store,
        step("1", "passport", position=9, office_id=None, turn=False),
        step("1", position=4),
        step("2"),
        step("3"),
    )

    with store.reading() as connection:
        found = lists.waiting_in(connection, [("R1", "C1"), ("R2", "C9"), ("R7", "C7")])
    assert {case: [(one.step, one.office_id) for one in steps] for case, steps in found.items()} == {
        ("R1", "C1"): [("medical", "K1"), ("passport", "")]
    }
