"""Deliveries that come in over the network: unpacked apart, then taken in as from a folder."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from risk_service.policy import Principal
from risk_service.services import audit
from risk_service.services.ingest import IngestReport, ingest
from risk_service.services.packed import unpack
from risk_service.store import MasterKey, Store

_MOST_REJECTS: Final = 1000


def take(
    store: Store,
    master: MasterKey,
    principal: Principal,
    *,
    archive: Path,
    workspace: Path,
    most: int,
    now_us: int,
    label: str,
    request_id: str | None,
) -> dict[str, Any]:
    """Take in a packed delivery.

    Parameters
    ----------
    archive
        Zip or tar of a delivery folder.
    workspace
        An empty folder to unpack in; whoever made it clears it away.
    most
        Bytes that the delivery may have unpacked.
    label
        Name under which it is listed.

    Returns
    -------
    dict
        As `risk_service.schemas.admin.DeliveryReport`.

    Raises
    ------
    NotAllowedError, MediaTypeError, InvalidError, TooLargeError
        See `policy` and `packed.unpack`.
    ContractError
        Nothing of it can be used; nothing is stored.
    """
    principal.require("delivery.write")
    inside = workspace / "inside"
    inside.mkdir()
    folder = unpack(archive, inside, most=most)
    rejected = workspace / "rejects.csv"
    report = ingest(store, master, folder, now_us=now_us, label=label, rejects_to=lambda _seq: rejected)
    audit.record(
        store,
        audit.Reading(principal=principal, purpose=None, now_us=now_us, request_id=request_id),
        action="delivery.take",
        subject=str(report.seq),
        detail={"taken": report.total("taken"), "rejected": report.total("rejected")},
    )
    return _as_dict(report)


def _as_dict(report: IngestReport) -> dict[str, Any]:
    return {
        "ingest_seq": report.seq,
        "source": report.source or None,
        "simulated": report.simulated,
        "feeds": [{"feed": feed, **vars(counts)} for feed, counts in report.feeds.items()],
        "still_pending": dict(report.still_pending),
        "freshness": dict(report.freshness),
        "ignored_files": list(report.ignored_files),
        "unknown_columns": {feed: list(columns) for feed, columns in report.unknown_columns.items()},
        "rejects": list(islice(_rejects(report.rejects), _MOST_REJECTS)),
    }


def _rejects(path: Path | None) -> Iterator[dict[str, Any]]:
    """Yield rejected rows as they were written down: what may identify a person is hidden there already."""
    if path is None:
        return
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield {**row, "line": int(row["line"])}
