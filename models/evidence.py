"""Which record a reason or a notice speaks of, so that a reader can open it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from models.features.catalogue import BY_NAME, Feature
from models.ledger import SANCTIONS
from models.schema import FEEDS
from models.times import iso

if TYPE_CHECKING:
    from models.single.case import OneCase
    from models.single.rows import Row

_EVENTS: Final = {
    "licence_state": ("licence_granted", "licence_extended", "suspended", "reinstated", "revoked"),
    "licence_ends_before_departure": ("licence_granted", "licence_extended"),
    "sanctions_24m": SANCTIONS,
    "deposit_shortfall": ("deposit_cashed", "deposit_restored"),
    "complaint_rate": ("complaint_upheld",),
    "open_claims": ("claim_opened", "claim_settled"),
}


_OWN_KEYS: Final = {
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
"""By feed, which column of it is which of a case's."""


@dataclass(frozen=True)
class Record:
    """One row of a feed: its key and when it became known."""

    feed: str
    key: dict[str, str]
    recorded_at: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"feed": self.feed, "key": self.key, "recorded_at": self.recorded_at}


def _newest(feed: str, rows: Sequence[Row], *, by: str = "recorded_at") -> Record | None:
    order = itemgetter(by, "recorded_at", "ingest_seq", "row")
    row = rows[0] if len(rows) == 1 else max(rows, key=order, default=None)
    return None if row is None else Record(feed, {name: row[name] for name in FEEDS[feed].key}, iso(row["recorded_at"]))


class Evidence:
    """Records of one case.

    Parameters
    ----------
    case
        Whose.
    """

    def __init__(self, case: OneCase) -> None:
        self._one = case
        self._case = case.row
        self._found: dict[str, Record | None] = {}

    def row(self, feed: str) -> Record | None:
        """The case's own row of a feed (steps: the latest of its registration), None if it has none."""
        if feed not in self._found:
            self._found[feed] = self._row(feed)
        return self._found[feed]

    def _row(self, feed: str) -> Record | None:
        case = self._case
        wanted = {column: case[name] for column, name in _OWN_KEYS.get(feed, {}).items()}
        if not wanted or None in wanted.values():
            return None
        return _newest(feed, self._one.records.find(feed, wanted))

    def of_feature(self, name: str) -> Record | None:
        """The record a feature's value rests on; None where it rests on counts over others only."""
        feature = BY_NAME[name]
        case = self._case
        if feature.step is not None:
            own = None
            if case["registration_id"] is not None:
                of_step = {"registration_id": case["registration_id"], "step": feature.step}
                own = _newest("registration_steps", self._one.records.find("registration_steps", of_step))
            return own or self.row("registrations")
        if name in _EVENTS and case["agency_id"] is not None:
            today = self._one.today
            events = [
                row
                for row in self._one.records.find("agency_events", {"agency_id": case["agency_id"]})
                if row["event"] in _EVENTS[name] and row["effective_on"] <= today
            ]
            return _newest("agency_events", events, by="effective_on") or self.row("agencies")
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
