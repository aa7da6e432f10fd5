"""One case: what is on record, then the score, then the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request, session

from models.texts import OFFICE_TITLES, SAFETY, SAFETY_STEPS, STEP_TITLES
from models.times import date_of, parse_moment
from risk_service.auth import context, principal, reading
from risk_service.console._frame import SAID, page, pages, require_token, words
from risk_service.console.casework import work_of
from risk_service.console.journey_map import Stop, journey_map
from risk_service.console.own_view import own_view_of
from risk_service.console.timeline import licence_band, timeline
from risk_service.console.words import in_words, sum_lines
from risk_service.errors import ErasedError
from risk_service.geography import Position, country_at, region_at, region_name
from risk_service.policy import PURPOSES
from risk_service.services import audit, findings, overrides
from risk_service.services import cases as case_service
from risk_service.services.audit import Reading

_HISTORY: Final = 10


@pages.get("/cases/<opaque:case_id>")
def case(case_id: str) -> Response:
    """Show one case: what is on record, then the score, then the way back."""
    return case_page(case_id)


@pages.post("/cases/<opaque:case_id>/identity")
def reveal(case_id: str) -> Response:
    """Show the case with the person's name and numbers in full; recorded with the purpose of the form."""
    require_token()
    if request.form.get("purpose") in PURPOSES:
        session["purpose"] = request.form["purpose"]
    return case_page(case_id, revealed=True)


def case_page(case_id: str, status: int = 200, *, revealed: bool = False, **more: Any) -> Response:
    """Return the page of a case.

    Parameters
    ----------
    revealed
        Show name and numbers in full, and record that.
    more
        What sections of the page need besides.
    """
    with audit.together(context().store, reading()) as why:
        return _case_page(case_id, status, why, revealed=revealed, **more)


def _case_page(case_id: str, status: int, why: Reading, *, revealed: bool, **more: Any) -> Response:
    here = context()
    view = case_service.view(here.store, why, master=here.master, reader=here.reader, case_id=case_id)
    candidate = view["case"]["candidate_id"]
    past = case_service.past(here.store, why, case_id=case_id, candidate_id=candidate, limit=_HISTORY)
    score, steps = view["score"], view["steps"]
    interval, as_of = score["interval"], date_of(parse_moment(score["as_of"]))
    stops = _stops(view)
    return page(
        "case",
        status,
        section="cases",
        region=view["case"]["region"],
        view=view,
        score=score,
        records={record["feed"] + "|".join(record["key"].values()): record for record in view["records"]},
        line=timeline(view["case"], steps, as_of),
        licence=licence_band(view["case"], view["agency"]["licence"]["periods"] if view["agency"] else [], as_of),
        stops=stops,
        map=journey_map(stops),
        history=past,
        said=session.pop(SAID, None),
        durations={step["step"]: step["usual_days"] for step in steps},
        done=sum(step["state"] == "done" for step in steps),
        required=sum(step["required"] for step in steps),
        words=in_words(words(), score["probability"], interval["low"], interval["high"]),
        sum=sum_lines(words(), score),
        oldest=min((until for until in score["freshness"].values() if until), default=None),
        titles=STEP_TITLES,
        careful=SAFETY_STEPS,
        safety=SAFETY,
        kinds=OFFICE_TITLES,
        may_file=principal().may("person.file"),
        **own_view_of(view),
        **work_of(view, why),
        beside=_beside(view, why),
        found=_found(view, why),
        **_person(candidate, why, revealed=revealed),
        **more,
    )


def _beside(view: Mapping[str, Any], why: Reading) -> dict[str, Any] | None:
    """The band that an officer has set beside the score's, to whoever reads casework."""
    if not principal().may("casework.read"):
        return None
    here, case = context(), view["case"]
    of = {"case_id": case["case_id"], "candidate_id": case["candidate_id"]}
    return overrides.beside(here.store, why, master=here.master, **of)


def _found(view: Mapping[str, Any], why: Reading) -> list[dict[str, Any]]:
    """What has been found in the case before, to whoever reads casework."""
    if not principal().may("casework.read"):
        return []
    case = view["case"]
    return findings.standing(context().store, why, case_id=case["case_id"], candidate_id=case["candidate_id"])


def _person(candidate_id: str, why: Reading, *, revealed: bool) -> dict[str, Any]:
    here = context()
    shown: dict[str, Any] = {"person": None, "identity": None, "erased": False}
    if not principal().may("candidate.read"):
        return shown
    try:
        shown["person"] = case_service.candidate(here.store, why, master=here.master, candidate_id=candidate_id)
        if revealed:
            shown["identity"] = case_service.identity(here.store, why, master=here.master, candidate_id=candidate_id)
    except ErasedError:
        shown["erased"] = True
    return shown


def _stops(view: Mapping[str, Any]) -> list[Stop]:
    """Return the places of an itinerary in order, from home on."""
    journey, region = view["itinerary"], view["case"]["region"]
    if journey is None:
        return []
    point, country = journey["departure_position"], words().country
    home = [Stop(kind="home", name=region_name(region) or region, position=region_at(region))] if region else []
    return [
        *home,
        Stop(
            kind="departure",
            name=journey["departure_name"] or journey["departure_point"],
            position=None if point is None else Position(**point),
        ),
        *(Stop(kind="transit", name=country(code), position=country_at(code)) for code in journey["transit"]),
        Stop(kind="destination", name=country(journey["destination"]), position=country_at(journey["destination"])),
    ]
