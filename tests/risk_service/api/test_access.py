from __future__ import annotations

import pytest

from risk_service.policy import ACTIONS, PERSONAL, PUBLIC, ROLES, ROUTES, SIGNED_IN
from tests.service import NOW_US

IDS = {"case_id": "R-T3", "candidate_id": "C-T3", "agency_id": "AG-ACT", "run_id": "none", "filename": "style.css"}
IDS |= {"action_id": "none", "office_id": "O-BP3MI", "name": "mine"}
IDS |= {"finding_id": "none", "correction_id": "none", "objection_id": "none", "override_id": "none"}
IDS |= {"office_id": "O-DISNAKER-7471"}
IDS |= {"user_id": "u-none", "session_id": "none"}
REFUSED = (401, 403)
BODIES = {"/api/v1/search": {"text": "Contoh Fiktif"}}
"""Of reads that need one."""

MACHINES = ("/api/", "/metrics")


def casework_of(service):
    """Something of every kind of casework to read."""
    headers = service.headers("investigator")
    finding = {"finding": "non_procedural"}
    correction = {
        "feed": "registrations",
        "key": {"registration_id": "R-T3"},
        "values": {"scheme": "independent"},
        "reason": "told so",
    }
    made = [
        service.client.post(f"/api/v1/cases/R-T3/{what}", headers=headers, json=body).json
        for what, body in (("findings", finding), ("corrections", correction))
    ]
    return {"finding_id": made[0]["finding_id"], "correction_id": made[1]["correction_id"]}


def routes(app, **known):
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            with app.test_request_context():
                _, path = rule.build(IDS | known, append_unknown=False)
            yield f"{method} {rule.rule}", method, path


def ask(client, method, path, **more):
    body = BODIES.get(path.partition("?")[0], {})
    return client.open(path, method=method, json=body if method == "POST" else None, **more)


def test_every_route_has_an_entry_in_the_table_and_every_entry_a_route(service):
    assert {route for route, _, _ in routes(service.app)} == set(ROUTES)


def test_a_route_without_an_entry_is_refused_to_everybody(service):
    service.app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")

    for role in ROLES:
        assert service.get("/api/v1/forgotten", role).status_code == 403


def test_without_a_key_only_public_routes_answer(service):
    for route, method, path in routes(service.app):
        got = ask(service.client, method, path)
        got.close()
        if ROUTES[route] == PUBLIC:
            assert got.status_code not in REFUSED, route
        elif path.startswith(MACHINES):
            assert got.status_code == 401, route
            assert got.headers["WWW-Authenticate"].startswith("Bearer"), route
        else:
            assert (got.status_code, got.headers["Location"]) == (303, "/sign-in"), route


@pytest.mark.parametrize("role", ROLES)
def test_every_route_lets_exactly_the_roles_of_the_table_through(service, role):
    for route, method, path in routes(service.app):
        access = ROUTES[route]
        if access in ACTIONS and path.startswith(MACHINES):
            status = ask(service.client, method, path, headers=service.headers(role)).status_code
            assert (status in REFUSED) == (role not in ACTIONS[access]), (route, status)


def test_every_read_of_a_person_needs_a_purpose_from_the_list(service):
    for route, method, path in routes(service.app, **casework_of(service)):
        if ROUTES[route] in PERSONAL and path.startswith("/api/"):
            for headers in (service.headers(purpose=None), service.headers(purpose="curiosity")):
                got = ask(service.client, method, path, headers=headers)
                assert got.status_code == 422, route
                assert got.json["errors"][0]["header"] == "X-Purpose"
            got = ask(service.client, method, f"{path}?purpose=supervision", headers=service.headers(purpose=None))
            assert got.status_code == 200, (route, got.text)


@pytest.mark.parametrize(
    "presented",
    [
        "Bearer",
        "Bearer rk_aaaaaaaa_" + "x" * 43,
        "Bearer {key}x",
        "Basic {key}",
        "{key}",
        "Bearer \xff\xfe",
    ],
)
def test_anything_but_a_whole_valid_key_is_refused(service, presented):
    header = presented.format(key=service.key["supervisor"])
    got = service.client.get("/api/v1/releases", headers={"Authorization": header})

    assert got.status_code == 401


def test_the_secret_part_of_a_key_counts(service):
    key = service.key["supervisor"]
    other = key[:-1] + ("A" if key[-1] != "A" else "B")

    assert service.client.get("/api/v1/releases", headers={"Authorization": f"Bearer {other}"}).status_code == 401
    assert service.client.get("/api/v1/releases", headers={"Authorization": f"bearer {key}"}).status_code == 200


def test_a_key_ends_with_its_time(service):
    key = service.make_key("viewer", expires_at_us=NOW_US + 1)
    headers = {"Authorization": f"Bearer {key}"}

    assert service.client.get("/api/v1/releases", headers=headers).status_code == 200
    service.now_us += 1
    assert service.client.get("/api/v1/releases", headers=headers).status_code == 401


def test_options_tell_methods_and_nothing_else(service):
    got = service.client.options("/api/v1/runs")

    assert got.status_code == 200
    assert {"GET", "POST"} <= set(got.headers["Allow"].split(", "))
    assert not got.data


def test_a_session_of_the_console_opens_no_endpoint(service):
    client = service.client
    with client.session_transaction() as session:
        session["key"] = "whatever"
        session["until"] = NOW_US * 2

    assert client.get("/api/v1/cases").status_code == 401


def test_routes_for_whoever_is_signed_in_belong_to_the_console():
    assert all(" /api/" not in route for route, access in ROUTES.items() if access == SIGNED_IN)


OFFICE = "O-BP3MI"


def bound_to(service, office):
    key = service.make_key("supervisor", office=office)
    return {"Authorization": f"Bearer {key}", "X-Purpose": "case_work"}


def test_a_key_bound_to_an_office_lists_that_offices_cases_alone(service):
    here = service.client.get("/api/v1/cases?limit=200", headers=bound_to(service, OFFICE)).json["items"]
    elsewhere = service.client.get("/api/v1/cases?limit=200", headers=bound_to(service, "O-OTHER")).json["items"]

    assert here
    assert {item["office"] for item in here} == {OFFICE}
    assert elsewhere == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/cases/R-T3",
        "/api/v1/cases/R-T3/score",
        "/api/v1/cases/R-T3/score?as_of=2025-09-10",
        "/api/v1/cases/R-T3/scores",
        "/api/v1/candidates/C-T3",
    ],
)
def test_another_offices_case_looks_like_one_that_does_not_exist(service, path):
    assert service.client.get(path, headers=bound_to(service, OFFICE)).status_code == 200
    headers = bound_to(service, "O-OTHER")
    there = service.client.get(path, headers=headers)
    nowhere = service.client.get(path.replace("-T3", "-NONE"), headers=headers)

    assert there.status_code == nowhere.status_code == 404
    assert there.json["detail"] == nowhere.json["detail"]


def test_asking_for_another_office_finds_nothing(service):
    got = service.client.get(f"/api/v1/cases?office={OFFICE}", headers=bound_to(service, "O-OTHER"))

    assert got.status_code == 404
