"""The way back: which kind a case gets, which steps come next, and who can supply them."""

from __future__ import annotations

import pytest

from models.explain import explain
from models.recourse import KINDS, kinds, next_steps
from models.releases.rules_only import rules_only_release
from models.rules import Rules
from models.schema import STEPS
from models.score import score
from models.texts import SAFETY
from tests.models.worlds import BOOK, World, look, rules_at

RELEASE = rules_only_release(rules_version=BOOK.version)


def kind_of(world: World, when: str = "2025-09-10") -> str:
    """Kind of way back of the only active case."""
    situation = look(world, when)
    assert len(situation) == 1
    return str(kinds(situation)[0])


def complete(world: World, *, scheme: str = "independent", country: str = "HK") -> World:
    """Every required step of the case ``1``, in order, one a day."""
    rules: Rules = rules_at(0 + 1_757_500_000_000_000)
    for k, step in enumerate(rules.step_plan(scheme, "new", country, agency_declared=False).required):
        world.step("1", step.step, f"2025-07-{k + 1:02d}")
    return world


def test_a_complete_file_needs_nothing() -> None:
    world = complete(World().case("1", scheme="independent", destination_country="HK"))
    assert kind_of(world) == "complete"
    assert next_steps(look(world).one(0)) == []


def test_missing_steps_come_in_lawful_order_with_their_issuers() -> None:
    world = World().case("1", scheme="independent", destination_country="HK", planned="2026-01-31")
    situation = look(world)
    assert kind_of(world) == "steps"
    steps = next_steps(situation.one(0))
    plan = situation.rules.step_plan("independent", "new", "HK", agency_declared=False)
    assert [step.step for step in steps] == [rule.step for rule in plan.required]
    assert all(step.issuer == plan[step.step].issuers[0] for step in steps)


def test_the_office_of_the_region_is_named_with_its_phone() -> None:
    world = World().case("1", scheme="independent", destination_country="HK", planned="2026-01-31")
    world.add("offices", "2024-01-01", office_id="D-74.71", kind="disnaker", name="Disnaker Contoh", region="74.71")
    world.add("offices", "2024-01-01", office_id="D-52.03", kind="disnaker", name="Lain", region="52.03", phone="+62")
    registration = next(s for s in next_steps(look(world).one(0)) if s.step == "registration")
    assert registration.office is not None
    assert (registration.office.name, registration.office.phone) == ("Disnaker Contoh", None)
    assert "Disnaker Contoh" in registration.text.id


def test_family_papers_carry_the_safety_text() -> None:
    steps = next_steps(look(World().case("1", planned="2026-01-31")).one(0))
    texts = {step.step: step.text for step in steps}
    for step in ("family_consent", "marital_letter"):
        assert SAFETY.id in texts[step].id
        assert SAFETY.en in texts[step].en
    assert SAFETY.id not in texts["medical"].id


def test_too_little_time_means_postponing() -> None:
    assert (
        kind_of(World().case("1", scheme="independent", destination_country="HK", planned="2025-09-13")) == "postpone"
    )


@pytest.mark.parametrize(("country", "occupation"), [("SA", "9111"), ("KH", "6111")])
def test_a_closed_destination_or_one_without_channel_has_no_lawful_route(country: str, occupation: str) -> None:
    world = World().case("1", destination_country=country, occupation=occupation, planned="2026-01-31")
    assert kind_of(world) == "no_lawful_route"


def test_a_revoked_agency_means_changing_it() -> None:
    world = World().case("1", agency_id="A", planned="2026-01-31")
    assert kind_of(world) == "change_agency"  # no licence on record
    world.add("agency_events", "2024-01-01", event_id="E", agency_id="A", event="licence_granted",
              effective_on="2024-01-01", valid_to="2029-01-01", regime="sip3mi")  # fmt: skip
    assert kind_of(world) == "steps"
    world.add("agency_events", "2025-01-01", event_id="E2", agency_id="A", event="revoked", effective_on="2025-01-01")
    assert kind_of(world) == "change_agency"


def test_contradicting_records_are_asked_about_first() -> None:
    world = World().case("1", planned="2025-12-31")
    world.add("travel", "2025-08-01", travel_id="T", candidate_id="C1", registration_id="R1",
              departure_at="2025-12-31T10:00:00+07:00", destination_country="TH", visa_class="visit")  # fmt: skip
    assert kind_of(world) == "ask_first"


def test_a_minor_is_protected_whatever_else_holds() -> None:
    world = World().case("1", birth_date="2008-01-01", destination_country="KH", planned="2026-01-31")
    assert kind_of(world) == "protection"


def test_a_referred_person_without_registration_is_helped_to_register() -> None:
    world = World().add("candidates", "2025-08-01", candidate_id="C", enrolled_as="referred", work_evidence="job_offer")
    world.add("travel", "2025-08-01", travel_id="T", candidate_id="C", departure_at="2025-12-31T10:00:00+07:00")
    situation = look(world)
    assert situation.cases["lane"].to_list() == ["register"]
    assert [step.step for step in next_steps(situation.one(0))] == ["registration"]


def test_every_kind_has_a_text_and_never_accuses() -> None:
    for kind, text in KINDS.items():
        assert text.id
        assert text.en
        for word in ("guilty", "suspect", "block", "bersalah", "tersangka", "blokir"):
            assert word not in f"{kind} {text.id} {text.en}".lower()


def test_the_full_score_has_the_fields_of_the_interface_and_opens_its_records() -> None:
    world = World().case("1", planned="2025-09-20", agency_id="A")
    world.add("agencies", "2022-01-01", agency_id="A")
    world.add("agency_events", "2025-01-01", event_id="E2", agency_id="A", event="revoked", effective_on="2025-01-01")
    scores = score(look(world), RELEASE)
    full = explain(scores.one(0))
    assert list(full) == [
        "case_id", "candidate_id", "as_of", "lane", "probability", "interval", "band", "log_odds", "base", "other",
        "reasons", "notices", "recourse", "freshness", "release", "rules_version",
    ]  # fmt: skip
    assert full["log_odds"] == full["base"] + sum(r["contribution"] for r in full["reasons"]) + full["other"]
    revoked = next(r for r in full["reasons"] if r["code"] == "licence_state")
    assert revoked["record"] == {
        "feed": "agency_events", "key": {"event_id": "E2"}, "recorded_at": "2025-01-01T05:00:00Z",
    }  # fmt: skip
    assert revoked["text"] == {"id": "Izin P3MI: dicabut", "en": "Agency licence: revoked"}
    assert len(full["recourse"]["steps"]) <= len(STEPS)
