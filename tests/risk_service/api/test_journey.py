"""From an empty store to a score that explains itself, over HTTP alone, on both databases."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import pytest

from models.registry import promote, publish_release
from models.releases.rules_only import rules_only_release
from models.rules import load_rules
from models.times import parse_moment
from risk_service.services.audit import verify
from risk_service.services.installation import Installation, install
from risk_service.services.rescoring import carry_out
from risk_service.settings import Settings
from tests.service import DAY_US, INSTALLED_US, JUDGE, NOW_US, open_service


def packed(folder):
    """A delivery folder as the bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"delivery/{path.name}")
    return buffer.getvalue()


def upload(service, content, *, role="feeder", **headers):
    return service.client.post(
        "/api/v1/deliveries",
        headers=service.headers(role, purpose=None, **headers),
        data={"delivery": (io.BytesIO(content), "judge.zip")},
        content_type="multipart/form-data",
    )


def start_run(service, body, **headers):
    return service.client.post("/api/v1/runs", headers=service.headers("analyst", purpose=None, **headers), json=body)


def carry_on(service):
    """Carry out the run that was asked for last, as the process in the background does."""
    registry = service.app.extensions["risk-service"].reader.releases
    run = service.started[-1]
    carry_out(service.store, run, release=registry.at(), rules=load_rules(), clock=lambda: service.now_us)
    return run


def exact_sum(score):
    return score["base"] + sum(reason["contribution"] for reason in score["reasons"]) + score["other"]


def test_from_a_delivery_to_a_score_that_adds_up(store, tmp_path):
    home = tmp_path / "home"
    settings = Settings(home=home)
    installation = Installation(registry=settings.registry, keys=settings.keys)
    install(installation, now_us=INSTALLED_US, rules_version=load_rules().version)
    service = open_service(home, store)

    empty = service.get("/api/v1/cases")
    assert empty.json == {"items": [], "next": None}

    report = upload(service, packed(JUDGE / "first"))
    assert report.status_code == 201, report.text
    assert report.json["simulated"] is True
    assert report.json["rejects"] == []
    assert {feed["feed"]: feed["taken"] for feed in report.json["feeds"]}["candidates"] > 50

    asked = start_run(service, {"as_of": "2025-09-10"})
    assert asked.status_code == 202, asked.text
    assert asked.json["state"] == "waiting"
    run = carry_on(service)
    done = service.get(asked.headers["Location"], "analyst").json
    assert (done["run_id"], done["state"]) == (run, "done")
    assert done["cases"] > 30

    items = service.get("/api/v1/cases?limit=200").json["items"]
    assert len(items) == done["cases"]
    scored = 0
    for item in items[::5]:
        case = service.get(f"/api/v1/cases/{item['case_id']}").json
        score = case["score"]
        assert (score["band"], score["lane"], score["probability"]) == (item["band"], item["lane"], item["probability"])
        if score["log_odds"] is not None:
            scored += 1
            assert exact_sum(score) == score["log_odds"]
        assert score == service.get(f"/api/v1/cases/{item['case_id']}/score?as_of=2025-09-10").json
        kept = service.get(f"/api/v1/cases/{item['case_id']}/scores").json["items"]
        assert [(past["band"], past["log_odds"]) for past in kept] == [(score["band"], score["log_odds"])]
    assert scored > 5
    assert verify(store).broken is None


def later_delivery(when):
    """A delivery in which R-T3 and R-JPHK have two more steps, recorded at `when` and dated long before."""
    rows = [
        f"{case},{step},{person},2025-07-01,bp3mi,,,{when}"
        for case, person in (("R-T3", "C-T3"), ("R-JPHK", "C-JPHK"))
        for step in ("passport", "medical")
    ]
    head = "registration_id,step,candidate_id,completed_on,issuer,issuer_ref,valid_until,recorded_at"
    manifest = {"contract": "feeds/1", "source": "judge", "produced_at": when, "simulated": True, "feeds": {}}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("registration_steps.csv", "\n".join([head, *rows]) + "\n")
        archive.writestr("manifest.json", json.dumps(manifest))
    return buffer.getvalue()


