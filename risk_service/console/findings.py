"""Findings and everything else that officers record about a case: own view, contested data, objection, override."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Response, redirect, request, session, url_for
from marshmallow import Schema, ValidationError
from werkzeug.wrappers import Response as AnyResponse

from models.schema import FEEDS
from models.texts import OFFICE_TITLES, STEP_TITLES
from risk_service.auth import acting, context, now_us, principal, reading
from risk_service.console._frame import SAID, back, page, pages, require_token, words
from risk_service.console.own_view import own_view_of
from risk_service.errors import InvalidError
from risk_service.schemas.casework import (
    FINDINGS,
    HELP,
    STATES_FOUND,
    CorrectionRequest,
    CorrectionsQuery,
    Decision,
    FindingRequest,
    FindingsQuery,
    GivenReason,
    OverrideRequest,
    OwnViewRequest,
)
from risk_service.services import audit, cases, corrections, findings, objections, overrides, own_views
from risk_service.services.audit import Reading
from risk_service.services.idempotency import Answer
from risk_service.services.idempotency import once as carry_out_once

_ISSUERS: Final = {title.id: kind for kind, title in OFFICE_TITLES.items()}
_OF_REGISTRATION: Final = {
    "datum_planned": "planned_departure_on",
    "datum_destination": "destination_country",
    "datum_status": "status",
}
_OF_PERSON: Final = {"datum_birth": "birth_date", "datum_phone": "phone", "datum_safe": "safe_to_contact"}
_LATEST: Final = 50


@pages.get("/cases/<opaque:case_id>/work")
def case_work(case_id: str) -> Response:
    """Show what has been recorded about a case, and the forms to record more."""
    with audit.together(context().store, reading()) as why:
        return _case_work(case_id, why)


def _case_work(case_id: str, why: Reading) -> Response:
    here = context()
    view = cases.view(here.store, why, master=here.master, reader=here.reader, case_id=case_id)
    candidate_id = view["case"]["candidate_id"]
    query: Any = FindingsQuery().load({"case": case_id, "limit": 20})
    contested: Any = CorrectionsQuery().load({"case": case_id, "limit": 20})
    raised = objections.of_person(here.store, why, master=here.master, candidate_id=candidate_id)
    return page(
        "case_work",
        section="findings",
        case=view["case"],
        score=view["score"],
        **own_view_of(view),
        past=findings.find(here.store, why, master=here.master, secrets=here.secrets, query=query).items,
        contested=corrections.find(here.store, why, master=here.master, secrets=here.secrets, query=contested).items,
        objection=next((one for one in raised if one["in_force"]), None),
        overrides=overrides.find(here.store, why, master=here.master, query={"case_id": case_id}),
        data=_data(view),
        in_words=_in_words,
        found=FINDINGS,
        states_found=STATES_FOUND,
        help=HELP,
        because=findings.STATED_REASONS,
        bands_to_set=overrides.BANDS_TO_SET,
        may_work=principal().may("casework.write"),
        once=secrets.token_hex(16),
        said=session.pop(SAID, None),
    )


@pages.post("/cases/<opaque:case_id>/own-view")
def record_own_view(case_id: str) -> AnyResponse:
    """Record the officer's own view."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        own_views.record(here.store, acting(), master=here.master, case_id=case_id, view=stated["view"])
        return "view_ok"

    return _carried_out(OwnViewRequest(), _given("view"), do)


@pages.post("/cases/<opaque:case_id>/findings")
def record_finding(case_id: str) -> AnyResponse:
    """Record what was found; a form that is sent twice records once."""
    require_token()
    here, who = context(), acting()
    names = (
        "finding",
        "state_found",
        "help_given",
        "own_view",
        "examined_because",
        "departed_on",
        "checked_on",
        "note",
    )

    def do(stated: Mapping[str, Any]) -> str:
        def record() -> Answer:
            found = findings.record(here.store, who, master=here.master, case_id=case_id, stated=stated)
            return Answer(201, found["state"], {})

        key = f"form-{request.form.get('once', '')}"
        request_is = json.dumps([case_id, _given(*names)], sort_keys=True).encode()
        done = carry_out_once(
            here.store,
            master=here.master,
            principal=who.principal,
            key=key,
            request=request_is,
            now_us=now_us(),
            do=record,
        )
        return "recorded_second" if done.body == "provisional" else "recorded_ok"

    return _carried_out(FindingRequest(), _given(*names), do)


@pages.get("/findings")
def list_findings() -> Response:
    """Show findings and overrides that wait for a second officer, and the office's latest."""
    with audit.together(context().store, reading()) as why:
        return _findings(why)


