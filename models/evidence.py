"""Which record a reason or a notice speaks of, so that a reader can open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from models.features.catalogue import BY_NAME, Feature
from models.ledger import SANCTIONS
from models.schema import FEEDS
from models.times import iso

if TYPE_CHECKING:
    from models.situation import Situation

_EVENTS: Final = {
    "licence_state": ("licence_granted", "licence_extended", "suspended", "reinstated", "revoked"),
    "licence_ends_before_departure": ("licence_granted", "licence_extended"),
    "sanctions_24m": SANCTIONS,
    "deposit_shortfall": ("deposit_cashed", "deposit_restored"),
    "complaint_rate": ("complaint_upheld",),
    "open_claims": ("claim_opened", "claim_settled"),
}


@dataclass(frozen=True)
class Record:
    """One row of a feed: its key and when it became known."""

    feed: str
    key: dict[str, str]
    recorded_at: str


def _record(situation: Situation, feed: str, condition: pl.Expr, *, newest: str = "recorded_at") -> Record | None:
    rows = situation.block.visible[feed].filter(condition).sort(newest, "recorded_at", "ingest_seq", "row")
    if rows.is_empty():
        return None
    row = rows.row(-1, named=True)
    us = rows["recorded_at"].dt.timestamp("us")[-1]
    return Record(feed, {name: row[name] for name in FEEDS[feed].key}, iso(int(us)))


class Evidence:
    """Records of one case.

    Parameters
    ----------
    situation, i
        The case's row.
    """

    def __init__(self, situation: Situation, i: int) -> None:
        self._situation = situation
        self._case = situation.cases.row(i, named=True)

    def row(self, feed: str) -> Record | None:
        """The case's own row of a feed (steps: the latest of its registration), None if it has none."""
        case = self._case
        keys = {
            "candidates": {"candidate_id": "candidate_id"},
            "registrations": {"registration_id": "registration_id"},
            "registration_steps": {"registration_id": "registration_id"},
            "agencies": {"agency_id": "agency_id"},
            "agency_events": {"agency_id": "agency_id"},
            "permits": {"permit_id": "permit_id"},
            "branches": {"agency_id": "agency_id", "region": "branch_region"},
            "travel": {"travel_id": "travel_id"},
            "offices": {"office_id": "office"},
        }
        wanted = {column: case[name] for column, name in keys.get(feed, {}).items()}
        if not wanted or None in wanted.values():
            return None
        return _record(self._situation, feed, pl.all_horizontal(pl.col(c) == v for c, v in wanted.items()))

    def of_feature(self, name: str) -> Record | None:
        """The record a feature's value rests on; None where it rests on counts over others only."""
        feature = BY_NAME[name]
        case = self._case
        if feature.step is not None:
            own = None
            if case["registration_id"] is not None:
                of_step = (pl.col("registration_id") == case["registration_id"]) & (pl.col("step") == feature.step)
                own = _record(self._situation, "registration_steps", of_step)
            return own or self.row("registrations")
        if name in _EVENTS and case["agency_id"] is not None:
            return _record(
                self._situation,
                "agency_events",
                (pl.col("agency_id") == case["agency_id"])
                & pl.col("event").is_in(list(_EVENTS[name]))
                & (pl.col("effective_on").cast(pl.Int32) <= self._situation.block.today),
                newest="effective_on",
            ) or self.row("agencies")
        return self._by_family(feature)

    def _by_family(self, feature: Feature) -> Record | None:
        if feature.name in ("steps_overdue", "steps_orderly", "stalled_days"):
            return self.row("registration_steps") or self.row("registrations")
        if feature.name in ("permit_state", "quota_use"):
            return self.row("permits") or self.row("registrations")
        if feature.name == "branch_registered":
            return self.row("branches") or self.row("registrations")
        if feature.family == "agency" and feature.pit == "C" and not feature.name.startswith("recruiter"):
            return self.row("agencies")
        if feature.family == "travel" and feature.name != "season":
            return self.row("travel")
        if feature.family == "identity":
            return self.row("candidates")
        return self.row("registrations") or self.row("travel")
