"""Findings, corrections, objections and overrides over the interface, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.rules import load_rules
from models.times import US_PER_DAY, parse_moment
from risk_service.services.replay import replay
from risk_service.services.rescoring import rescore
from risk_service.store import scores as queue
from risk_service.store.casework_tables import corrections, findings, objections, overrides
from risk_service.store.feeds import load_feeds
from risk_service.store.tables import audit, idempotency
from tests.service import NOW_US

CASE = "/api/v1/cases/R-BACK"
HELPED = {
    "finding": "procedural",
    "state_found": "incomplete",
    "help_given": "steps_completed",
    "own_view": "procedural",
}
FOUND = {"finding": "non_procedural", "state_found": "incomplete", "note": "Contoh Fiktif BACK menunjukkan tiket"}


def post(service, path, role="investigator", body=None, *, key=None, **headers):
    given = {"Authorization": f"Bearer {key or service.key[role]}", "X-Purpose": "case_work", **headers}
    more = {} if body is None else {"json": body}
    return service.client.post(path, headers=given, **more)


def outcomes(service, candidate="C-BACK"):
    with service.store.reading() as connection:
        rows = load_feeds(connection, candidates=[candidate], only=("outcomes",))["outcomes"]
    return [row for row in rows.sort("ingest_seq").to_dicts() if row["outcome_id"].startswith("F-")]


def score_again(service, as_of):
    rules = load_rules()
    release = service.app.extensions["risk-service"].reader.releases.at()
    return rescore(service.store, release=release, rules=rules, as_of_us=as_of, clock=lambda: service.now_us)


def replayed(service):
    """What replaying every stored score of the case comes to."""
    reader = service.app.extensions["risk-service"].reader
    with service.store.reading() as connection:
        numbers = [score.score_id for score in queue.history(connection, "R-BACK")]
    found = [replay(service.store, number, releases=reader.releases, rules=reader.rules) for number in numbers]
    return {again.state for again in found}


@pytest.mark.everywhere
def test_help_needs_one_officer_and_a_non_procedural_finding_two(service):
    got = post(service, f"{CASE}/findings", body=HELPED)
    assert (got.status_code, got.json["state"], got.json["own_view"]) == (201, "confirmed", "procedural")
    assert service.get(got.headers["Location"]).json == got.json
    row = outcomes(service)[0]
    assert (row["finding"], row["help_given"], row["examined_because"]) == ("procedural", "steps_completed", "worklist")
    assert row["registration_id"] == "R-BACK"

    service.now_us += 1
    first = post(service, f"{CASE}/findings", body=FOUND)
    finding = f"/api/v1/findings/{first.json['finding_id']}"
    assert (first.json["state"], first.json["may_confirm"]) == ("provisional", False)
    assert len(outcomes(service)) == 1

    assert post(service, f"{finding}/confirm").status_code == 403
    elsewhere = service.make_key("investigator", office="O-OTHER")
    waiting = service.client.get(
        "/api/v1/findings?awaiting=true", headers={"Authorization": f"Bearer {elsewhere}", "X-Purpose": "case_work"}
    ).json["items"]
    assert [(item["finding_id"], item["note"]) for item in waiting] == [(first.json["finding_id"], FOUND["note"])]
    service.now_us += 1
    stale = post(service, f"{finding}/confirm", key=elsewhere, **{"If-Match": '"7"'})
    assert stale.status_code == 412
    done = post(service, f"{finding}/confirm", key=elsewhere, **{"If-Match": first.headers["ETag"]})
    assert (done.status_code, done.json["state"], done.json["confirmed_at"]) == (
        200,
        "confirmed",
        "2025-09-11T02:00:00.000002Z",
    )
    confirmed = outcomes(service)[1]
    assert (confirmed["finding"], confirmed["retracted"]) == ("non_procedural", False)
    assert confirmed["recorded_at"].microsecond == 2
    assert post(service, f"{finding}/confirm", key=elsewhere).status_code in (404, 409)

    service.now_us += 1
    back = post(service, f"{finding}/retract", body={"reason": "orang lain"})
    assert (back.json["state"], back.json["retraction"]) == ("retracted", "orang lain")
    assert [row["retracted"] for row in outcomes(service)] == [False, False, True]
    assert post(service, f"{finding}/retract", body={"reason": "lagi"}).status_code == 409
    listed = service.get("/api/v1/findings?case=R-BACK&limit=1").json
    assert [item["state"] for item in listed["items"]] == ["retracted"]
    rest = service.get(f"/api/v1/findings?case=R-BACK&limit=1&cursor={listed['next']}").json
    assert ([item["state"] for item in rest["items"]], rest["next"]) == (["confirmed"], None)


def test_a_finding_that_waits_too_long_lapses_and_is_never_counted(service):
    first = post(service, f"{CASE}/findings", body=FOUND).json
    service.now_us += 14 * US_PER_DAY

    assert service.get(f"/api/v1/findings/{first['finding_id']}").json["state"] == "lapsed"
    assert service.get("/api/v1/findings?awaiting=true").json["items"] == []
    assert len(service.get("/api/v1/findings?state=lapsed").json["items"]) == 1
    assert post(service, f"/api/v1/findings/{first['finding_id']}/confirm", "supervisor").status_code == 409
    assert outcomes(service) == []


def test_a_finding_sent_twice_is_recorded_once_and_its_note_lies_nowhere_in_the_open(service):
    sent = {"Idempotency-Key": "one-intention"}
    first = post(service, f"{CASE}/findings", body=FOUND, **sent)
    again = post(service, f"{CASE}/findings", body=FOUND, **sent)

    assert again.json == first.json
    assert again.headers["ETag"] == first.headers["ETag"]
    with service.store.reading() as connection:
        kept = [*connection.execute(sa.select(findings)), *connection.execute(sa.select(idempotency))]
        kept += connection.execute(sa.select(audit))
    assert sum(row[0] == first.json["finding_id"] for row in kept) == 1
    assert "tiket" not in str(kept)
    assert b"tiket" not in b"".join(value for row in kept for value in row if isinstance(value, bytes))


def test_a_finding_is_about_what_has_been_seen_in_a_case_of_the_office(service):
    assert post(service, f"{CASE}/findings", body={**HELPED, "checked_on": "2025-09-12"}).status_code == 422
    assert post(service, f"{CASE}/findings", body={**HELPED, "examined_because": "random_check"}).status_code == 422
    assert post(service, f"{CASE}/findings", body={**HELPED, "note": "  "}).status_code == 422
    assert post(service, "/api/v1/cases/R-NONE/findings", body=HELPED).status_code == 404
    other = service.make_key("investigator", office="O-OTHER")
    assert post(service, f"{CASE}/findings", body=HELPED, key=other).status_code == 404
    assert post(service, f"{CASE}/findings", "viewer", body=HELPED).status_code == 403
    departed = post(service, "/api/v1/cases/R-OUT-0/findings", body={**HELPED, "departed_on": "2025-09-01"})
    assert departed.status_code == 201
    mine = post(service, f"{CASE}/findings", body=HELPED).json["finding_id"]
    hidden = service.client.get(
        f"/api/v1/findings/{mine}", headers={"Authorization": f"Bearer {other}", "X-Purpose": "case_work"}
    )
    assert hidden.status_code == 404


STEP = {
    "feed": "registration_steps",
    "key": {"registration_id": "R-BACK", "step": "insurance"},
    "values": {"completed_on": "2025-09-01", "issuer": "insurer"},
    "reason": "kartu kepesertaan dibawa",
}


@pytest.mark.everywhere
def test_an_accepted_correction_changes_the_score_at_once_and_the_queue_with_the_next_run(service):
    before = service.get(f"{CASE}/score").json
    raised = post(service, f"{CASE}/corrections", body=STEP)
    assert (raised.status_code, raised.json["state"], raised.json["values"]) == (201, "open", STEP["values"])
    correction = f"/api/v1/corrections/{raised.json['correction_id']}"
    assert raised.json["on_record"] == {}
    assert service.get(f"{CASE}/score").json == before
    assert post(service, f"{correction}/decide", body={"accept": True, "reason": "ok"}).status_code == 403

    service.now_us += 1
    done = post(service, f"{correction}/decide", "supervisor", {"accept": True, "reason": "sertifikat dilihat"})
    assert (done.status_code, done.json["state"]) == (200, "accepted")
    after = service.get(f"{CASE}/score").json
    assert after["log_odds"] < before["log_odds"]
    steps = {step["step"]: step["state"] for step in service.get(CASE).json["steps"]}
    assert steps["insurance"] == "done"
    assert service.get(f"{CASE}/score?as_of=2025-09-10").json["log_odds"] == before["log_odds"]
    assert after["freshness"]["registration_steps"] > before["freshness"]["registration_steps"]

    score_again(service, service.now_us)
    assert service.get(f"{CASE}/score").json["log_odds"] == after["log_odds"]
    past = service.get(f"{CASE}/scores").json["items"]
    assert [item["log_odds"] for item in past] == [after["log_odds"], before["log_odds"]]
    assert replayed(service) == {"same"}
    assert post(service, f"{correction}/decide", "supervisor", {"accept": False, "reason": "x"}).status_code == 409


def test_rows_are_changed_withdrawn_and_refused_field_by_field(service):
    supervisor = service.make_key("supervisor")

    def settle(case, *, accept=True, **stated):
        raised = post(service, f"/api/v1/cases/{case}/corrections", "supervisor", {"reason": "salah ketik", **stated})
        assert raised.status_code == 201, raised.json
        service.now_us += 1
        where = f"/api/v1/corrections/{raised.json['correction_id']}/decide"
        done = post(service, where, body={"accept": accept, "reason": "dilihat"}, key=supervisor)
        assert done.status_code == 200, done.json
        return done.json

    who = {"feed": "candidates", "key": {"candidate_id": "C-BACK"}}
    shown = settle("R-BACK", **who, values={"nik": "9999021705950001", "birth_date": "1995-05-18"})
    assert shown["values"] == {"nik": "••••••••••••0001", "birth_date": "1995-05-18"}
    candidate = service.get("/api/v1/candidates/C-BACK").json
    assert (candidate["nik"], candidate["full_name"]) == ("••••••••••••0001", "C••• F••• B•••")

    moved = {
        "feed": "registrations",
        "key": {"registration_id": "R-BACK"},
        "values": {"planned_departure_on": "2025-09-20"},
    }
    settle("R-BACK", accept=False, **moved)
    assert service.get(CASE).json["case"]["planned_departure_on"] == "2025-09-22"
    settle("R-BACK", **moved)
    assert service.get(CASE).json["case"]["planned_departure_on"] == "2025-09-20"
    settle("R-BACK", feed="registrations", key={"registration_id": "R-BACK"}, withdraw=True)
    assert service.get(CASE).status_code == 404

    def refused(**stated):
        return post(service, "/api/v1/cases/R-FULL/corrections", body={"reason": "salah", **stated}).status_code

    own = {"feed": "registrations", "key": {"registration_id": "R-FULL"}}
    assert refused(**own, values={"scheme": "teleport"}) == 422
    assert refused(**own, values={"scheme": ""}) == 422
    assert refused(**own, values={"candidate_id": "C-BACK"}) == 422
    assert refused(**own) == 422
    assert refused(**own, values={"scheme": "ukps"}, withdraw=True) == 422
    assert refused(feed="registrations", key={"step": "medical"}, values={"scheme": "ukps"}) == 422
    assert refused(feed="registrations", key={"registration_id": "R-TIE"}, values={"scheme": "ukps"}) == 404
    assert refused(feed="agencies", key={"agency_id": "AG-ACT"}, withdraw=True) == 422
    assert refused(**STEP | {"values": {"issuer": "bp3mi"}, "key": {"registration_id": "R-FULL", "step": "x"}}) == 404
    with service.store.reading() as connection:
        assert "salah ketik" not in str(connection.execute(sa.select(corrections)).all())


@pytest.mark.everywhere
def test_whoever_objects_is_served_by_date_and_not_scored(service):
    scored = service.get(CASE).json["score"]
    raised = post(service, "/api/v1/candidates/C-BACK/objections", body={"reason": "tidak mau dinilai"})
    assert (raised.status_code, raised.json["in_force"]) == (201, True)
    assert post(service, "/api/v1/candidates/C-BACK/objections", body={"reason": "lagi"}).status_code == 409

    def unscored(item):
        return (item["lane"], item["band"], item["probability"]) == ("by_date", "insufficient", None)

    view = service.get(CASE).json
    assert unscored(view["score"])
    assert (view["score"]["reasons"], view["score"]["log_odds"], view["case"]["lane"]) == ([], None, "by_date")
    assert view["score"]["recourse"] == scored["recourse"]
    assert unscored(service.get(f"{CASE}/score?as_of=2025-09-01").json)
    assert all(unscored(item) for item in service.get(f"{CASE}/scores").json["items"])
    listed = {item["case_id"]: item for item in service.get("/api/v1/cases?limit=200").json["items"]}
    assert unscored(listed["R-BACK"])
    assert not unscored(listed["R-FULL"])

    service.now_us += 1
    score_again(service, service.now_us)
    with service.store.reading() as connection:
        stored = queue.current(connection, "R-BACK")
    assert (stored.lane, stored.log_odds, stored.reasons) == ("by_date", None, [])
    assert stored.planned_day is not None
    assert replayed(service) == {"same"}

    service.now_us += 1
    lifted = post(service, f"/api/v1/objections/{raised.json['objection_id']}/lift", body={"reason": "mau lagi"})
    assert (lifted.status_code, lifted.json["in_force"]) == (200, False)
    score_again(service, service.now_us)
    assert service.get(CASE).json["score"]["log_odds"] == scored["log_odds"]
    past = service.get("/api/v1/candidates/C-BACK/objections").json["items"]
    assert [(item["reason"], item["lifting"]) for item in past] == [("tidak mau dinilai", "mau lagi")]


def test_an_override_stands_beside_the_score_until_its_end(service):
    def override(case, band, expires="2025-09-20", role="investigator"):
        body = {"band": band, "reason": "dilihat sendiri", "expires_on": expires}
        return post(service, f"/api/v1/cases/{case}/overrides", role, body)

    down = override("R-FULL", "none")
    assert (down.status_code, down.json["state"], down.json["model_band"]) == (201, "in_force", "first")
    assert service.get("/api/v1/cases/R-FULL").json["score"]["band"] == "first"
    up = override("R-JP", "first")
    assert (up.json["state"], up.json["may_confirm"]) == ("provisional", False)
    where = f"/api/v1/overrides/{up.json['override_id']}"
    assert post(service, f"{where}/confirm").status_code == 403
    assert [item["may_confirm"] for item in service.get("/api/v1/overrides?awaiting=true").json["items"]] == [True]
    assert post(service, f"{where}/confirm", "supervisor").json["state"] == "in_force"
    assert override("R-FULL", "first").status_code == 409
    assert override("R-FULL", "check", "2026-09-20").status_code == 422
    assert override("R-FULL", "check", "2025-09-10").status_code == 422

    other = override("R-FULL", "check")
    states = {item["band"]: item["state"] for item in service.get("/api/v1/overrides?case=R-FULL").json["items"]}
    assert states == {"none": "ended", "check": "in_force"}
    ended = post(service, f"/api/v1/overrides/{other.json['override_id']}/end", body={"reason": "berubah"})
    assert (ended.json["state"], ended.json["ending"]) == ("ended", "berubah")
    service.now_us = parse_moment("2025-09-21")
    assert {item["state"] for item in service.get("/api/v1/overrides").json["items"]} == {"ended", "expired"}


def test_all_of_it_leaves_entries_and_no_words_of_officers(service):
    post(service, f"{CASE}/own-view", body={"view": "unsure"})
    post(service, f"{CASE}/findings", body=FOUND)
    post(service, f"{CASE}/corrections", body=STEP)
    post(service, "/api/v1/candidates/C-FULL/objections", body={"reason": "rahasia"})
    post(
        service, "/api/v1/cases/R-JP/overrides", body={"band": "check", "reason": "rahasia", "expires_on": "2025-09-20"}
    )
    with service.store.reading() as connection:
        entries = connection.execute(sa.select(audit).where(audit.c.at_us == NOW_US)).mappings().all()
        kept = [connection.execute(sa.select(table)).all() for table in (objections, overrides)]
    actions = [row["action"] for row in entries if row["principal"] == service.key["investigator"].split("_")[1]]
    assert actions == ["view.record", "finding.record", "correction.raise", "objection.raise", "override.make"]
    assert "rahasia" not in str(kept)
    assert "tiket" not in str(entries)


@pytest.mark.everywhere
def test_a_correction_that_waits_says_what_is_on_record_and_masks_who_it_is(service):
    key = {"candidate_id": "C-BACK"}
    values = {"full_name": "Contoh Fiktif Lain", "birth_date": "1999-02-01", "safe_to_contact": "false"}
    body = {"feed": "candidates", "key": key, "values": values, "reason": "KTP dibawa"}
    raised = post(service, f"{CASE}/corrections", body=body).json
    now = raised["on_record"]
    assert set(now) == set(values)
    assert now["full_name"] == "C••• F••• B•••"
    assert now["safe_to_contact"] in ("true", "false", None)
    whole = {"feed": "registrations", "key": {"registration_id": "R-BACK"}, "withdraw": True, "reason": "keliru"}
    row = post(service, f"{CASE}/corrections", body=whole).json["on_record"]
    assert (row["destination_country"], row["status"]) == ("HK", "open")
    assert not {"candidate_id", "recorded_at", "retracted"} & set(row)

    listed = {one["correction_id"]: one for one in service.get("/api/v1/corrections?case=R-BACK").json["items"]}
    assert listed[raised["correction_id"]]["on_record"] == now
    path = f"/api/v1/corrections/{raised['correction_id']}"
    assert service.get(path).json["on_record"] == now
    done = post(service, f"{path}/decide", "supervisor", {"accept": False, "reason": "tidak cocok"}).json
    assert (done["state"], done["on_record"], done["replaced"]) == ("refused", None, now)


@pytest.mark.everywhere
def test_a_decided_correction_keeps_what_it_replaced_sealed_and_shows_it_masked(service):
    path, key = f"{CASE}/corrections", {"registration_id": "R-BACK"}
    first, second = (
        post(service, path, body={"feed": "registrations", "key": key, "values": values, "reason": "dibawa"}).json
        for values in ({"planned_departure_on": "2025-10-01"}, {"planned_departure_on": "2025-10-15"})
    )
    name = {"feed": "candidates", "key": {"candidate_id": "C-BACK"}, "values": {"full_name": "Contoh Fiktif Lain"}}
    named = post(service, path, body=name | {"reason": "KTP"}).json
    step = {"feed": "registration_steps", "key": {**key, "step": "insurance"}, "reason": "kartu"}
    new = post(service, path, body=step | {"values": {"issuer": "insurer", "completed_on": "2025-09-01"}}).json
    whole = {"feed": "registrations", "key": key, "withdraw": True, "reason": "keliru"}
    gone = post(service, path, body=whole).json
    assert {one["replaced"] for one in (first, second, named, new, gone)} == {None}

    def decided(raised):
        address = f"/api/v1/corrections/{raised['correction_id']}"
        done = post(service, f"{address}/decide", "supervisor", {"accept": True, "reason": "cocok"}).json
        assert service.get(address).json["replaced"] == done["replaced"]
        return done["replaced"]

    assert decided(first) == {"planned_departure_on": "2025-09-22"}
    assert decided(second) == {"planned_departure_on": "2025-10-01"}
    assert decided(named) == {"full_name": "C••• F••• B•••"}
    assert decided(new) == {}
    assert decided(gone)["planned_departure_on"] == "2025-10-15"
    listed = service.get("/api/v1/corrections?case=R-BACK").json["items"]
    assert {one["correction_id"]: one["replaced"] for one in listed}[second["correction_id"]] == {
        "planned_departure_on": "2025-10-01"
    }
    with service.store.reading() as connection:
        kept = [row.replaced for row in connection.execute(sa.select(corrections))]
    assert all(kept)
    assert not [some for some in kept if b"2025" in bytes(some) or b"Contoh" in bytes(some)]


def test_whoever_confirmed_a_finding_for_another_office_can_read_it_again(service):
    elsewhere = service.make_key("investigator", office="O-OTHER")
    who = {"Authorization": f"Bearer {elsewhere}", "X-Purpose": "case_work"}
    finding = f"/api/v1/findings/{post(service, f'{CASE}/findings', body=FOUND).json['finding_id']}"
    assert post(service, f"{finding}/confirm", key=elsewhere).status_code == 200
    assert service.client.get(finding, headers=who).json["state"] == "confirmed"
    assert post(service, f"{finding}/confirm", key=elsewhere).status_code == 409
    assert post(service, f"{finding}/retract", key=elsewhere, body={"reason": "x"}).status_code == 404


def test_a_case_says_which_of_its_records_contradict(service):
    found = {case: service.get(f"/api/v1/cases/{case}").json for case in ("R-FULL", "R-BACK")}
    assert found["R-FULL"]["score"]["recourse"]["kind"] == "ask_first"
    assert [one["en"] for one in found["R-FULL"]["contradictions"]] == [
        "The visa on record is for a visit or umrah, while the plan is to work."
    ]
    assert found["R-BACK"]["contradictions"] == []
