"""Writes small deliveries for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SEEN = "2025-01-02T03:04:05+07:00"

ROWS: dict[str, dict[str, str]] = {
    "offices": {"office_id": "O1", "kind": "bp3mi", "name": "Kantor Contoh", "recorded_at": SEEN},
    "candidates": {
        "candidate_id": "C1",
        "nik": "7471014101990001",
        "full_name": "Contoh Nama",
        "birth_date": "1999-01-01",
        "enrolled_as": "registered",
        "work_evidence": "none",
        "office": "O1",
        "recorded_at": SEEN,
    },
    "registrations": {
        "registration_id": "R1",
        "candidate_id": "C1",
        "placement": "new",
        "scheme": "p_to_p",
        "destination_country": "MY",
        "occupation": "0110",
        "office": "O1",
        "registered_on": "2025-01-02",
        "status": "open",
        "recorded_at": SEEN,
    },
    "registration_steps": {
        "registration_id": "R1",
        "step": "passport",
        "candidate_id": "C1",
        "completed_on": "2025-01-03",
        "issuer": "immigration",
        "recorded_at": SEEN,
    },
    "agency_events": {
        "event_id": "E1",
        "agency_id": "A1",
        "event": "claim_opened",
        "effective_on": "2025-01-01",
        "amount_idr": "1500000",
        "recorded_at": SEEN,
    },
    "travel": {
        "travel_id": "T1",
        "candidate_id": "C1",
        "departure_at": SEEN,
        "departure_point": "BTH",
        "destination_country": "MY",
        "transit_countries": "SG;MY",
        "visa_class": "visit",
        "return_ticket": "none",
        "payer": "self",
        "licensed_tour": "false",
        "recorded_at": SEEN,
    },
    "outcomes": {
        "outcome_id": "U1",
        "candidate_id": "C1",
        "checked_on": "2025-03-01",
        "finding": "procedural",
        "examined_because": "random_check",
        "inclusion_probability": "0.03",
        "recorded_at": SEEN,
    },
}
"""One good row of several feeds, as text."""


def row(feed: str, **changes: str) -> dict[str, str]:
    """The good row of ``feed`` with some values changed."""
    return ROWS[feed] | changes


def write_csv(folder: Path, feed: str, rows: list[dict[str, str]], *, ending: str = "\n", bom: str = "") -> Path:
    """Write rows as ``<feed>.csv``, unquoted, columns as they first occur."""
    columns = list(dict.fromkeys(name for item in rows for name in item)) or list(ROWS[feed])
    lines = [",".join(columns), *(",".join(item.get(name, "") for name in columns) for item in rows)]
    path = folder / f"{feed}.csv"
    path.write_bytes((bom + "".join(line + ending for line in lines)).encode())
    return path


def write_good(folder: Path) -> Path:
    """A whole small delivery: one row of each feed in :data:`ROWS`."""
    folder.mkdir(parents=True, exist_ok=True)
    for feed, good in ROWS.items():
        write_csv(folder, feed, [good])
    return folder


def write_manifest(folder: Path, **content: Any) -> Path:
    """Write ``manifest.json`` with sensible defaults."""
    defaults = {"contract": "feeds/1", "source": "tests", "produced_at": SEEN, "simulated": False, "feeds": {}}
    path = folder / "manifest.json"
    path.write_text(json.dumps(defaults | content))
    return path