def _findings(why: Reading) -> Response:
    here = context()
    recent: Any = FindingsQuery().load({"limit": _LATEST})
    waiting: Any = FindingsQuery().load({"awaiting": "true", "limit": _LATEST})
    may_work = principal().may("casework.write")
    common: dict[str, Any] = {"master": here.master, "secrets": here.secrets}
    found: Any = findings.find(here.store, why, query=waiting, **common).items if may_work else []
    bands: list[dict[str, Any]] = (
        overrides.find(here.store, why, master=here.master, query={"awaiting": True}) if may_work else []
    )
    return page(
        "findings",
        section="findings",
        waiting=found,
        waiting_overrides=bands,
        recent=findings.find(here.store, why, query=recent, **common).items,
        recent_overrides=overrides.find(here.store, why, master=here.master, query={}, most=_LATEST),
        may_work=may_work,
        said=session.pop(SAID, None),
    )


@pages.post("/findings/<opaque:finding_id>/confirm")
def confirm_finding(finding_id: str) -> AnyResponse:
    """Confirm another officer's finding."""
    require_token()
    here = context()
    findings.confirm(here.store, acting(), master=here.master, finding_id=finding_id, version=_version())
    return _said("confirmed_ok")


@pages.post("/findings/<opaque:finding_id>/retract")
def retract_finding(finding_id: str) -> AnyResponse:
    """Take a finding back."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        findings.retract(
            here.store,
            acting(),
            master=here.master,
            finding_id=finding_id,
            reason=stated["reason"],
            version=_version(),
        )
        return "retracted_ok"

    return _carried_out(GivenReason(), _given("reason"), do)


@pages.post("/cases/<opaque:case_id>/corrections")
def contest_datum(case_id: str) -> AnyResponse:
    """Contest a datum."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        corrections.contest(here.store, acting(), master=here.master, case_id=case_id, stated=stated)
        return "contest_ok"

    return _carried_out(CorrectionRequest(), _contested() | _given("reason", "raised_for"), do)


@pages.get("/corrections")
def list_corrections() -> Response:
    """Show contested data that wait for a decision, and those decided."""
    with audit.together(context().store, reading()) as why:
        return _corrections(why)


def _corrections(why: Reading) -> Response:
    here = context()

    def of(state: str) -> Any:
        query: Any = CorrectionsQuery().load({"state": state, "limit": 50})
        return corrections.find(here.store, why, master=here.master, secrets=here.secrets, query=query).items

    return page(
        "corrections",
        section="corrections",
        waiting=of("open"),
        decided=[*of("accepted"), *of("refused")],
        may_decide=principal().may("casework.decide"),
        in_words=_in_words,
        said=session.pop(SAID, None),
    )


@pages.post("/corrections/<opaque:correction_id>/decide")
def decide_correction(correction_id: str) -> AnyResponse:
    """Accept or refuse a correction."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        corrections.decide(
            here.store, acting(), master=here.master, correction_id=correction_id, version=_version(), **stated
        )
        return "decided_ok"

    return _carried_out(Decision(), {"accept": request.form.get("accept") == "true", **_given("reason")}, do)


@pages.post("/candidates/<opaque:candidate_id>/objections")
def raise_objection(candidate_id: str) -> AnyResponse:
    """Note a person's objection."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        objections.object_to(
            here.store, acting(), master=here.master, candidate_id=candidate_id, reason=stated["reason"]
        )
        return "objection_ok"

    return _carried_out(GivenReason(), _given("reason"), do)


@pages.post("/objections/<opaque:objection_id>/lift")
def lift_objection(objection_id: str) -> AnyResponse:
    """Lift an objection."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        objections.lift(here.store, acting(), master=here.master, objection_id=objection_id, reason=stated["reason"])
        return "lifted_ok"

    return _carried_out(GivenReason(), _given("reason"), do)


@pages.post("/cases/<opaque:case_id>/overrides")
def make_override(case_id: str) -> AnyResponse:
    """Set a band beside the score's."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        made = overrides.make(here.store, acting(), master=here.master, case_id=case_id, **stated)
        return "override_second" if made["state"] == "provisional" else "override_ok"

    return _carried_out(OverrideRequest(), _given("band", "reason", "expires_on"), do)


@pages.post("/overrides/<opaque:override_id>/confirm")
def confirm_override(override_id: str) -> AnyResponse:
    """Confirm another officer's override."""
    require_token()
    here = context()
    overrides.confirm(here.store, acting(), master=here.master, override_id=override_id, version=_version())
    return _said("confirmed_ok")


