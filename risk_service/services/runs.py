"""Rescorings as they are listed and asked for over the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.errors import StoreError
from models.times import US_PER_SECOND, date_of, end_of_day
from risk_service.errors import BusyError, Fault, InvalidError
from risk_service.policy import Principal, not_found
from risk_service.services import audit, drift
from risk_service.services.cursors import Page, read, write
from risk_service.services.keys import Secrets
from risk_service.services.reader import CaseReader
from risk_service.services.rescoring import WORK, request
from risk_service.store import Store
from risk_service.store import runs as repository

_LIST = {"list": "runs"}
_STARTING_US = 60 * US_PER_SECOND


def listed(store: Store, principal: Principal, *, secrets: Secrets, limit: int, cursor: str | None = None) -> Page:
    """Return a page of rescorings, the latest request first.

    Raises
    ------
    NotAllowedError, InvalidError
        The role does not read runs; the cursor is of another list.
    """
    principal.require("run.read")
    before: Any = read(cursor, key=secrets.cursors, of=_LIST) if cursor is not None else None
    with store.reading() as connection:
        found = repository.list_runs(connection, limit=limit + 1, before=before)
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else None
    following = None if last is None else write((last.requested_at_us, last.run_id), key=secrets.cursors, of=_LIST)
    return Page([_as_dict(run) for run in shown], following)


def get(store: Store, principal: Principal, *, run_id: str) -> dict[str, Any]:
    """Return one rescoring.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not read runs; there is no such run.
    """
    principal.require("run.read")
    with store.reading() as connection:
        run = repository.get_run(connection, run_id)
    if run is None:
        raise not_found("run")
    return _as_dict(run)


def start(
    store: Store,
    principal: Principal,
    *,
    reader: CaseReader,
    as_of_us: int | None,
    now_us: int,
    request_id: str | None,
    begin: Callable[[str], None],
) -> dict[str, Any]:
    """Ask for a rescoring of everybody, with the release in force now.

    Parameters
    ----------
    as_of_us
        UTC microseconds; None: now.
    begin
        Starts carrying out the run of that id and returns at once.

    Raises
    ------
    NotAllowedError, InvalidError, BusyError
        The role does not start runs; the time is to come; one is under way.
    StoreError, ReleaseError
        Nothing has been delivered; no release fits the data.
    """
    principal.require("run.start")
    refuse_to_come(as_of_us, now_us=now_us)
    _refuse_if_busy(store, now_us)
    run = request(
        store,
        release=reader.releases.at(),
        rules=reader.rules,
        as_of_us=now_us if as_of_us is None else as_of_us,
        now_us=now_us,
        requested_by=principal.key_id,
    )
    reading = audit.Reading(principal=principal, purpose=None, now_us=now_us, request_id=request_id)
    detail = {"as_of_us": run.as_of_us}
    audit.record(store, reading, action="run.start", subject=run.run_id, release=run.release, detail=detail)
    begin(run.run_id)
    return _as_dict(run)


def refuse_to_come(as_of_us: int | None, *, now_us: int) -> None:
    """Refuse to rescore the queue as of a day after today: every case until then would leave it.

    Raises
    ------
    InvalidError
        The time is to come.
    """
    today = date_of(now_us)
    if as_of_us is not None and as_of_us > end_of_day(today):
        raise InvalidError(
            "The queue is not rescored as of a time to come: whoever departs until then would leave it.",
            what_to_do=f"Name a day up to {today.isoformat()}, or none for now.",
            faults=[Fault("is to come", pointer="#/as_of")],
        )


def _refuse_if_busy(store: Store, now_us: int) -> None:
    """Refuse while a process is rescoring, or is just about to; a run whose process died is in nobody's way."""
    with store.reading() as connection:
        latest = repository.list_runs(connection, limit=10)
    about_to = any(run.state == "waiting" and run.requested_at_us > now_us - _STARTING_US for run in latest)
    try:
        with store.alone(WORK):
            pass
    except StoreError:
        about_to = True
    if about_to:
        raise BusyError("A rescoring is under way.", what_to_do="Ask GET /api/v1/runs how far it is.")


def _as_dict(run: repository.Run) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "state": run.state,
        "as_of": run.as_of_us,
        "requested_at": run.requested_at_us,
        "started_at": run.started_at_us,
        "finished_at": run.finished_at_us,
        "ingest_seq": run.ingest_seq,
        "release": run.release,
        "rules_version": run.rules_version,
        "simulated": run.simulated,
        "cases": run.cases,
        "changed": run.changed,
        "ended": run.ended,
        "drift": None if run.report is None else drift.line_of(run.report),
        "fault": run.fault,
    }
