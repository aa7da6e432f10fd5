"""Paper and lists to take along: sheet and letter of a case as PDF, cases and worklist as Excel and CSV."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from risk_service.api._blueprint import Blueprint
from risk_service.api.desks import BINARY, handed_out
from risk_service.auth import context, reading
from risk_service.schemas.case import CasesQuery
from risk_service.schemas.common import PurposeQuery
from risk_service.schemas.offices import FileQuery
from risk_service.schemas.worklist import ChangesQuery, WorklistFilters
from risk_service.services import case_lists, casework_files, paper, worklist_file
from risk_service.services.sheets import CSV, PDF, XLSX

blueprint = Blueprint("paper", __name__, url_prefix="/api/v1", description="Paper, and lists as files.")


class ExportQuery(CasesQuery, FileQuery):
    """Which cases, in which language, with or without NIK; limit and cursor do not count."""

    nik = fields.Boolean(
        load_default=False,
        metadata={"description": "With the NIK, as text. Needs a role that sees who people are; at most 500 rows."},
    )


@blueprint.get("/cases/<opaque:case_id>/sheet.pdf")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, BINARY, content_type=PDF)
def get_case_sheet(_query: dict[str, Any], case_id: str) -> Any:
    """Get the sheet of a case: one page of what is on record, in Indonesian, without any assessment."""
    here = context()
    return handed_out(paper.sheet(here.store, reading(), master=here.master, reader=here.reader, case_id=case_id))


@blueprint.get("/cases/<opaque:case_id>/letter.pdf")
@blueprint.arguments(PurposeQuery, location="query")
@blueprint.response(200, BINARY, content_type=PDF)
def get_case_letter(_query: dict[str, Any], case_id: str) -> Any:
    """Get the letter for the person: what is held, what is missing, where to go, how to object; in Indonesian."""
    here = context()
    return handed_out(paper.letter(here.store, reading(), master=here.master, reader=here.reader, case_id=case_id))


class WorklistFileQuery(WorklistFilters, FileQuery):
    """Which cases of which list, in which language."""


@blueprint.get("/exports/worklist.xlsx")
@blueprint.arguments(WorklistFileQuery, location="query")
@blueprint.response(200, BINARY, content_type=XLSX)
def export_worklist_workbook(query: dict[str, Any]) -> Any:
    """Get an office's worklist as an Excel workbook."""
    return _worklist(query, "xlsx")


@blueprint.get("/exports/worklist.csv")
@blueprint.arguments(WorklistFileQuery, location="query")
@blueprint.response(200, BINARY, content_type=CSV)
def export_worklist_table(query: dict[str, Any]) -> Any:
    """Get an office's worklist as CSV."""
    return _worklist(query, "csv")


@blueprint.get("/exports/cases.xlsx")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.response(200, BINARY, content_type=XLSX)
def export_cases_workbook(query: dict[str, Any]) -> Any:
    """Get the list of cases as an Excel workbook, at most 2,000 rows."""
    return _cases(query, "xlsx")


@blueprint.get("/exports/cases.csv")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.response(200, BINARY, content_type=CSV)
def export_cases_table(query: dict[str, Any]) -> Any:
    """Get the list of cases as CSV, at most 2,000 rows."""
    return _cases(query, "csv")


class CaseworkFileQuery(ChangesQuery, FileQuery):
    """Whose list, in which language."""


@blueprint.get("/exports/findings.xlsx")
@blueprint.arguments(CaseworkFileQuery, location="query")
@blueprint.response(200, BINARY, content_type=XLSX)
def export_findings_workbook(query: dict[str, Any]) -> Any:
    """Get the latest findings as an Excel workbook, at most 500 rows, without officers' notes."""
    return _casework(query, "findings", "xlsx")


@blueprint.get("/exports/findings.csv")
@blueprint.arguments(CaseworkFileQuery, location="query")
@blueprint.response(200, BINARY, content_type=CSV)
def export_findings_table(query: dict[str, Any]) -> Any:
    """Get the latest findings as CSV, at most 500 rows, without officers' notes."""
    return _casework(query, "findings", "csv")


@blueprint.get("/exports/corrections.xlsx")
@blueprint.arguments(CaseworkFileQuery, location="query")
@blueprint.response(200, BINARY, content_type=XLSX)
def export_corrections_workbook(query: dict[str, Any]) -> Any:
    """Get the latest contested data as an Excel workbook, at most 500 rows, without values and reasons."""
    return _casework(query, "corrections", "xlsx")


@blueprint.get("/exports/corrections.csv")
@blueprint.arguments(CaseworkFileQuery, location="query")
@blueprint.response(200, BINARY, content_type=CSV)
def export_corrections_table(query: dict[str, Any]) -> Any:
    """Get the latest contested data as CSV, at most 500 rows, without values and reasons."""
    return _casework(query, "corrections", "csv")


@blueprint.get("/exports/changes.xlsx")
@blueprint.arguments(CaseworkFileQuery, location="query")
@blueprint.response(200, BINARY, content_type=XLSX)
def export_changes_workbook(query: dict[str, Any]) -> Any:
    """Get what the last rescoring changed in an office's cases as an Excel workbook."""
    return _casework(query, "changes", "xlsx")


@blueprint.get("/exports/changes.csv")
@blueprint.arguments(CaseworkFileQuery, location="query")
@blueprint.response(200, BINARY, content_type=CSV)
def export_changes_table(query: dict[str, Any]) -> Any:
    """Get what the last rescoring changed in an office's cases as CSV."""
    return _casework(query, "changes", "csv")


def _casework(query: dict[str, Any], name: casework_files.Name, form: str) -> Response:
    here = context()
    made = casework_files.export(
        here.store,
        reading(),
        master=here.master,
        secrets=here.secrets,
        name=name,
        office=query.get("office"),
        form=form,
        language=query["language"],
    )
    return handed_out(made)


def _worklist(query: dict[str, Any], form: str) -> Response:
    here = context()
    made = worklist_file.export(
        here.store,
        reading(),
        master=here.master,
        making=here.making(),
        query=query,
        form=form,
        language=query["language"],
    )
    return handed_out(made)


def _cases(query: dict[str, Any], form: str) -> Response:
    here = context()
    made = case_lists.export(
        here.store,
        reading(),
        master=here.master,
        secrets=here.secrets,
        query=query,
        form=form,
        language=query["language"],
        with_nik=query["nik"],
    )
    return handed_out(made)
