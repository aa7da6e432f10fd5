"""Contested data: raising, deciding, and the list of those that wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request, session
from werkzeug.wrappers import Response as AnyResponse

from risk_service.auth import acting, context, principal, reading
from risk_service.console._forms import Again, carried_out, given, shown_again, version
from risk_service.console._frame import SAID, page, pages, require_token
from risk_service.console._turning import Places
from risk_service.console.contesting import contested, in_words, typed_as
from risk_service.schemas.casework import CorrectionRequest, Decision
from risk_service.services import audit, corrections
from risk_service.services.cursors import Page


@pages.post("/cases/<opaque:case_id>/corrections")
def contest_datum(case_id: str) -> AnyResponse:
    """Contest a datum."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        corrections.contest(here.store, acting(), master=here.master, case_id=case_id, stated=stated)
        return "contest_ok"

    return carried_out(CorrectionRequest(), contested() | given("reason", "raised_for"), do, wanted=typed_as())


@pages.get("/corrections")
def list_corrections() -> Response:
    """Show contested data that wait for a decision, and those decided."""
    return corrections_page()


@shown_again("console.list_corrections")
def corrections_page(again: Again | None = None) -> Response:
    """Return the page; `again`: with what was typed into a form that did not fit."""
    here = context()
    places = Places("console.list_corrections", ("waiting", "decided"), again=again)
    common: dict[str, Any] = {"master": here.master, "secrets": here.secrets}
    with audit.together(here.store, reading()) as why:

        def waiting(query: Mapping[str, Any]) -> Page:
            return corrections.find(here.store, why, query={"state": "open", **query}, **common)

        def decided(query: Mapping[str, Any]) -> Page:
            return corrections.find(here.store, why, query=query, decided=True, **common)

        return page(
            "corrections",
            200 if again is None else again.status,
            section="corrections",
            here=None if again is None else again.here,
            again=again,
            waiting=places.part("waiting", waiting),
            decided=places.part("decided", decided),
            may_decide=principal().may("casework.decide"),
            in_words=in_words,
            said=session.pop(SAID, None) if again is None else {"text": again.said},
        )


@pages.post("/corrections/<opaque:correction_id>/decide")
def decide_correction(correction_id: str) -> AnyResponse:
    """Accept or refuse a correction."""
    require_token()
    here = context()

    def do(stated: Mapping[str, Any]) -> str:
        corrections.decide(
            here.store, acting(), master=here.master, correction_id=correction_id, version=version(), **stated
        )
        return "decided_ok"

    return carried_out(Decision(), {"accept": request.form.get("accept") == "true", **given("reason")}, do)
