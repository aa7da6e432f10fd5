"""The lists that can be taken along: what each is asked with, and what says what is in it.

One table for the interface and the console; who may take which is in `policy.EXPORTS`, under the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marshmallow import Schema, fields, validate

from risk_service.schemas.agency import AgenciesQuery
from risk_service.schemas.case import CasesQuery
from risk_service.schemas.offices import DesksQuery, FileQuery, LanguageQuery
from risk_service.schemas.region_view import RegionQuery
from risk_service.schemas.worklist import ChangesQuery, WorklistFilters
from risk_service.services import (
    admin_files,
    agency_files,
    case_lists,
    casework_files,
    desk_files,
    region_files,
    worklist_file,
)
from risk_service.services.list_files import Make
from risk_service.table_texts import AGENCY_TABLES, REGION_TABLES


class WorklistFileQuery(WorklistFilters, FileQuery):
    """Which cases of which list, in which language."""


class CasesFileQuery(CasesQuery, FileQuery):
    """Which cases, in which language, with or without NIK; limit and cursor do not count."""

    nik = fields.Boolean(
        load_default=False,
        metadata={"description": "With the NIK, as text. Needs a role that sees who people are; at most 500 rows."},
    )


class CaseworkFileQuery(ChangesQuery, FileQuery):
    """Whose list, in which language."""


class AgenciesFileQuery(AgenciesQuery, LanguageQuery):
    """Which agencies, in which language."""


class AgencyTableQuery(LanguageQuery):
    """Which table of an agency's page, in which language."""

    table = fields.String(required=True, validate=validate.OneOf(tuple(AGENCY_TABLES)))


class DesksFileQuery(DesksQuery, FileQuery):
    """Which desks, in which language; limit and cursor do not count."""


class RegionTableQuery(RegionQuery, LanguageQuery):
    """Which table of whose region view, in which language."""

    table = fields.String(required=True, validate=validate.OneOf(tuple(REGION_TABLES)))


@dataclass(frozen=True)
class Export:
    """A list that can be taken along.

    Parameters
    ----------
    name
        Of its endpoints; an operation is ``{verb}_{name}_workbook`` or ``{verb}_{name}_table``.
    summary
        What it is, for the interface's document: "Get ... as an Excel workbook".
    query, make
        What it is asked with, and what says what is in it.
    """

    name: str
    summary: str
    query: type[Schema]
    make: Make
    verb: str = "export"
    limits: str = ""


EXPORTS: Final[dict[str, Export]] = {
    "/exports/worklist": Export("worklist", "an office's worklist", WorklistFileQuery, worklist_file.content),
    "/exports/cases": Export(
        "cases", "the list of cases", CasesFileQuery, case_lists.content, limits=", at most 2,000 rows"
    ),
    "/exports/findings": Export(
        "findings",
        "the latest findings",
        CaseworkFileQuery,
        casework_files.content_of("findings"),
        limits=", at most 500 rows, without officers' notes",
    ),
    "/exports/corrections": Export(
        "corrections",
        "the latest contested data",
        CaseworkFileQuery,
        casework_files.content_of("corrections"),
        limits=", at most 500 rows, without values and reasons",
    ),
    "/exports/overrides": Export(
        "overrides",
        "the latest overrides",
        CaseworkFileQuery,
        casework_files.content_of("overrides"),
        limits=", at most 500 rows, without reasons",
    ),
    "/exports/changes": Export(
        "changes",
        "what the last rescoring changed in an office's cases",
        CaseworkFileQuery,
        casework_files.content_of("changes"),
    ),
    "/exports/agencies": Export(
        "agencies", "the list of agencies", AgenciesFileQuery, agency_files.of_all, limits=", at most 2,000 rows"
    ),
    "/exports/desks": Export(
        "desks", "the desks at which steps wait", DesksFileQuery, desk_files.of_all, limits=", at most 2,000 rows"
    ),
    "/exports/region": Export(
        "region", "a table of the region view", RegionTableQuery, region_files.table, limits=", hidden counts as •"
    ),
    "/exports/releases": Export("releases", "the releases", LanguageQuery, admin_files.releases),
    "/exports/users": Export("users", "the accounts", LanguageQuery, admin_files.users),
    "/agencies/<opaque:agency_id>/tables": Export(
        "agency", "a table of an agency's page", AgencyTableQuery, agency_files.table, limits=", hidden counts as •"
    ),
    "/desks/<opaque:office_id>/steps": Export(
        "desk", "a desk's list", FileQuery, desk_files.steps, verb="get", limits=", at most 2,000 rows"
    ),
}
"""By the rule of the address, without its ending."""
