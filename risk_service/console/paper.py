"""Paper to take along: sheet and letter of a case."""

from __future__ import annotations

from flask import Response

from risk_service.auth import context, reading
from risk_service.console._frame import pages
from risk_service.console.exports import handed_out
from risk_service.services import paper


@pages.get("/cases/<opaque:case_id>/sheet.pdf")
def case_sheet(case_id: str) -> Response:
    """Hand out the sheet of a case."""
    here = context()
    return handed_out(paper.sheet(here.store, reading(), master=here.master, reader=here.reader, case_id=case_id))


@pages.get("/cases/<opaque:case_id>/letter.pdf")
def case_letter(case_id: str) -> Response:
    """Hand out the letter for the person."""
    here = context()
    return handed_out(paper.letter(here.store, reading(), master=here.master, reader=here.reader, case_id=case_id))
