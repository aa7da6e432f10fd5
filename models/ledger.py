"""What the agency ledger says: licence state on any day, sanctions, deposit, claims, complaints.

The ledger is read in order of ``effective_on`` (then of recording). A grant starts a licence anew: it lifts a
suspension and follows a revocation. An extension moves the end. A suspension lasts until reinstated. The worst of
what applies is the state. A licence whose regime extends by itself does not expire.
"""

from __future__ import annotations

import bisect
import datetime as dt
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from models.times import EPOCH_DATE, months_before

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.rules import Rules

ACTIVE, PART, EXPIRED, SUSPENDED, REVOKED, NONE = range(6)
SANCTIONS: Final = ("warned", "suspended", "deposit_cashed")
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


def _timeline(rows: list[dict[str, object]], today: int, rules: Rules) -> Ledger:
    ledger = Ledger()
    granted = revoked = False
    suspended: str | None = None
    changes: dict[int, tuple[bool, bool, str | None, int | None, bool]] = {}
    valid_to: int | None = None
    extends = False
    for row in rows:
        event = row["event"]
        effective = int(row["effective"])  # type: ignore[call-overload]
        if event in ("licence_granted", "licence_extended"):
            if event == "licence_granted":
                granted, revoked, suspended = True, False, None
            until = row["until"]
            valid_to = None if until is None else int(until)  # type: ignore[call-overload]
            regime = row["regime"]
            if regime is not None or event == "licence_granted":
                rule = rules.regime(str(regime), EPOCH_DATE + dt.timedelta(days=effective)) if regime else None
                extends = rule is not None and rule.extends_itself
            granted = True
        elif event == "suspended":
            suspended = "part" if row["scope"] == "part" else "all"
        elif event == "reinstated":
            suspended = None
        elif event == "revoked":
            revoked = True
        else:
            continue
        changes[effective] = (granted, revoked, suspended, valid_to, extends)
    points = sorted(changes)
    for i, start in enumerate(points):
        has_licence, is_revoked, suspension, end, self_extending = changes[start]
        following = points[i + 1] if i + 1 < len(points) else None
        ends = end if end is not None and not self_extending else None

        def state(
            expired: bool,  # noqa: FBT001 -- local helper of two lines
            has: bool = has_licence,
            off: bool = is_revoked,
            stop: str | None = suspension,
        ) -> int:
            if off:
                return REVOKED
            if not has:
                return NONE
            if stop == "all":
                return SUSPENDED
            return EXPIRED if expired else (PART if stop == "part" else ACTIVE)

        ledger.days.append(start)
        ledger.states.append(state(ends is not None and ends < start))
        if ends is not None and start <= ends and (following is None or ends + 1 < following):
            ledger.days.append(ends + 1)
            ledger.states.append(state(True))
    current = [p for p in points if p <= today]
    if current:
        has_licence, is_revoked, _, end, self_extending = changes[current[-1]]
        if has_licence and not is_revoked:
            ledger.valid_to, ledger.extends_itself = end, self_extending
    return ledger


def closed_window(today: int, rules: Rules) -> tuple[int, int]:
    """Day numbers (after, until) of the window of facts about others: closed ``outcome_gap_days`` before ``today``."""
    until = EPOCH_DATE + dt.timedelta(days=today - int(rules.constant("outcome_gap_days")))
    return (months_before(until, int(rules.constant("lookback_months"))) - EPOCH_DATE).days, (until - EPOCH_DATE).days


def ledgers(events: pl.DataFrame, *, today: int, rules: Rules) -> Mapping[str, Ledger]:
    """The ledger of every agency with events.

    Parameters
    ----------
    events
        Visible ``agency_events``.
    today
        Jakarta day number of *t*; what takes effect later is known but not yet in force.
    """
    date = EPOCH_DATE + dt.timedelta(days=today)
    since_24m = (months_before(date, int(rules.constant("sanction_months"))) - EPOCH_DATE).days
    window = closed_window(today, rules)
    ordered = events.select(
        "agency_id",
        "event",
        "scope",
        "regime",
        "recorded_at",
        "ingest_seq",
        "row",
        effective=pl.col("effective_on").cast(pl.Int32),
        until=pl.col("valid_to").cast(pl.Int32),
        amount=pl.col("amount_idr").fill_null(0),
    ).sort("agency_id", "effective", "recorded_at", "ingest_seq", "row")
    by_agency: dict[str, list[dict[str, object]]] = {}
    for row in ordered.iter_rows(named=True):
        by_agency.setdefault(row["agency_id"], []).append(row)
    result: dict[str, Ledger] = {}
    for agency, rows in by_agency.items():
        ledger = _timeline(rows, today, rules)
        claims = 0
        for row in rows:
            event, effective = row["event"], int(row["effective"])  # type: ignore[call-overload]
            if effective > today:
                continue
            amount = int(row["amount"])  # type: ignore[call-overload]
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
            elif event == "complaint_upheld" and window[0] < effective <= window[1]:
                ledger.complaints += 1
        ledger.open_claims = round(math.log1p(max(0, claims)), CLAIM_DIGITS)
        result[agency] = ledger
    return result
