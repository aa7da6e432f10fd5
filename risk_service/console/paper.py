"""Paper and lists to take along: sheet and letter of a case, lists of cases and of casework as files."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request
from marshmallow import ValidationError

from risk_service.auth import context, reading
from risk_service.console._frame import pages, words
from risk_service.console.desks import handed_out
from risk_service.errors import InvalidError
from risk_service.schemas.case import CasesQuery
from risk_service.services import case_lists, casework_files, paper


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


@pages.get("/exports/cases.xlsx")
def cases_workbook() -> Response:
    """Hand out the list of cases as an Excel workbook."""
    return _cases("xlsx")


@pages.get("/exports/cases.csv")
def cases_table() -> Response:
    """Hand out the list of cases as CSV."""
    return _cases("csv")


def _of_casework(name: casework_files.Name, form: str) -> Callable[[], Response]:
    def hand_out() -> Response:
        here = context()
        made = casework_files.export(
            here.store,
            reading(),
            master=here.master,
            secrets=here.secrets,
            name=name,
            office=request.args.get("office") or None,
            form=form,
            language="en" if words().language == "en" else "id",
        )
        return handed_out(made)

    return hand_out


for _name in casework_files.NAMES:
    for _form in ("xlsx", "csv"):
        pages.add_url_rule(f"/exports/{_name}.{_form}", f"{_name}_{_form}", _of_casework(_name, _form), methods=["GET"])


def _cases(form: str) -> Response:
    given = {name: value for name, value in request.args.items() if value.strip() and name not in ("nik", "cursor")}
    try:
        query = CasesQuery(exclude=("purpose",)).load(given)
    except ValidationError:
        raise InvalidError("The filters of the list do not fit.") from None
    here = context()
    made = case_lists.export(
        here.store,
        reading(),
        master=here.master,
        secrets=here.secrets,
        query=query,
        form=form,
        language="en" if words().language == "en" else "id",
        with_nik=request.args.get("nik") == "1",
    )
    return handed_out(made)
