"""The worklist of an office and day: made once, kept with the draw it was made with, read with what has happened since.

Whether a case was drawn by lot is shown to an officer once their own view of it is recorded; the list itself says that
some are. Everything a list shows of a case is what is on record of it now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.recourse import KINDS
from models.texts import OFFICE_TITLES, SAFETY, SAFETY_STEPS, STEP_TITLES
from models.times import US_PER_DAY, day_number
from models.worklist import LANES, SETTLED_DAYS, Choice, Lot, choose
from risk_service.errors import Fault, InvalidError
from risk_service.services import audit, overrides, own_views
from risk_service.services.audit import Reading
from risk_service.services.casefiles import by, check_version, day_of_number, number_of_day, officers
from risk_service.services.casework_actions import resting
from risk_service.services.changes import changed
from risk_service.services.findings import state_of as finding_state
from risk_service.services.objections import BY_DATE
from risk_service.store import MasterKey, Store, office_lists
from risk_service.store import runs as runs_kept
from risk_service.store import worklists as kept
from risk_service.store.casework import FINDINGS, Override, objecting
from risk_service.store.casework_tables import findings
from risk_service.store.office_lists import Waiting
from risk_service.store.tables import current_scores
from risk_service.store.worklists import Capacity, Case, Item, Standing, Work, Worklist

STATES: Final = ("open", "done", "resting", "all")


@dataclass(frozen=True, kw_only=True)
class Making:
    """What a new list is made with, given by the edge.

    Parameters
    ----------
    seed
        Random text for the draw; used only if there is no list yet, and kept with it.
    capacity
        Of an office that has stated none.
    lot_share
        Share of the capacity that is drawn by lot.
    """

    seed: str
    capacity: int
    lot_share: float


def view(
    store: Store, reading: Reading, *, master: MasterKey, making: Making, query: Mapping[str, Any]
) -> dict[str, Any]:
    """Return an office's list; today's is made if there is none yet.

    Parameters
    ----------
    query
        As loaded by `risk_service.schemas.worklist.WorklistFilters`.

    Returns
    -------
    dict
        As `risk_service.schemas.worklist.Worklist`; without an office, for whoever sees all, the offices there are.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not work with lists; another office's is asked for.
    """
    reading.principal.require("worklist.read")
    office = query.get("office") or reading.principal.office
    today = day_number(reading.now_us)
    if office is None:
        return _without_office(store, today)
    reading.principal.require_office(office, what="office")
    wanted = query.get("day")
    day = number_of_day(wanted) or today
    if day == today:
        _make(store, reading, office=office, day=day, making=making)
    with store.reading() as connection:
        worklist = kept.get_worklist(connection, office, day)
        rows = [] if worklist is None else _rows(connection, reading, worklist)
        stated = kept.CAPACITIES.get(connection, office)
        run = runs_kept.last_done(connection)
    shown = [row for row in rows if _fits(row, query, reading.principal.key_id)]
    people = [audit.subject_token(master, row["candidate_id"]) for row in shown]
    detail = {"office": office, "day": day, "people": people}
    audit.record(store, reading, action="worklist.read", detail=detail)
    return {
        "office": office,
        "day": day_of_number(day),
        "capacity": making.capacity if stated is None else stated.capacity,
        "capacity_version": 0 if stated is None else stated.version,
        "lot_share": making.lot_share if worklist is None else worklist.lot_share,
        "made_at": None if worklist is None else worklist.made_at_us,
        "scored_as_of": None if run is None else run.as_of_us,
        "counts": {state: sum(_in_state(row, state) for row in rows) for state in STATES},
        "lanes": {lane: sum(row["lane"] == lane for row in shown) for lane in LANES},
        "items": shown,
        "offices": [],
    }


def set_capacity(
    store: Store, reading: Reading, *, office: str, capacity: int, version: int | None = None
) -> dict[str, Any]:
    """State how many cases an office can look at in a day; counts from the next list that is made.

    Raises
    ------
    NotAllowedError, NotFoundError, PreconditionFailedError
        The role does not manage lists; another office's; changed meanwhile.
    """
    reading.principal.require("worklist.manage")
    reading.principal.require_office(office, what="office")
    with store.writing() as connection:
        before = kept.CAPACITIES.get(connection, office)
        check_version(version, 0 if before is None else before.version)
        values = {"capacity": capacity, "set_by": reading.principal.key_id, "set_at_us": reading.now_us}
        if before is None:
            kept.CAPACITIES.add(connection, Capacity(office=office, **values))  # type: ignore[arg-type]
        else:
            kept.CAPACITIES.change(connection, office, before.version, **values)
        detail = {"office": office, "capacity": capacity, "before": None if before is None else before.capacity}
        audit.append(connection, reading, action="worklist.capacity", subject=office, detail=detail)
    return {"office": office, "capacity": capacity, "version": 1 if before is None else before.version + 1}


def save_filter(store: Store, reading: Reading, *, name: str, query: str) -> None:
    """Keep a filter of one's own under a name."""
    reading.principal.require("casework.write")
    with store.writing() as connection:
        kept.save_filter(connection, reading.principal.key_id, name, query, at_us=reading.now_us)


