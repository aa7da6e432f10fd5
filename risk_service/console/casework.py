"""The page on which officers work on a case: what was recorded, who works on it, and the forms to record more."""

from __future__ import annotations

import secrets
from typing import Any, Final

from flask import Response, session

from models.times import date_of
from risk_service.auth import context, principal, reading
from risk_service.console._forms import Again, shown_again
from risk_service.console._frame import SAID, page, pages, words
from risk_service.console.contesting import choices, in_words
from risk_service.console.own_view import own_view_of
from risk_service.schemas.casework import FINDINGS, HELP, STATES_FOUND, CorrectionsQuery, FindingsQuery
from risk_service.services import audit, cases, corrections, findings, objections, overrides
from risk_service.services import casework_actions as actions
from risk_service.services.audit import Reading

_MOST: Final = 20


@pages.get("/cases/<opaque:case_id>/work")
def case_work(case_id: str) -> Response:
    """Show what has been recorded about a case, and the forms to record more."""
    return work_page(case_id)


@shown_again("console.case_work")
def work_page(case_id: str, again: Again | None = None) -> Response:
    """Return the page; `again`: with what was typed into a form that did not fit."""
    with audit.together(context().store, reading()) as why:
        return _work_page(case_id, why, again)


def _work_page(case_id: str, why: Reading, again: Again | None) -> Response:
    here, who = context(), principal()
    view = cases.view(here.store, why, master=here.master, reader=here.reader, case_id=case_id)
    candidate_id = view["case"]["candidate_id"]
    query: Any = FindingsQuery().load({"case": case_id, "limit": _MOST})
    contested: Any = CorrectionsQuery().load({"case": case_id, "limit": _MOST})
    raised = objections.of_person(here.store, why, master=here.master, candidate_id=candidate_id)
    with here.store.reading() as connection:
        colleagues = actions.colleagues(connection, who) if who.may("worklist.manage") else []
    return page(
        "case_work",
        200 if again is None else again.status,
        section="findings",
        region=view["case"]["region"],
        here=None if again is None else again.here,
        again=again,
        case=view["case"],
        score=view["score"],
        **own_view_of(view),
        past=findings.find(here.store, why, master=here.master, secrets=here.secrets, query=query).items,
        contested=corrections.find(here.store, why, master=here.master, secrets=here.secrets, query=contested).items,
        objection=next((one for one in raised if one["in_force"]), None),
        overrides=overrides.find(here.store, why, master=here.master, query={"case_id": case_id}),
        data=choices(view),
        in_words=in_words,
        found=FINDINGS,
        states_found=STATES_FOUND,
        help=HELP,
        because=findings.STATED_REASONS,
        bands_to_set=overrides.BANDS_TO_SET,
        may_work=who.may("casework.write"),
        once=secrets.token_hex(16) if again is None else again.typed.get("once") or secrets.token_hex(16),
        said=session.pop(SAID, None) if again is None else {"text": again.said},
        **work_of(view, why),
        colleagues=colleagues,
    )


def work_of(view: dict[str, Any], why: Reading) -> dict[str, Any]:
    """Return what pages of a case show of the work on it; nothing to whoever does not read casework.

    Returns
    -------
    dict
        ``work``, as `risk_service.schemas.worklist.CaseWork`; ``rest_reasons``; ``last_day``, which says when a rest
        ends.
    """
    case = view["case"]
    if not principal().may("casework.read"):
        return {"work": None, "rest_reasons": {}, "last_day": None}
    return {
        "work": actions.standing(context().store, why, case_id=case["case_id"], candidate_id=case["candidate_id"]),
        "rest_reasons": actions.REST_REASONS,
        "last_day": lambda us: words().day(date_of(us)),
    }
