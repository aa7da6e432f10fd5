"""The region view: what the head of an office steers by, without anybody in it who could be told.

All figures are those of the last rescoring, over whole months; counts that would give somebody away are None. Places
are listed by code, never by figure.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any, Final

import polars as pl
from sqlalchemy.engine import Connection

from models.schema import STEPS
from models.suppression import LEAST
from models.tallies import months_window
from models.texts import OFFICE_TITLES, STEP_TITLES
from models.times import US_PER_DAY, date_of
from risk_service.geography import region_name
from risk_service.policy import Principal, not_found
from risk_service.services.publishing import ALL, KINDS, SCHEMA
from risk_service.services.reader import CaseReader
from risk_service.store import Store, runs
from risk_service.store import office_lists as lists
from risk_service.store import scores as queue
from risk_service.store.scores import Wanted
from risk_service.store.sources import sources

DEFAULT_CAPACITY: Final = 50
MOST_CAPACITY: Final = 2000
SINCE_DAYS: Final = 30
COUNTS: Final = ("completed", "helped", "examined", "found", "drawn", "drawn_found", "share", "low", "high")

_MILLION: Final = 1_000_000


def view(
    store: Store, principal: Principal, *, reader: CaseReader, now_us: int, office: str | None = None
) -> dict[str, Any]:
    """Return the region view of an office, or of all.

    Parameters
    ----------
    office
        None: the key's own office, or all of them.

    Returns
    -------
    dict
        As `risk_service.schemas.region_view.RegionView`.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not read it; another office's is asked for, or there is no such office.
    """
    chosen = _office(principal, office)
    with store.reading() as connection:
        run = lists.last_tallied(connection)
        made = lists.load_tally(connection, run[0], part=lists.PUBLISHED) if run is not None else None
        tally = lists.load_tally(connection, run[0]) if run is not None else None
        offices = reader.offices_at(connection, now_us)
        if office is not None and office not in offices:
            raise not_found("office")
        agencies = _agencies(connection, reader, now_us)
        delivering = _sources(connection, reader, now_us, run)
    made = pl.DataFrame(schema=SCHEMA) if made is None else made
    known = sorted(set(made["a"].to_list()) - {ALL, ""}) if principal.office is None else []
    as_of_us = None if run is None else run[1]
    first, after = months_window(date_of(now_us if as_of_us is None else as_of_us))
    return {
        "as_of": as_of_us,
        "first_day": first,
        "last_day": after - dt.timedelta(days=1),
        "office": None if chosen == ALL else chosen,
        "office_name": None if chosen == ALL else offices.get(chosen, {}).get("name"),
        "offices": [name for name in known if name in offices],
        "total": _totals(made, chosen),
        "by_region": _rows(made, "region", chosen, region_name),
        "by_agency": _rows(made, "agency", chosen, agencies.get),
        "by_month": _rows(made, "month", chosen, lambda _: None),
        "stalls": _stalls(tally, chosen, offices),
        "sources": delivering,
    }


def expected(
    store: Store, principal: Principal, *, reader: CaseReader, now_us: int, capacity: int, office: str | None = None
) -> dict[str, Any]:
    """Return how many non-procedural departures a number of checks would find, in the order of the queue and by lot.

    Parameters
    ----------
    capacity
        How many cases are examined.

    Returns
    -------
    dict
        As `risk_service.schemas.region_view.Expected`; figures are None without probabilities, or for fewer than five
        cases. They are whole numbers, so that one capacity less the next tells nobody's probability.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role does not read it; another office's is asked for, or there is no such office.
    """
    chosen = _office(principal, office)
    wanted = None if chosen == ALL else chosen
    with store.reading() as connection:
        if office is not None and office not in reader.offices_at(connection, now_us):
            raise not_found("office")
        top = queue.page(connection, Wanted(office=wanted, lane="scored"), order="urgency", limit=capacity)
        run = lists.last_tallied(connection)
        tally = lists.load_tally(connection, run[0]) if run is not None else None
    told = [score for score in top if score.probability is not None]
    if len(told) < LEAST:
        return {"capacity": capacity, "cases": None} | dict.fromkeys(("expected", "low", "high", "by_lot"))
    return {
        "capacity": capacity,
        "cases": len(told),
        "expected": round(sum(score.probability or 0.0 for score in told)),
        "low": round(sum(score.probability_low or 0.0 for score in told)),
        "high": round(sum(score.probability_high or 0.0 for score in told)),
        "by_lot": _by_lot(tally, chosen, len(told)),
    }


def _by_lot(tally: pl.DataFrame | None, chosen: str, cases: int) -> float | None:
    if tally is None:
        return None
    rows = tally.filter(pl.col("about") == "queue")
    rows = rows if chosen == ALL else rows.filter(pl.col("a") == chosen)
    sums = dict(rows.group_by("measure").agg(pl.col("n").sum()).iter_rows())
    return None if not sums.get("scored") else round(cases * sums.get("probability", 0) / _MILLION / sums["scored"], 1)


def _office(principal: Principal, office: str | None) -> str:
    principal.require("region.read")
    if office is not None:
        principal.require_office(office, what="office")
    return office or principal.office or ALL


def _totals(made: pl.DataFrame, office: str) -> dict[str, Any]:
    """Return the totals of an office; what is in no table is nobody."""
    found = made.filter(pl.col("a") == office, pl.col("b") == ALL, pl.col("about") == "month").to_dicts()
    result: dict[str, Any] = dict.fromkeys((*COUNTS[:6], *KINDS), 0) | dict.fromkeys(COUNTS[6:])
    return result | ({name: found[0][name] for name in result} if found else {})


def _rows(made: pl.DataFrame, about: str, office: str, name_of: Callable[[str], str | None]) -> list[dict[str, Any]]:
    rows = made.filter(pl.col("about") == about, pl.col("a") == office, pl.col("b") != ALL).sort("b")
    return [
        {"key": row["b"], "name": name_of(row["b"])} | {name: row[name] for name in (*COUNTS, *KINDS)}
        for row in rows.iter_rows(named=True)
    ]


def _stalls(tally: pl.DataFrame | None, office: str, offices: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return where procedures stall, in lawful order of steps.

    An office of which fewer than five cases wait is not told, and counts in no total, from which it would follow.
    """
    if tally is None:
        return []
    rows = tally.filter(pl.col("about") == "stall")
    rows = rows if office == ALL else rows.filter(pl.col("a") == office)
    by_office: dict[tuple[str, str], dict[str, int]] = {}
    for b, a, measure, n in rows.select("b", "a", "measure", "n").iter_rows():
        by_office.setdefault((b, a), {})[measure] = n
    counted: dict[str, list[dict[str, int]]] = {}
    for (b, _), numbers in sorted(by_office.items()):
        if numbers["waiting"] >= LEAST:
            counted.setdefault(b, []).append(numbers)
    found = []
    for b, parts in counted.items():
        step, issuer, desk = b.split("|", 2)
        waiting = sum(part["waiting"] for part in parts)
        place = offices.get(desk)
        found.append(
            {
                "step": step,
                "title": STEP_TITLES[step].as_dict(),
                "issuer": issuer,
                "issuer_text": OFFICE_TITLES[issuer].as_dict(),
                "office_id": desk or None,
                "office_name": place["name"] if place else None,
                "waiting": waiting,
                "overdue": _sum_shown(parts, "overdue"),
                "to_confirm": _sum_shown(parts, "unknown"),
                "mean_days": sum(part.get("stalled_days", 0) for part in parts) / waiting,
            }
        )
    found.sort(key=lambda item: (STEPS.index(item["step"]), item["office_id"] or ""))
    return found


