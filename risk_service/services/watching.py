"""What whoever watches the service counts in the store: the same whichever server process is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from models.drift import MOVED, STEADY, WATCH
from models.times import US_PER_SECOND
from risk_service.policy import Principal
from risk_service.store import Store
from risk_service.store import audit as trail
from risk_service.store import deliveries as kept
from risk_service.store import runs as repository
from risk_service.store import scores as queue

DRIFT: Final = (STEADY, WATCH, MOVED)
"""Verdicts on drift, the calmest first."""
HEAD_BYTES: Final = 6
"""Bytes of the trail's head that a number of a time series holds without loss."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Counts of one moment; nothing of a person is among them.

    Parameters
    ----------
    cases
        Cases of the queue by lane and band.
    feed_age
        Seconds since each feed is complete, over all sources; a feed that nobody delivered has none.
    run_age
        Seconds since the last finished rescoring; None before the first.
    run_cases, run_changed
        Cases it scored, and results it changed.
    drift
        Its verdict, one of `DRIFT`; None where it gave none.
    entries, head
        Entries of the audit trail, and the first bytes of the digest of the last, as a number. Both only grow stale if
        somebody cuts or rewrites the trail: with the same count there is the same number.
    """

    cases: dict[tuple[str, str], int]
    feed_age: dict[str, float]
    run_age: float | None
    run_cases: int | None
    run_changed: int | None
    drift: str | None
    entries: int
    head: int


def watch(store: Store, principal: Principal, *, now_us: int) -> Watched:
    """Count everything at once, at one moment of the store.

    Raises
    ------
    NotAllowedError
        The role does not watch the service.
    StoreError
        The store does not answer.
    """
    principal.require("metrics.read")
    with store.reading() as connection:
        cases = queue.count_current(connection)
        fresh = kept.freshness_at(connection, now_us).of_feeds()
        run = repository.last_done(connection)
        last = trail.last(connection)
    ended = None if run is None else run.finished_at_us
    return Watched(
        cases=cases,
        feed_age={feed: (now_us - at) / US_PER_SECOND for feed, at in fresh.items() if at is not None},
        run_age=None if ended is None else (now_us - ended) / US_PER_SECOND,
        run_cases=None if run is None else run.cases,
        run_changed=None if run is None else run.changed,
        drift=None if run is None or run.report is None else _verdict(run.report),
        entries=0 if last is None else last[0],
        head=0 if last is None else int.from_bytes(last[1][:HEAD_BYTES], "big"),
    )


def _verdict(report: str) -> str | None:
    found = json.loads(report).get("drift", {}).get("state")
    return found if found in DRIFT else None