def drop_filter(store: Store, reading: Reading, *, name: str) -> bool:
    """Forget a filter of one's own; whether there was one."""
    reading.principal.require("casework.write")
    with store.writing() as connection:
        return kept.drop_filter(connection, reading.principal.key_id, name)


def filters(store: Store, reading: Reading) -> list[dict[str, str]]:
    """Return one's own filters, by name."""
    reading.principal.require("worklist.read")
    with store.reading() as connection:
        found = kept.filters_of(connection, reading.principal.key_id)
    return [{"name": name, "query": query} for name, query in found.items()]


def offices(store: Store) -> list[str]:
    """Return the offices that have cases in the queue."""
    with store.reading() as connection:
        column = current_scores.c.office
        query = sa.select(column).where(column.is_not(None)).distinct().order_by(column)
        return list(connection.execute(query).scalars())


def _without_office(store: Store, today: int) -> dict[str, Any]:
    return {
        "office": None,
        "day": day_of_number(today),
        "capacity": None,
        "capacity_version": None,
        "lot_share": None,
        "made_at": None,
        "scored_as_of": None,
        "counts": dict.fromkeys(STATES, 0),
        "lanes": dict.fromkeys(LANES, 0),
        "items": [],
        "offices": offices(store),
    }


def _make(store: Store, reading: Reading, *, office: str, day: int, making: Making) -> None:
    """Make today's list if there is none, and anything to choose from."""
    with store.reading() as connection:
        if kept.get_worklist(connection, office, day) is not None:
            return
    with store.alone("worklist", wait=True), store.writing() as connection:
        if kept.get_worklist(connection, office, day) is not None:
            return
        cases = _cases(connection, office, now_us=reading.now_us)
        if cases.is_empty():
            return
        stated = kept.CAPACITIES.get(connection, office)
        capacity = making.capacity if stated is None else stated.capacity
        lot = Lot(seed=making.seed, office=office, day=day, share=making.lot_share)
        choice = choose(cases, capacity=capacity, lot=lot)
        _keep(connection, reading, choice=choice, cases=cases, lot=lot, capacity=capacity)


def _keep(
    connection: Connection, reading: Reading, *, choice: Choice, cases: pl.DataFrame, lot: Lot, capacity: int
) -> None:
    run = runs_kept.last_done(connection)
    known = cases.select("case_id", "candidate_id", "planned_day", "score_id")
    listed = choice.items.join(known, on=["case_id", "candidate_id"], how="left")
    items = [
        Item(office=lot.office, day=lot.day, **row | {"drawn": int(row["drawn"]), "returned": int(row["returned"])})
        for row in listed.iter_rows(named=True)
    ]
    worklist = Worklist(
        office=lot.office,
        day=lot.day,
        capacity=capacity,
        lot_share=lot.share,
        seed=lot.seed,
        eligible=choice.eligible,
        drawn=choice.drawn,
        run_id=None if run is None else run.run_id,
        made_by=reading.principal.key_id,
        made_at_us=reading.now_us,
    )
    kept.add_worklist(connection, worklist, items)
    works = kept.work_of(connection, [(item.case_id, item.candidate_id) for item in items])
    for item in items:
        case = (item.case_id, item.candidate_id)
        work = works.get(case) or Work(case_id=item.case_id, candidate_id=item.candidate_id, office=lot.office)
        if work.first_listed_at_us is None:
            kept.put_work(connection, work, first_listed_at_us=reading.now_us)
    detail = {"office": lot.office, "day": lot.day, "capacity": capacity, "drawn": choice.drawn, "of": choice.eligible}
    audit.append(connection, reading, action="worklist.make", subject=lot.office, detail=detail)


def _cases(connection: Connection, office: str, *, now_us: int) -> pl.DataFrame:
    """An office's queue as `models.worklist.choose` takes it."""
    queue = kept.queue_of(connection, office)
    today = day_number(now_us)
    works = kept.work_of_office(connection, office)
    set_beside = overrides.of_office(connection, office, now_us=now_us)
    settled = _settled(connection, office, now_us=now_us)
    asleep = [case for case, work in works.items() if (work.snoozed_until_us or 0) > now_us]
    seqs = kept.evidence_seq(connection, [candidate for _, candidate in asleep]) if asleep else {}
    scores = kept.scores_of(connection, office, [case for case, _ in asleep]) if asleep else {}
    rest = {case for case in asleep if resting(works[case], scores.get(case), seqs.get(case[1]), now_us=now_us)}
    pairs: list[Case] = list(queue.select("case_id", "candidate_id").iter_rows())
    return queue.with_columns(
        pl.Series("override", [_band_of(set_beside.get(case)) for case in pairs], dtype=pl.String),
        pl.Series("resting", [case in rest for case in pairs], dtype=pl.Boolean),
        pl.Series("settled", [case in settled for case in pairs], dtype=pl.Boolean),
        pl.Series("idle_days", [_idle(works.get(case), today) for case in pairs], dtype=pl.Int64),
        days_left=pl.col("planned_day") - today,
    )


