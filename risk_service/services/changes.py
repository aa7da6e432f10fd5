"""What the last rescoring changed in the cases of an office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.services.casefiles import day_of_number
from risk_service.services.cursors import read, write
from risk_service.services.keys import Secrets
from risk_service.services.objections import withheld
from risk_service.store import MasterKey, Store
from risk_service.store import runs as runs_kept
from risk_service.store import worklists as kept
from risk_service.store.casework import objecting
from risk_service.store.worklists import Standing

CHANGES: Final = ("new", "date", "band", "way_back")


def find(
    store: Store, reading: Reading, *, master: MasterKey, secrets: Secrets, query: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a page of what the last rescoring changed in an office's cases, by departure date.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.worklist.ChangesQuery`.

    Returns
    -------
    dict
        As `risk_service.schemas.worklist.ChangeList`.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError
        The role does not work with lists; another office's are asked for; the cursor is of another list, of another
        rescoring as well.
    """
    reading.principal.require("worklist.read")
    office, limit = query.get("office") or reading.principal.office, query["limit"]
    if office is None:
        return {"office": None, "as_of": None, "items": [], "next": None}
    reading.principal.require_office(office, what="office")
    following = None
    with store.reading() as connection:
        run = runs_kept.last_done(connection)
        of = {"list": "changes", "office": office, "run": None if run is None else run.run_id}
        after: Any = read(query["cursor"], key=secrets.cursors, of=of) if "cursor" in query else None
        found = [] if run is None else kept.changed_in(connection, office, run.run_id, limit=limit + 1, after=after)
        if len(found) > limit:
            found = found[:limit]
            following = write(kept.place_of(found[-1]), key=secrets.cursors, of=of)
        before = kept.standings_before(connection, found)
        objects = objecting(connection, [now.candidate_id for now in found])
    items = [_change(now, before.get((now.case_id, now.candidate_id))) for now in found]
    items = [_by_date(item) if item["candidate_id"] in objects else item for item in items]
    people = [audit.subject_token(master, now.candidate_id) for now in found]
    audit.record(store, reading, action="worklist.changes", detail={"office": office, "people": people})
    return {"office": office, "as_of": None if run is None else run.as_of_us, "items": items, "next": following}


def changed(now: Standing, before: Standing | None) -> list[str]:
    """What is not as it was, of :data:`CHANGES`."""
    if before is None:
        return ["new"]
    compared = {"date": "planned_day", "band": "band", "way_back": "recourse_kind"}
    return [code for code, name in compared.items() if getattr(before, name) != getattr(now, name)]


def _change(now: Standing, before: Standing | None) -> dict[str, Any]:
    return {
        "case_id": now.case_id,
        "candidate_id": now.candidate_id,
        "planned_departure_on": day_of_number(now.planned_day),
        "changes": changed(now, before),
        "lane": now.lane,
        "lane_before": None if before is None else before.lane,
        "band": now.band,
        "band_before": None if before is None else before.band,
    }


def _by_date(change: Mapping[str, Any]) -> dict[str, Any]:
    """What has changed in the case of somebody who objects to being scored: nothing that a score says."""
    shown = withheld(change)
    before = {f"{name}_before": change[f"{name}_before"] and shown[name] for name in ("lane", "band")}
    return {**shown, **before, "changes": [code for code in change["changes"] if code != "band"]}
