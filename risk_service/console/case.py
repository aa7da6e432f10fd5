"""One case: what is on record, then the score, then the way back."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from flask import Response

from models.texts import OFFICE_TITLES, SAFETY, SAFETY_STEPS, STEP_TITLES
from risk_service.auth import context, principal, reading
from risk_service.console._frame import page, pages, words
from risk_service.console.words import in_words, sum_lines
from risk_service.errors import ErasedError
from risk_service.services import cases as case_service

_HISTORY: Final = 10


@pages.get("/cases/<opaque:case_id>")
def case(case_id: str) -> Response:
    """Show one case: what is on record, then the score, then the way back."""
    here, why = context(), reading()
    view = case_service.view(here.store, why, master=here.master, reader=here.reader, case_id=case_id)
    past = case_service.past(
        here.store, why, case_id=case_id, candidate_id=view["case"]["candidate_id"], limit=_HISTORY
    )
    person = None
    if principal().may("candidate.read"):
        candidate = view["case"]["candidate_id"]
        with suppress(ErasedError):
            person = case_service.candidate(here.store, why, master=here.master, candidate_id=candidate)
    score, steps = view["score"], view["steps"]
    interval = score["interval"]
    return page(
        "case",
        section="cases",
        view=view,
        score=score,
        person=person,
        history=past,
        done=sum(step["state"] == "done" for step in steps),
        required=sum(step["required"] for step in steps),
        words=in_words(words(), score["probability"], interval["low"], interval["high"]),
        sum=sum_lines(words(), score),
        oldest=min((until for until in score["freshness"].values() if until), default=None),
        titles=STEP_TITLES,
        careful=SAFETY_STEPS,
        safety=SAFETY,
        kinds=OFFICE_TITLES,
    )