def _settled(connection: Connection, office: str, *, now_us: int) -> set[Case]:
    """Cases with a finding that counts, or may come to, of the last days."""
    since = now_us - SETTLED_DAYS * US_PER_DAY
    recent = FINDINGS.find(connection, findings.c.office == office, findings.c.recorded_at_us > since)
    counting = ("confirmed", "provisional")
    return {(one.case_id, one.candidate_id) for one in recent if finding_state(one, now_us) in counting}


def _band_of(override: Override | None) -> str | None:
    return None if override is None else override.band


def _idle(work: Work | None, today: int) -> int | None:
    if work is None or work.first_listed_at_us is None:
        return None
    return today - day_number(max(work.first_listed_at_us, work.touched_at_us or 0))


def _rows(connection: Connection, reading: Reading, worklist: Worklist) -> list[dict[str, Any]]:
    """The cases of a list as they are now."""
    items = kept.items_of(connection, worklist.office, worklist.day)
    cases: list[Case] = [(item.case_id, item.candidate_id) for item in items]
    ids = [case for case, _ in cases]
    scores = kept.scores_of(connection, worklist.office, ids)
    works = kept.work_of(connection, cases)
    views = own_views.latest_of(connection, reading, cases)
    beside = overrides.in_force(connection, ids, now_us=reading.now_us)
    seqs = kept.evidence_seq(connection, [candidate for _, candidate in cases])
    objects = objecting(connection, [candidate for _, candidate in cases])
    waits = office_lists.waiting_in(connection, cases)
    names = officers(connection, [hand for work in works.values() for hand in (work.assigned_to, work.locked_by)])
    run = runs_kept.last_done(connection)
    last = None if run is None else run.run_id
    fresh = {case: Standing.of(score) for case, score in scores.items() if score.run_id == last}
    before = kept.standings_before(connection, fresh.values())
    found = []
    for item in items:
        case = (item.case_id, item.candidate_id)
        score, work = scores.get(case), works.get(case) or Work(case_id=case[0], candidate_id=case[1], office=None)
        planned = item.planned_day if score is None else score.planned_day
        seen = views.get(case)
        locked = work.locked_until_us is not None and work.locked_until_us > reading.now_us
        found.append(
            {
                "case_id": item.case_id,
                "candidate_id": item.candidate_id,
                "lane": item.lane,
                "planned_departure_on": day_of_number(planned),
                "destination": None if score is None else score.destination,
                "scheme": None if score is None else score.scheme,
                "agency_id": None if score is None else score.agency_id,
                "help": None if score is None else KINDS[score.recourse_kind].as_dict(),
                "waiting": [_step(one) for one in waits.get(case, [])],
                "in_queue": score is not None,
                "served_by_date": item.candidate_id in objects or (score is not None and score.lane == BY_DATE),
                "override": _band_of(beside.get(case)),
                "assigned_to": by(names, work.assigned_to),
                "locked_by": by(names, work.locked_by) if locked else None,
                "locked_until": work.locked_until_us if locked else None,
                "resting_until": work.snoozed_until_us
                if resting(work, score, seqs.get(case[1]), now_us=reading.now_us)
                else None,
                "resting_because": work.snoozed_because,
                "returned": bool(item.returned),
                "changes": changed(fresh[case], before.get(case)) if case in fresh else [],
                "finding_id": item.finding_id,
                "own_view": seen,
                "drawn": bool(item.drawn) if seen is not None else None,
                "inclusion_probability": item.inclusion_probability if seen is not None else None,
                "version": work.version,
            }
        )
    return found


def _step(one: Waiting) -> dict[str, Any]:
    """A step that waits, and who can do it."""
    return {
        "step": one.step,
        "title": STEP_TITLES[one.step].as_dict(),
        "turn": one.turn,
        "state": one.state,
        "issuer": OFFICE_TITLES[one.issuer].as_dict(),
        "office_id": one.office_id or None,
        "safety": SAFETY.as_dict() if one.step in SAFETY_STEPS else None,
    }


def _fits(row: Mapping[str, Any], query: Mapping[str, Any], me: str) -> bool:
    wanted = query.get("assigned")
    hand = None if row["assigned_to"] is None else row["assigned_to"]["id"]
    whose = {"me": hand == me, "nobody": hand is None}
    return (
        _in_state(row, query.get("state", "open"))
        and query.get("lane") in (None, row["lane"])
        and query.get("destination") in (None, row["destination"])
        and (wanted is None or whose.get(wanted, hand == wanted))
        and (not query.get("changed") or bool(row["changes"]))
        and (not query.get("returned") or row["returned"])
    )


def _in_state(row: Mapping[str, Any], state: str) -> bool:
    done, rests = row["finding_id"] is not None, row["resting_until"] is not None
    fits: dict[str, bool] = {
        "open": not done and not rests,
        "done": done,
        "resting": rests and not done,
        "all": True,
    }
    if state not in fits:
        raise InvalidError("There is no such state.", faults=[Fault("not on the list", parameter="state")])
    return fits[state]