@pytest.mark.parametrize("as_of", ["2025-09-10", "2025-09-10T12:00:00%2B07:00", "2025-08-20"])
def test_facts_recorded_later_move_no_score_as_of_then(service, as_of):
    path = f"/api/v1/cases/R-JPHK/score?as_of={as_of}"
    before = service.get(path)
    assert before.status_code == 200
    service.now_us = parse_moment("2025-09-12T12:00:00+07:00")
    assert upload(service, later_delivery("2025-09-12T09:00:00+07:00")).status_code == 201

    assert service.get(path).json == before.json
    assert service.get("/api/v1/cases/R-JPHK/score?as_of=2025-09-12").json["reasons"] != before.json["reasons"]


@pytest.mark.everywhere
def test_the_present_score_is_the_stored_one_until_everybody_is_scored_again(service):
    before = service.get("/api/v1/cases/R-JPHK").json["score"]
    service.now_us = parse_moment("2025-09-12T12:00:00+07:00")
    assert upload(service, later_delivery("2025-09-12T09:00:00+07:00")).status_code == 201
    assert service.get("/api/v1/cases/R-JPHK").json["score"] == before

    start_run(service, {})
    carry_on(service)
    after = service.get("/api/v1/cases/R-JPHK").json["score"]

    assert after["log_odds"] != before["log_odds"]
    assert exact_sum(after) == after["log_odds"]
    history = service.get("/api/v1/cases/R-JPHK/scores").json["items"]
    assert [past["log_odds"] for past in history] == [after["log_odds"], before["log_odds"]]


def test_the_score_as_of_a_time_is_made_with_the_release_in_force_then(service):
    registry = Installation(registry=service.settings.registry, keys=service.settings.keys)
    release = make_second_release(registry)
    promote(
        registry.registry, release, registry.signing_key(), registry.trusted(),
        at_us=parse_moment("2025-09-11T06:00:00+07:00"), by="tests", reason="a second release",
    )  # fmt: skip

    then = service.get("/api/v1/cases/R-JPHK/score?as_of=2025-09-10").json
    now = service.get("/api/v1/cases/R-JPHK/score?as_of=2025-09-11").json

    assert then["release"] == "rules-only-1"
    assert now["release"] == release
    assert service.get("/api/v1/releases/current").json["release"]["name"] == release
    assert [found["name"] for found in service.get("/api/v1/releases").json["items"]] == [release, "rules-only-1"]


def test_for_a_time_before_the_installation_the_present_release_answers_as_in_a_file_job(service, tmp_path):
    late = Installation(registry=tmp_path / "late", keys=service.settings.keys)
    install(late, now_us=NOW_US - 2, rules_version=load_rules().version)
    release = make_second_release(late)
    promote(late.registry, release, late.signing_key(), late.trusted(), at_us=NOW_US - 1, by="tests", reason="better")
    again = open_service(service.settings.home, service.store, registry=late.registry)

    assert again.get("/api/v1/cases/R-JPHK/score?as_of=2025-09-10").json["release"] == release


def make_second_release(registry):
    first = rules_only_release(rules_version=load_rules().version)
    second = replace(first, manifest=replace(first.manifest, name="rules-only-2"))
    return publish_release(registry.registry, second, registry.signing_key(), card="# second")


def test_a_case_that_left_the_queue_is_still_answered_for(service):
    got = service.get("/api/v1/cases/R-TWO-A")

    assert got.status_code == 200
    assert got.json["case"]["active"] is False