@pages.post("/overrides/<opaque:override_id>/end")
def end_override(override_id: str) -> AnyResponse:
    """End an override."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        overrides.end(here.store, acting(), master=here.master, override_id=override_id, reason=stated["reason"])
        return "ended_ok"

    return _carried_out(GivenReason(), _given("reason"), do)


def _data(view: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What can be contested, as choices: a code that `_contested` reads, and its name."""
    now, case = words(), view["case"]
    choices: list[tuple[str, str]] = []
    for step in view["steps"]:
        if step["state"] != "unknown":
            issuer = _ISSUERS.get((step["issuer"] or {}).get("id", ""), "bp3mi")
            code = f"step|{case['registration_id']}|{step['step']}|{issuer}|{int(step['completed_on'] is not None)}"
            choices.append((code, now.t("datum_step", step=now.say(step["title"]))))
    if case["registration_id"]:
        choices += [(f"{name}|{case['registration_id']}", now.t(name)) for name in _OF_REGISTRATION]
    itinerary = view["itinerary"]
    if itinerary:
        choices.append((f"datum_visa|{itinerary['travel_id']}", now.t("datum_visa")))
        choices.append((f"datum_withdraw_travel|{itinerary['travel_id']}", now.t("datum_withdraw_travel")))
    choices += [(f"{name}|{case['candidate_id']}", now.t(name)) for name in _OF_PERSON]
    for step in view["steps"]:
        if step["completed_on"] is not None:
            code = f"datum_withdraw_step|{case['registration_id']}|{step['step']}"
            choices.append((code, now.t("datum_withdraw_step", step=now.say(step["title"]))))
    if case["registration_id"]:
        choices.append((f"datum_withdraw_registration|{case['registration_id']}", now.t("datum_withdraw_registration")))
    return choices


def _contested() -> dict[str, Any]:
    """The row that the form's choice names, and what it should say."""
    kind, *key = request.form.get("datum", "").split("|")
    value = request.form.get("value", "").strip()
    match (kind, key):
        case ("step", [registration, step, issuer, known]) if step in STEP_TITLES:
            values = {"completed_on": value} | ({} if known == "1" else {"issuer": issuer})
            return {
                "feed": "registration_steps",
                "key": _key("registration_steps", registration, step),
                "values": values,
            }
        case ("datum_withdraw_step", [registration, step]):
            return {
                "feed": "registration_steps",
                "key": _key("registration_steps", registration, step),
                "withdraw": True,
            }
        case ("datum_withdraw_registration", [registration]):
            return {"feed": "registrations", "key": _key("registrations", registration), "withdraw": True}
        case ("datum_withdraw_travel", [travel]):
            return {"feed": "travel", "key": _key("travel", travel), "withdraw": True}
        case ("datum_visa", [travel]):
            return {"feed": "travel", "key": _key("travel", travel), "values": {"visa_class": value}}
        case (name, [registration]) if name in _OF_REGISTRATION:
            values = {_OF_REGISTRATION[name]: value}
            return {"feed": "registrations", "key": _key("registrations", registration), "values": values}
        case (name, [candidate]) if name in _OF_PERSON:
            return {"feed": "candidates", "key": _key("candidates", candidate), "values": {_OF_PERSON[name]: value}}
    return {}


def _key(feed: str, *values: str) -> dict[str, str]:
    return dict(zip(FEEDS[feed].key, values, strict=True))


def _given(*names: str) -> dict[str, str]:
    """Fields of the form that were filled in; line breaks as everywhere else."""
    given = {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in names}
    return {name: value for name, value in given.items() if value}


def _version() -> int | None:
    seen = request.form.get("version", "")
    return int(seen) if seen.isdecimal() else None


def _carried_out(schema: Schema, given: Mapping[str, Any], do: Callable[[Mapping[str, Any]], str]) -> AnyResponse:
    """Carry out what a form asks for, and say so where it came from; or say there what does not fit."""
    try:
        stated: Any = schema.load(given)
        return _said(do(stated))
    except ValidationError as error:
        messages: Any = error.messages
        return _said("does_not_fit", what=", ".join(_name(name) for name in messages))
    except InvalidError as error:
        pointers = [fault.pointer.rsplit("/", 1)[-1] for fault in error.faults if fault.pointer]
        return _said("does_not_fit", what=", ".join(_name(name) for name in pointers) or error.message)


def _in_words(field: str, value: str | None) -> str:
    """A value of a contested row, steps and issuers by their names."""
    known = {"step": STEP_TITLES, "issuer": OFFICE_TITLES}.get(field, {})
    return words().say(known[value]) if value in known else value or "–"


def _name(field: str) -> str:
    """What the form calls a field."""
    known = {
        "values": "new_value",
        "key": "datum",
        "feed": "datum",
        "expires_on": "override_until",
        "view": "own_view",
    }
    named = known.get(field, field if field in _NAMED else "new_value")
    return words().t(named).lower()


_NAMED: Final = frozenset(
    {"finding", "state_found", "help_given", "examined_because", "checked_on", "departed_on", "note", "reason", "band"}
)


def _said(name: str, **values: str) -> AnyResponse:
    session[SAID] = {"text": words().t(name, **values)}
    target = back()
    return redirect(target if target != url_for("console.home") else url_for("console.list_findings"), 303)