def _sum_shown(parts: list[dict[str, int]], measure: str) -> int | None:
    """Add up a measure of offices; hidden in one of them, it is hidden in their sum."""
    shown = [_shown(part.get(measure, 0), part["waiting"]) for part in parts]
    told = [n for n in shown if n is not None]
    return sum(told) if len(told) == len(shown) else None


def _shown(part: int, whole: int) -> int | None:
    """A part of a whole, where neither it nor the rest is of a few."""
    return None if 0 < part < LEAST or 0 < whole - part < LEAST else part


def _agencies(connection: Connection, reader: CaseReader, now_us: int) -> dict[str, str | None]:
    return dict(reader.reference_rows(connection, "agencies", now_us).select("agency_id", "name").iter_rows())


def _sources(
    connection: Connection, reader: CaseReader, now_us: int, run: tuple[str, int] | None
) -> list[dict[str, Any]]:
    """Return who delivers; how far feeds are complete is as of the last rescoring."""
    kept = runs.get_run(connection, run[0]) if run is not None else None
    through: dict[str, dict[str, int]] = json.loads(kept.freshness) if kept is not None and kept.freshness else {}
    rules = reader.rules_at(now_us)
    today = date_of(now_us)
    return [
        {
            "source": source.source or None,
            "last_delivery": source.last_us,
            "deliveries": source.deliveries,
            "rows": source.rows,
            "rejected": source.rejected,
            "pending": source.pending,
            "complete_through": min(through.get(source.source, {}).values(), default=None),
            "stale": sorted(
                feed
                for feed, us in through.get(source.source, {}).items()
                if (today - date_of(us)).days > rules.stale_after_days(feed)
            ),
        }
        for source in sources(connection, since_us=now_us - SINCE_DAYS * US_PER_DAY)
    ]