def test_a_person_is_shown_masked(service):
    person = service.get("/api/v1/candidates/C-T3").json
    given = (JUDGE / "first" / "candidates.csv").read_text()

    assert person["full_name"] == "C••• F•••" or "•" in person["full_name"]
    for name in ("nik", "full_name", "passport_no", "phone"):
        assert person[name] is None or (person[name] not in given and "•" in person[name])
    assert person["cases"] == ["R-T3"]


def test_an_agency_is_shown_as_of_a_time(service):
    now = service.get("/api/v1/agencies/AG-ACT").json
    assert now["licence"]["state"] == 0
    assert now["events"]

    assert service.get("/api/v1/agencies/AG-NOWHERE").status_code == 404


def test_a_time_that_the_rules_do_not_reach_is_said_so(service):
    for path in ("/api/v1/agencies/AG-ACT", "/api/v1/cases/R-T3/score"):
        assert service.get(f"{path}?as_of=1900-01-01").json["type"].endswith(":rules")


class TestPages:
    @pytest.mark.parametrize("order", ["planned", "risk"])
    @pytest.mark.parametrize("limit", [1, 7])
    @pytest.mark.everywhere
    def test_pages_follow_one_another_without_gap_or_repeat(self, service, order, limit):
        whole = service.get(f"/api/v1/cases?order={order}&limit=200").json["items"]
        pieces, url = [], f"/api/v1/cases?order={order}&limit={limit}"
        cursor = ""
        while cursor is not None:
            got = service.get(url + (f"&cursor={cursor}" if cursor else "")).json
            pieces += got["items"]
            cursor = got["next"]

        assert pieces == whole

    def test_by_departure_the_undated_come_last(self, service):
        days = [item["planned_departure_on"] for item in service.get("/api/v1/cases?limit=200").json["items"]]
        dated = [day for day in days if day]

        assert dated == sorted(dated)
        assert days == dated + [None] * (len(days) - len(dated))

    @pytest.mark.parametrize(
        "query",
        ["band=check", "lane=register", "destination=HK", "agency=AG-ACT", "office=O-BP3MI", "planned_to=2025-09-20"],
    )
    def test_filters_choose(self, service, query):
        name, value = query.split("=")
        field = {"agency": "agency_id", "planned_to": "planned_departure_on"}.get(name, name)
        whole = service.get("/api/v1/cases?limit=200").json["items"]
        fits = [i for i in whole if (i[field] and i[field] <= value if name == "planned_to" else i[field] == value)]

        assert service.get(f"/api/v1/cases?limit=200&{query}").json["items"] == fits
        assert 0 < len(fits) <= len(whole)

    def test_a_cursor_belongs_to_its_filters(self, service):
        cursor = service.get("/api/v1/cases?limit=1").json["next"]

        assert service.get(f"/api/v1/cases?limit=1&band=check&cursor={cursor}").status_code == 422


class TestWritingTwice:
    KEY = "0b9e4d5a-once"

    @pytest.mark.everywhere
    def test_a_repeated_run_is_started_once(self, service):
        first = start_run(service, {"as_of": "2025-09-10"}, **{"Idempotency-Key": self.KEY})
        again = start_run(service, {"as_of": "2025-09-10"}, **{"Idempotency-Key": self.KEY})

        assert (first.status_code, again.status_code) == (202, 202)
        assert first.json == again.json
        assert first.headers["Location"] == again.headers["Location"]
        assert again.headers["Idempotency-Replayed"] == "true"
        assert len(service.started) == 1

    def test_the_same_key_with_another_request_is_refused(self, service):
        start_run(service, {"as_of": "2025-09-10"}, **{"Idempotency-Key": self.KEY})
        other = start_run(service, {"as_of": "2025-09-09"}, **{"Idempotency-Key": self.KEY})

        assert other.status_code == 422
        assert other.json["type"].endswith("idempotency-key-reused")

    def test_a_request_that_failed_may_be_tried_again(self, service):
        broken = upload(service, b"not an archive", **{"Idempotency-Key": self.KEY})
        again = upload(service, b"not an archive", **{"Idempotency-Key": self.KEY})

        assert (broken.status_code, again.status_code) == (415, 415)

    def test_a_repeated_delivery_gets_the_first_report(self, service):
        content = packed(JUDGE / "late")
        first = upload(service, content, **{"Idempotency-Key": self.KEY})
        again = upload(service, content, **{"Idempotency-Key": self.KEY})

        assert first.json == again.json
        assert first.json["ingest_seq"] == again.json["ingest_seq"]

    def test_another_principal_may_use_the_same_key(self, service):
        content = packed(JUDGE / "late")
        first = upload(service, content, **{"Idempotency-Key": self.KEY})
        other = upload(service, content, role="admin", **{"Idempotency-Key": self.KEY})

        assert first.json["ingest_seq"] != other.json["ingest_seq"]

    @pytest.mark.parametrize("key", ["short", "with space in it", "x" * 201])
    def test_a_key_that_cannot_be_used_is_refused(self, service, key):
        assert start_run(service, {}, **{"Idempotency-Key": key}).json["errors"][0]["header"] == "Idempotency-Key"


