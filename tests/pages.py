"""Every page of the console: who looks, and the address; for tests in a browser and for pictures.

The world is that of `tests.service`, with `tests.figures` for the region view.
"""

from __future__ import annotations

from typing import Final

from risk_service.policy import Role

OFFICE: Final = "O-BP3MI"
RELEASE: Final = "rules-only-1"

PAGES: Final[dict[str, tuple[Role | None, str]]] = {
    # name: the role that looks (None: nobody signed in), and the address
    "sign-in": (None, "/sign-in"),
    "reference": (None, "/docs"),
    "offices": ("supervisor", "/worklist"),
    "worklist": ("supervisor", f"/worklist?office={OFFICE}"),
    "worklist-filtered": ("supervisor", f"/worklist?office={OFFICE}&lane=no_date&assigned=me"),
    "worklist-changes": ("supervisor", f"/worklist/changes?office={OFFICE}"),
    "search": ("supervisor", "/search"),
    "cases": ("supervisor", "/cases"),
    "cases-filtered": ("supervisor", "/cases?order=risk&band=check"),
    "cases-none": ("supervisor", "/cases?destination=ZZ"),
    "case": ("viewer", "/cases/R-FULL"),
    "case-own-view": ("supervisor", "/cases/R-BACK"),
    "case-referred": ("supervisor", "/cases/T-REF"),
    "case-work": ("supervisor", "/cases/R-FULL/work"),
    "not-found": ("supervisor", "/cases/R-NONE"),
    "subject-file": ("supervisor", "/candidates/C-FULL/file"),
    "findings": ("supervisor", "/findings"),
    "corrections": ("supervisor", "/corrections"),
    "desks": ("supervisor", "/desks"),
    "desks-filtered": ("supervisor", "/desks?kind=clinic&region=74"),
    "desk": ("supervisor", "/desks/O-DISNAKER-7471"),
    "desk-print": ("supervisor", "/desks/O-DISNAKER-7471?print=1"),
    "agencies": ("supervisor", "/agencies"),
    "agency": ("supervisor", "/agencies/AG-ACT"),
    "region": ("supervisor", f"/region?office={OFFICE}"),
    "releases": ("analyst", "/releases"),
    "release": ("analyst", f"/releases/{RELEASE}"),
    "account": ("supervisor", "/account"),
    "audit": ("auditor", "/audit"),
    "users": ("admin", "/users"),
}
