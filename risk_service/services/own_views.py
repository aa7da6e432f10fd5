"""An officer's own view of a case, given before score and draw are shown, so that what they do to it can be seen."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.engine import Connection

from models.texts import Text
from models.times import US_PER_DAY
from risk_service.errors import Fault, InvalidError
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.services.casefiles import CaseFile, locate
from risk_service.store import MasterKey, Store
from risk_service.store.casework import OwnView, add_view, views_of

VIEWS: Final[dict[str, Text]] = {
    "procedural": Text("Tampak akan prosedural", "Looks procedural"),
    "non_procedural": Text("Tampak akan nonprosedural", "Looks non-procedural"),
    "unsure": Text("Belum bisa dikatakan", "Cannot say yet"),
}
"""What a view can be."""
GOOD_FOR_US: Final = 30 * US_PER_DAY
"""A view older than this is no view of the case as it stands."""


def record(store: Store, reading: Reading, *, master: MasterKey, case_id: str, view: str) -> dict[str, Any]:
    """Record what an officer thinks of a case.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role does not work on cases; no such case within the office's scope; no such view.
    """
    reading.principal.require("casework.write")
    with store.writing() as connection:
        case = locate(connection, reading.principal, case_id, now_us=reading.now_us)
        keep(connection, reading, master=master, case=case, view=view)
    return {"case_id": case_id, "view": view, "at": reading.now_us}


def keep(connection: Connection, reading: Reading, *, master: MasterKey, case: CaseFile, view: str) -> None:
    """Record a view as part of another change."""
    if view not in VIEWS:
        raise InvalidError("There is no such view.", faults=[Fault("not on the list", pointer="#/view")])
    mine = OwnView(
        case_id=case.case_id,
        candidate_id=case.candidate_id,
        officer=reading.principal.key_id,
        at_us=reading.now_us,
        view=view,
    )
    add_view(connection, mine)
    subject = audit.subject_token(master, case.candidate_id)
    audit.append(
        connection, reading, action="view.record", subject=subject, detail={"case": case.case_id, "view": view}
    )


def latest(connection: Connection, reading: Reading, case: CaseFile) -> str | None:
    """The officer's view of a case as it stands; None while there is none."""
    return latest_of(connection, reading, [(case.case_id, case.candidate_id)]).get((case.case_id, case.candidate_id))


def latest_of(connection: Connection, reading: Reading, cases: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The officer's views of some cases, by case and candidate."""
    since = reading.now_us - GOOD_FOR_US
    found = views_of(connection, reading.principal.key_id, [case for case, _ in cases], since_us=since)
    return {key: view.view for key, view in found.items()}
