"""Candidates: a person, identifiers masked."""

from __future__ import annotations

from typing import Any

from risk_service.api._blueprint import Blueprint
from risk_service.api.exports import BINARY, handed_out
from risk_service.auth import context, reading
from risk_service.schemas.case import Candidate, Identity
from risk_service.schemas.common import PurposeQuery
from risk_service.schemas.subject import Erasure, ErasureRequest, PaperQuery, SubjectFile
from risk_service.services import cases, retention, subject_file
from risk_service.services.retention import Policy
from risk_service.services.sheets import PDF

blueprint = Blueprint("candidates", __name__, url_prefix="/api/v1", description="People, identifiers masked.")


@blueprint.get("/candidates/<opaque:candidate_id>")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, Candidate)
def get_candidate(_query: dict[str, Any], candidate_id: str) -> Any:
    """Get a person's record with name and numbers masked."""
    here = context()
    return cases.candidate(here.store, reading(), master=here.master, candidate_id=candidate_id)


@blueprint.post("/candidates/<opaque:candidate_id>/identity")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, Identity)
def reveal_candidate(_query: dict[str, Any], candidate_id: str) -> Any:
    """Show a person's name and numbers in full.

    ---
    A POST, since asking is recorded: every call leaves an entry of its own in the audit trail, with the purpose of
    X-Purpose.
    """
    here = context()
    return cases.identity(here.store, reading(), master=here.master, candidate_id=candidate_id)


@blueprint.get("/candidates/<opaque:candidate_id>/file")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, SubjectFile)
def get_subject_file(_query: dict[str, Any], candidate_id: str) -> Any:
    """Get everything held about a person, in both languages, for that person: with sources, times and who looked."""
    return _held(candidate_id, "json")


@blueprint.get("/candidates/<opaque:candidate_id>/file.pdf")
@blueprint.arguments(PaperQuery, location="query")
@blueprint.response(200, BINARY, content_type=PDF)
def get_subject_paper(query: dict[str, Any], candidate_id: str) -> Any:
    """Get everything held about a person as a document, for that person."""
    return handed_out(subject_file.as_pdf(_held(candidate_id, "pdf"), language=query["language"]))


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


@blueprint.post("/candidates/<opaque:candidate_id>/erasure")
@blueprint.arguments(ErasureRequest)
@blueprint.response(200, Erasure)
def erase_candidate(body: dict[str, Any], candidate_id: str) -> Any:
    """Erase a person on request; it cannot be undone.

    ---
    The key under which name, numbers and everything officers wrote are sealed is destroyed, and scores are erased.
    Reading the person or their cases is answered with 410 from then on, and they are not scored again.
    """
    here = context()
    return retention.erase(
        here.store,
        reading(),
        master=here.master,
        home=here.settings.home,
        candidate_id=candidate_id,
        reason=body["reason"],
    )
