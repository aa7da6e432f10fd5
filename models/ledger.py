"""What the agency ledger says: licence state on any day, sanctions, deposit, claims, complaints.

The ledger is read in order of ``effective_on`` (then of recording). A grant starts a licence anew: it lifts a
suspension and follows a revocation. An extension moves the end. A suspension lasts until reinstated. The worst of
what applies is the state. A licence whose regime extends by itself does not expire.
"""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from models.times import EPOCH_DATE, months_ago

if TYPE_CHECKING:
    from models.rules import Rules

ACTIVE, PART, EXPIRED, SUSPENDED, REVOKED, NONE = range(6)
SANCTIONS: Final = ("warned", "suspended", "deposit_cashed")
COMPLAINT: Final = "complaint_upheld"
CLAIM_DIGITS: Final = 6
"""Decimals kept of a logarithm, so that the value does not depend on the mathematics library."""


@dataclass
class Ledger:
    """The ledger of one agency as known at *t*.

    ``days`` and ``states`` are the days on which the licence state changes and the state from then on.
    """

    days: list[int] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    valid_to: int | None = None
    extends_itself: bool = False
    sanctions: int = 0
    deposit_shortfall: bool = False
    open_claims: float = 0.0
    complaints: int = 0

    def state_on(self, day: int) -> int:
        """Licence state (index into the levels of ``licence_state``) on a day number."""
        at = bisect.bisect_right(self.days, day)
        return self.states[at - 1] if at else NONE


@dataclass(frozen=True)
class _Licence:
    """What the ledger says of a licence after an event."""

    granted: bool = False
    revoked: bool = False
    suspended: str | None = None
    valid_to: int | None = None
    extends_itself: bool = False

    @property
    def ends(self) -> int | None:
        """The last day of a licence that ends at all."""
        return None if self.extends_itself else self.valid_to

    def state(self, day: int) -> int:
        """Licence state on a day from the event on."""
        if self.revoked:
            return REVOKED
        if not self.granted:
            return NONE
        if self.suspended == "all":
            return SUSPENDED
        if self.ends is not None and self.ends < day:
            return EXPIRED
        return PART if self.suspended == "part" else ACTIVE


def _after(licence: _Licence, row: Mapping[str, Any], rules: Rules) -> _Licence:
    """The licence after one event of the ledger; the same object where the event does not touch it."""
    event = row["event"]
    if event in ("licence_granted", "licence_extended"):
        extends = licence.extends_itself
        if row["regime"] is not None or event == "licence_granted":
            day = EPOCH_DATE + dt.timedelta(days=row["effective_on"])
            rule = rules.regime(row["regime"], day) if row["regime"] is not None else None
            extends = rule is not None and rule.extends_itself
        if event == "licence_granted":
            return _Licence(granted=True, valid_to=row["valid_to"], extends_itself=extends)
        return replace(licence, granted=True, valid_to=row["valid_to"], extends_itself=extends)
    if event == "suspended":
        return replace(licence, suspended="part" if row["scope"] == "part" else "all")
    if event == "reinstated":
        return replace(licence, suspended=None)
    if event == "revoked":
        return replace(licence, revoked=True)
    return licence


def _timeline(rows: Sequence[Mapping[str, Any]], today: int, rules: Rules) -> Ledger:
    """Licence states by day; of several events on one day the last recorded decides."""
    ledger = Ledger()
    licence = _Licence()
    changes: dict[int, _Licence] = {}
    for row in rows:
        after = _after(licence, row, rules)
        if after is not licence:
            licence = changes[row["effective_on"]] = after
    points = list(changes)
    for start, following in zip_longest(points, points[1:]):
        ledger.days.append(start)
        ledger.states.append(changes[start].state(start))
        ends = changes[start].ends
        if ends is not None and start <= ends and (following is None or ends + 1 < following):
            ledger.days.append(ends + 1)
            ledger.states.append(changes[start].state(ends + 1))
    in_force = [changes[start] for start in points if start <= today]
    if in_force and in_force[-1].granted and not in_force[-1].revoked:
        ledger.valid_to, ledger.extends_itself = in_force[-1].valid_to, in_force[-1].extends_itself
    return ledger


def closed_window(today: int, rules: Rules) -> tuple[int, int]:
    """Day numbers (after, until) of the window of facts about others: closed ``outcome_gap_days`` before ``today``."""
    until = today - int(rules.constant("outcome_gap_days"))
    return months_ago(until, int(rules.constant("lookback_months"))), until


def ledgers(events: pl.DataFrame, *, today: int, rules: Rules) -> Mapping[str, Ledger]:
    """The ledger of every agency with events.

    Parameters
    ----------
    events
        Visible ``agency_events``.
    today
        Jakarta day number of *t*; what takes effect later is known but not yet in force.
    """
    ordered = events.select(
        "agency_id",
        "event",
        "scope",
        "regime",
        "recorded_at",
        "ingest_seq",
        "row",
        "amount_idr",
        effective_on=pl.col("effective_on").cast(pl.Int32),
        valid_to=pl.col("valid_to").cast(pl.Int32),
    )
    by_agency: dict[str, list[dict[str, Any]]] = {}
    for row in ordered.iter_rows(named=True):
        by_agency.setdefault(row["agency_id"], []).append(row)
    return {agency: ledger_of(rows, today=today, rules=rules) for agency, rows in by_agency.items()}


def ledger_of(events: Iterable[Mapping[str, Any]], *, today: int, rules: Rules) -> Ledger:
    """The ledger of one agency.

    Parameters
    ----------
    events
        Its visible ``agency_events`` in any order, dates as day numbers.
    today
        Jakarta day number of *t*.
    """
    order = ("effective_on", "recorded_at", "ingest_seq", "row")
    rows = sorted(events, key=lambda row: tuple(row[name] for name in order))
    since_24m = months_ago(today, int(rules.constant("sanction_months")))
    window = closed_window(today, rules)
    ledger = _timeline(rows, today, rules)
    claims = 0
    for row in rows:
        event, effective, amount = row["event"], row["effective_on"], row["amount_idr"] or 0
        if effective > today:
            continue
        if event in SANCTIONS and effective > since_24m:
            ledger.sanctions += 1
        if event == "deposit_cashed":
            ledger.deposit_shortfall = True
        elif event == "deposit_restored":
            ledger.deposit_shortfall = False
        elif event == "claim_opened":
            claims += amount
        elif event == "claim_settled":
            claims -= amount
        elif event == COMPLAINT and window[0] < effective <= window[1]:
            ledger.complaints += 1
    ledger.open_claims = round(math.log1p(max(0, claims)), CLAIM_DIGITS)
    return ledger


def complaints_upheld(events: pl.DataFrame, *, today: int, rules: Rules) -> int:
    """Complaints upheld within the window of facts about others: the sum over all ledgers, without making them."""
    after, until = closed_window(today, rules)
    effective = pl.col("effective_on").cast(pl.Int32)
    counted = (pl.col("event") == COMPLAINT) & (effective > after) & (effective <= min(until, today))
    return events.filter(counted).height