def test_while_a_run_is_under_way_another_is_refused(service):
    assert start_run(service, {}).status_code == 202
    assert start_run(service, {}).json["type"].endswith(":busy")
    service.now_us += 120 * 1_000_000  # the first never came to life: it is in nobody's way
    with service.store.alone("rescore"):
        assert start_run(service, {}).status_code == 409
    assert start_run(service, {}).status_code == 202


class TestDeliveries:
    def test_broken_rows_are_named_with_line_and_reason_and_hold_up_nothing(self, service):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(
                "agencies.csv",
                "agency_id,name,kind,head_region,recorded_at\n"
                "AG-NEW,PT Contoh Fiktif,p3mi,32.12,2025-09-01T00:00:00+07:00\n"
                "AG-BAD,PT Contoh Fiktif,bank,32.12,2025-09-01T00:00:00+07:00\n",
            )
            archive.writestr("manifest.json", json.dumps({
                "contract": "feeds/1", "source": "judge", "produced_at": "2025-09-10T00:00:00+07:00",
                "simulated": True, "feeds": {},
            }))  # fmt: skip
        got = upload(service, content.getvalue())

        assert got.status_code == 201
        (row,) = got.json["rejects"]
        assert (row["feed"], row["line"], row["field"]) == ("agencies", 3, "kind")
        assert service.get("/api/v1/agencies/AG-NEW").status_code == 200

    def test_real_data_never_enter_a_simulated_store(self, service):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.write(JUDGE / "first" / "agencies.csv", "agencies.csv")
        got = upload(service, content.getvalue())

        assert got.status_code == 422
        assert "simulated" in got.json["detail"]

    def test_a_delivery_may_be_larger_than_other_bodies_up_to_its_own_limit(self, tmp_path, sqlite_url):
        from risk_service.store import open_store

        store = open_store(sqlite_url)
        service = open_service(tmp_path / "home", store, max_body=1000, max_upload=100_000, max_unpacked=200_000)
        assert upload(service, packed(JUDGE / "first")).status_code == 201
        assert upload(service, b"0" * 150_000).status_code == 413
        store.close()

    def test_the_upload_has_to_be_a_form_with_the_file(self, service):
        headers = service.headers("feeder", purpose=None)
        bare = service.client.post("/api/v1/deliveries", headers=headers, data=b"PK", content_type="application/zip")
        without = service.client.post(
            "/api/v1/deliveries", headers=headers, data={}, content_type="multipart/form-data"
        )

        assert bare.status_code == 415
        assert without.status_code == 422


def test_the_clock_of_the_application_is_the_one_it_was_given(service):
    assert service.get("/api/v1/cases/R-NODATE/score").json["as_of"].startswith("2025-09-10T16:59:59")
    assert NOW_US > DAY_US
