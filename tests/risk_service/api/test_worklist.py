"""The worklist of an office and day over the interface, on both databases."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest
import sqlalchemy as sa

from models.times import US_PER_DAY, US_PER_SECOND, day_number, end_of_day
from models.worklist import LANES, Lot
from risk_service.services import casework_files, changes
from risk_service.services.casework_actions import LOCK_US
from risk_service.store.casework_tables import worklist_items, worklists
from risk_service.store.feeds import load_feeds
from risk_service.store.tables import audit, current_scores

OFFICE = "O-BP3MI"


class Officer:
    """Somebody of an office with a key."""

    def __init__(self, service, role="investigator", office=OFFICE):
        self.service = service
        self.key = service.make_key(role, office=office)
        self.id = self.key.split("_")[1]

    def ask(self, method, path, body=None, **headers):
        given = {"Authorization": f"Bearer {self.key}", "X-Purpose": "case_work", **headers}
        more = {} if body is None else {"json": body}
        return self.service.client.open(f"/api/v1{path}", method=method, headers=given, **more)

    def list(self, query=""):
        got = self.ask("GET", f"/worklist{query}")
        assert got.status_code == 200, got.json
        return got.json

    def do(self, action, *cases, **more):
        return self.ask("POST", "/worklist/actions", {"action": action, "cases": list(cases), **more})


def by_case(listed):
    return {item["case_id"]: item for item in listed["items"]}


@pytest.mark.everywhere
def test_a_day_has_one_list_with_a_draw_that_can_be_repeated(service):
    officer, colleague = Officer(service), Officer(service)
    found = officer.list()

    assert (found["office"], found["capacity"], len(found["items"])) == (OFFICE, 20, 20)
    days = [item["planned_departure_on"] for item in found["items"]]
    assert days == sorted(days, key=lambda day: (day is None, day or ""))
    assert {item["lane"] for item in found["items"]} <= set(LANES)
    assert sum(found["lanes"].values()) == 20
    service.now_us += 3600 * US_PER_SECOND
    assert colleague.list()["items"] == found["items"]

    with service.store.reading() as connection:
        kept = connection.execute(sa.select(worklists)).mappings().one()
        listed = connection.execute(sa.select(worklist_items)).mappings().all()
        c = current_scores.c
        pool = connection.execute(
            sa.select(c.case_id, c.candidate_id).where(c.lane == "scored", c.planned_day >= kept["day"])
        ).all()
        said = [json.loads(row) for row in connection.execute(sa.select(audit.c.detail)).scalars() if row]
    lot = Lot(seed=kept["seed"], office=OFFICE, day=kept["day"], share=kept["lot_share"])
    drawn = {row["case_id"] for row in listed if row["drawn"]}
    assert drawn == {case for case, _ in sorted(map(tuple, pool), key=lambda case: lot.ticket(*case))[: kept["drawn"]]}
    assert (kept["drawn"], kept["eligible"]) == (2, len(pool))
    assert {row["inclusion_probability"] for row in listed if row["drawn"]} == {2 / len(pool)}
    assert sum(len(detail.get("people", ())) for detail in said) >= 40


@pytest.mark.everywhere
def test_the_draw_shows_after_ones_own_view_and_goes_with_the_finding(service):
    officer, colleague = Officer(service), Officer(service)
    assert {item["drawn"] for item in officer.list()["items"]} == {None}
    with service.store.reading() as connection:
        rows = connection.execute(sa.select(worklist_items)).mappings().all()
    drawn = next(row for row in rows if row["drawn"])
    plain = next(row for row in rows if not row["drawn"] and row["lane"] == "contact_first")

    for row in (drawn, plain):
        assert officer.ask("POST", f"/cases/{row['case_id']}/own-view", {"view": "unsure"}).status_code == 201
    seen = by_case(officer.list())
    assert (seen[drawn["case_id"]]["drawn"], seen[plain["case_id"]]["drawn"]) == (True, False)
    assert seen[drawn["case_id"]]["inclusion_probability"] == drawn["inclusion_probability"]
    assert {item["drawn"] for item in colleague.list()["items"]} == {None}

    for row in (drawn, plain):
        body = {"finding": "procedural", "help_given": "none"}
        assert officer.ask("POST", f"/cases/{row['case_id']}/findings", body).status_code == 201
    with service.store.reading() as connection:
        outcomes = load_feeds(connection, only=("outcomes",))["outcomes"]
    reasons = {
        row["registration_id"]: (row["examined_because"], row["inclusion_probability"])
        for row in outcomes.to_dicts()
        if row["outcome_id"].startswith("F-")
    }
    assert reasons == {
        drawn["case_id"]: ("random_check", drawn["inclusion_probability"]),
        plain["case_id"]: ("worklist", None),
    }
    after = officer.list()
    assert (len(after["items"]), after["counts"]["done"]) == (18, 2)
    assert set(by_case(officer.list("?state=done"))) == {drawn["case_id"], plain["case_id"]}
    service.now_us += US_PER_DAY
    assert drawn["case_id"] not in by_case(officer.list())


def test_cases_are_taken_locked_and_rested_many_at_once_and_undone(service):
    officer, colleague, supervisor = Officer(service), Officer(service), Officer(service, "supervisor")
    one, two, three = [item["case_id"] for item in officer.list()["items"]][:3]
    done = officer.do("assign", one, two, "R-NONE").json
    assert (done["done"], [refused["case_id"] for refused in done["refused"]]) == ([one, two], ["R-NONE"])
    assert set(by_case(officer.list("?assigned=me"))) == {one, two}
    assert one not in by_case(officer.list("?assigned=nobody"))

    assert officer.do("assign", one, to=colleague.id).status_code == 403
    assert supervisor.do("assign", one, to="nobody").status_code == 422
    assert supervisor.do("assign", one, to=colleague.id).status_code == 201
    assert set(by_case(supervisor.list(f"?assigned={colleague.id}"))) == {one}

    locked = officer.do("lock", three).json
    assert by_case(colleague.list())[three]["locked_by"]["id"] == officer.id
    assert colleague.do("snooze", three, until="2025-09-20", because="other").json["refused"]
    assert colleague.ask("POST", f"/cases/{three}/findings", {"finding": "procedural"}).status_code == 409
    band = {"band": "none", "reason": "x", "expires_on": "2025-09-20"}
    assert colleague.ask("POST", f"/cases/{three}/overrides", band).json["detail"].startswith("Another officer")
    assert colleague.ask("GET", f"/cases/{three}/work").json["locked_by"]["id"] == officer.id
    assert officer.ask("POST", f"/worklist/actions/{locked['action_id']}/undo").json["done"] == [three]
    assert by_case(colleague.list())[three]["locked_by"] is None
    officer.do("lock", three)
    service.now_us += LOCK_US
    assert by_case(colleague.list())[three]["locked_by"] is None

    rest = {"until": "2025-09-20", "because": "waiting_document"}
    assert officer.do("snooze", two).status_code == 422
    assert officer.do("snooze", two, until="2025-12-20", because="other").status_code == 422
    done = officer.do("snooze", two, three, **rest).json
    assert two not in by_case(officer.list())
    assert set(by_case(officer.list("?state=resting"))) == {two, three}
    at_rest = colleague.ask("GET", f"/cases/{two}/work").json
    assert (at_rest["resting_because"], at_rest["assigned_to"]["id"]) == ("waiting_document", officer.id)
    assert colleague.ask("POST", f"/worklist/actions/{done['action_id']}/undo").status_code == 404
    officer.do("wake", three)
    undone = officer.ask("POST", f"/worklist/actions/{done['action_id']}/undo").json
    assert (undone["done"], [refused["case_id"] for refused in undone["refused"]]) == ([two], [three])
    assert officer.ask("POST", f"/worklist/actions/{done['action_id']}/undo").status_code == 409
    assert {two, three} <= set(by_case(officer.list()))


def test_a_case_at_rest_wakes_when_anything_on_record_of_it_changes(service):
    officer, supervisor = Officer(service), Officer(service, "supervisor")
    officer.list()
    officer.do("snooze", "R-BACK", until="2025-09-30", because="waiting_person")
    assert by_case(officer.list("?state=all"))["R-BACK"]["resting_until"] is not None
    raised = officer.ask(
        "POST",
        "/cases/R-BACK/corrections",
        {
            "feed": "registration_steps",
            "key": {"registration_id": "R-BACK", "step": "insurance"},
            "values": {"completed_on": "2025-09-01", "issuer": "insurer"},
            "reason": "kartu",
        },
    ).json
    where = f"/corrections/{raised['correction_id']}/decide"
    assert supervisor.ask("POST", where, {"accept": True, "reason": "ok"}).status_code == 200

    assert by_case(officer.list("?state=all"))["R-BACK"]["resting_until"] is None
    service.now_us += US_PER_DAY
    assert "R-BACK" in by_case(officer.list())


def drawn_on(service, day):
    where = (worklist_items.c.drawn == 1, worklist_items.c.day == day_number(end_of_day(dt.date.fromisoformat(day))))
    with service.store.reading() as connection:
        return set(connection.execute(sa.select(worklist_items.c.case_id).where(*where)).scalars())


def test_a_case_at_rest_is_listed_again_only_by_lot_and_one_nobody_touched_comes_back(service):
    officer = Officer(service)
    first = officer.list()
    listed = first["items"]
    resting = {item["case_id"] for item in listed if item["lane"] == "contact_first"}
    officer.do("snooze", *sorted(resting), until="2025-09-20", because="other")
    service.now_us += 3 * US_PER_DAY
    later = officer.list("?state=all")
    drawn = drawn_on(service, later["day"])
    assert drawn_on(service, first["day"])
    assert resting - drawn
    assert resting & set(by_case(later)) <= drawn
    back = by_case(officer.list("?returned=true"))
    assert back
    assert all(item["returned"] for item in back.values())
    assert set(back) <= {item["case_id"] for item in listed}


def test_capacity_is_stated_by_a_supervisor_of_the_office_and_sizes_the_next_list(service):
    officer, supervisor = Officer(service), Officer(service, "supervisor")
    first = officer.list()
    where = f"/worklist/capacities/{OFFICE}"
    assert officer.ask("PUT", where, {"capacity": 5}).status_code == 403
    assert supervisor.ask("PUT", "/worklist/capacities/O-OTHER", {"capacity": 5}).status_code == 404
    assert supervisor.ask("PUT", where, {"capacity": 0}).status_code == 422
    made = supervisor.ask("PUT", where, {"capacity": 5}, **{"If-Match": f'"{first["capacity_version"]}"'})
    assert (made.status_code, made.headers["ETag"]) == (200, '"1"')
    assert supervisor.ask("PUT", where, {"capacity": 6}, **{"If-Match": '"0"'}).status_code == 412
    assert len(officer.list()["items"]) == 20
    yesterday = officer.list()["day"]
    service.now_us += US_PER_DAY

    assert len(officer.list()["items"]) == 5
    assert len(officer.list(f"?day={yesterday}")["items"]) == 20
    assert officer.list("?day=2025-08-01")["items"] == []


def test_lists_of_other_offices_are_not_there_and_whoever_sees_all_chooses_one(service):
    assert Officer(service, office="O-OTHER").ask("GET", f"/worklist?office={OFFICE}").status_code == 404
    assert Officer(service, office="O-OTHER").list()["items"] == []
    everywhere = Officer(service, "supervisor", office=None)
    chosen = everywhere.list()
    assert (chosen["office"], chosen["offices"], chosen["items"]) == (None, [OFFICE], [])
    assert len(everywhere.list(f"?office={OFFICE}")["items"]) == 20
    assert everywhere.ask("GET", "/worklist/changes").json == {
        "office": None,
        "as_of": None,
        "items": [],
        "next": None,
    }


def test_changes_of_the_last_rescoring_and_ones_own_filters(service):
    officer = Officer(service)
    found = officer.ask("GET", "/worklist/changes").json
    assert {change for item in found["items"] for change in item["changes"]} == {"new"}
    assert len(by_case(officer.list("?changed=true"))) == 20

    assert officer.ask("PUT", "/worklist/filters/pagi", {"query": "lane=contact_first&assigned=me"}).status_code == 200
    assert officer.ask("PUT", "/worklist/filters/x", {"query": "nonsense=1"}).status_code == 422
    assert officer.ask("GET", "/worklist/filters").json["items"] == [
        {"name": "pagi", "query": "lane=contact_first&assigned=me"}
    ]
    assert Officer(service).ask("GET", "/worklist/filters").json["items"] == []
    assert officer.ask("DELETE", "/worklist/filters/pagi").status_code == 204
    assert officer.ask("DELETE", "/worklist/filters/pagi").status_code == 404


def test_changes_say_nothing_of_the_score_of_who_objects_after_a_rescoring(service, monkeypatch):
    officer = Officer(service)

    def otherwise(_connection, standings):
        earlier = ((now, replace(now, band="none", recourse_kind="steps")) for now in standings)
        return {(now.case_id, now.candidate_id): before for now, before in earlier}

    monkeypatch.setattr(changes.kept, "standings_before", otherwise)
    shown = by_case(officer.ask("GET", "/worklist/changes").json)["R-FULL"]
    assert (shown["lane"], shown["band"], shown["band_before"]) == ("scored", "first", "none")
    assert shown["changes"] == ["band", "way_back"]

    objected = officer.ask("POST", f"/candidates/{shown['candidate_id']}/objections", {"reason": "tidak mau"})
    assert objected.status_code == 201
    after = by_case(officer.ask("GET", "/worklist/changes").json)["R-FULL"]
    assert {after[name] for name in ("lane", "lane_before")} == {"by_date"}
    assert {after[name] for name in ("band", "band_before")} == {"insufficient"}
    assert after["changes"] == ["way_back"]


def test_changes_are_turned_page_by_page_and_each_is_there_once(service):
    officer = Officer(service)
    whole = officer.ask("GET", "/worklist/changes?limit=200").json
    assert whole["next"] is None
    assert any(item["planned_departure_on"] is None for item in whole["items"]), "also those without a date, the last"
    shown, address = [], "/worklist/changes?limit=3"
    while True:
        part = officer.ask("GET", address).json
        shown += part["items"]
        if part["next"] is None:
            break
        assert len(part["items"]) == 3
        address = f"/worklist/changes?limit=3&cursor={part['next']}"
    assert shown == whole["items"]


def test_a_page_of_changes_is_of_one_office_and_one_rescoring(service, monkeypatch):
    officer = Officer(service)
    cursor = officer.ask("GET", "/worklist/changes?limit=3").json["next"]
    everywhere = Officer(service, "supervisor", office=None)
    assert everywhere.ask("GET", f"/worklist/changes?office={OFFICE}&cursor={cursor}").status_code == 200
    assert everywhere.ask("GET", f"/worklist/changes?office=O-OTHER&cursor={cursor}").status_code == 422
    last = changes.runs_kept.last_done
    monkeypatch.setattr(changes.runs_kept, "last_done", lambda store: replace(last(store), run_id="another"))
    assert officer.ask("GET", f"/worklist/changes?cursor={cursor}").status_code == 422


def test_a_file_of_changes_is_whole_or_says_where_it_ends(service, monkeypatch):
    officer = Officer(service)
    listed = officer.ask("GET", "/worklist/changes?limit=200").json["items"]
    whole = officer.ask("GET", "/exports/changes.csv").data.decode("utf-8-sig")
    assert all(item["case_id"] in whole for item in listed)
    monkeypatch.setattr(casework_files, "MOST_CHANGES", 3)
    cut = officer.ask("GET", "/exports/changes.csv").data.decode("utf-8-sig")
    assert [item["case_id"] in cut for item in listed] == [True] * 3 + [False] * (len(listed) - 3)
    assert "3" in cut.splitlines()[-1]


@pytest.mark.everywhere
def test_a_case_on_the_list_says_what_is_missing_and_who_can_supply_it(service):
    officer = Officer(service)
    items = officer.list("?state=all")["items"]

    assert sum(bool(item["waiting"]) for item in items) > len(items) // 2
    for item in items:
        back = officer.ask("GET", f"/cases/{item['case_id']}/score").json["recourse"]
        missing = {step["step"]: step["office"] for step in back["steps"]}
        for step in item["waiting"]:
            assert step["step"] in missing
            assert step["office_id"] is None or missing[step["step"]] is not None
            assert (step["safety"] is not None) == (step["step"] in ("family_consent", "marital_letter"))
        waiting = [step["step"] for step in item["waiting"]]
        assert waiting == [step for step in missing if step in waiting]
    firsts = [item["waiting"][0] for item in items if item["waiting"]]
    assert any(step["turn"] for step in firsts)
