"""Everything held about a person, to hand to that person, and erasing them on request."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from risk_service.auth import context, principal, reading
from risk_service.console._frame import page, pages, require_token, words
from risk_service.console.exports import handed_out
from risk_service.errors import InvalidError
from risk_service.schemas.subject import SubjectFile
from risk_service.services import retention, subject_file
from risk_service.services.retention import REASONS, Policy


@pages.get("/candidates/<opaque:candidate_id>/file")
def subject(candidate_id: str) -> Response:
    """Show what is held about a person, with the ways to hand it out and to erase it."""
    return page(
        "subject",
        section="cases",
        held=_held(candidate_id, "page"),
        reasons=REASONS,
        may_erase=principal().may("person.erase"),
    )


@pages.get("/candidates/<opaque:candidate_id>/file.pdf")
def subject_paper(candidate_id: str) -> Response:
    """Hand out the document, in the language asked for, else that of the page."""
    chosen = request.args.get("language") or words().language
    return handed_out(subject_file.as_pdf(_held(candidate_id, "pdf"), language="en" if chosen == "en" else "id"))


@pages.get("/candidates/<opaque:candidate_id>/file.json")
def subject_data(candidate_id: str) -> Response:
    """Hand out the same as data."""
    content = json.dumps(SubjectFile().dump(_held(candidate_id, "json")), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="berkas.json"'}
    return Response(content, content_type="application/json", headers=headers)


@pages.post("/candidates/<opaque:candidate_id>/erasure")
def erase_subject(candidate_id: str) -> Response:
    """Erase the person; the form has to be ticked, since it cannot be undone."""
    require_token()
    reason = request.form.get("reason", "")
    if reason not in REASONS or request.form.get("sure") != "1":
        raise InvalidError("A reason from the list is needed, and that it cannot be undone has to be ticked.")
    here = context()
    done = retention.erase(
        here.store, reading(), master=here.master, home=here.settings.home, candidate_id=candidate_id, reason=reason
    )
    return page("erased", section="cases", done=done, reasons=REASONS)


def _held(candidate_id: str, form: str) -> dict[str, Any]:
    here = context()
    return subject_file.held(
        here.store,
        reading(),
        master=here.master,
        policy=Policy.of(here.settings),
        candidate_id=candidate_id,
        form=form,
    )
