"""Many clients at once, each on a connection of its own, and what all of them were answered."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Final, Self

from risk_service.api.scores import EXAMPLE

KINDS: Final = {"list": 15, "case": 30, "history": 15, "what-if": 20, "own view": 20}
"""What is asked, and how often of a hundred."""
DELIBERATE: Final = (429, 503)
"""Statuses that turn a request away; both say when to come back."""
_PATIENCE_SECONDS: Final = 90
_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.1


@dataclass
class Told:
    """What came of some requests.

    Attributes
    ----------
    statuses
        Answers by kind of request and status.
    seconds
        How long each answer took, by kind.
    written
        Writes that were acknowledged.
    unanswered
        Requests that nothing came back for, by kind.
    repeated
        Requests sent again because the connection had been closed meanwhile.
    faults
        What no client should ever see.
    """

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    written: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    faults: list[str] = field(default_factory=list)

    def __iadd__(self, other: Told) -> Self:
        """Count what another client was told too."""
        self.statuses += other.statuses
        for kind, seconds in other.seconds.items():
            self.seconds[kind] += seconds
        self.written += other.written
        self.unanswered += other.unanswered
        self.repeated += other.repeated
        self.faults += other.faults
        return self

    @property
    def turned_away(self) -> int:
        """Answers that asked to come back later."""
        return sum(number for (_, status), number in self.statuses.items() if status in DELIBERATE)


@dataclass
class Crowd:
    """Clients of one server.

    Parameters
    ----------
    port
        Of the server on this computer.
    keys
        The clients use them in turn.
    cases
        Cases to ask for.
    ending
        Set before the server is told to end: from then on a lost connection is the end, not a fault.
    """

    port: int
    keys: list[str]
    cases: list[str]
    ending: threading.Event = field(default_factory=threading.Event)

    def visit(self, *, connections: int, requests: int, seed: int, answered: threading.Semaphore | None = None) -> Told:
        """Send so many requests on each of so many connections at once; released once per answer: `answered`."""
        total = Told()
        with ThreadPoolExecutor(connections) as many:
            visits = [many.submit(self._one, at, requests, f"{seed} {at}", answered) for at in range(connections)]
            for each in visits:
                total += each.result()
        return total

    def _one(self, number: int, requests: int, seed: str, answered: threading.Semaphore | None) -> Told:
        draw, told = random.Random(seed), Told()  # noqa: S311 - what is asked is no secret
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_SECONDS)
        for at in range(requests):
            kind = draw.choices(list(KINDS), KINDS.values())[0]
            sent = _request(kind, draw.choice(self.cases), view=draw.choice(("procedural", "unsure")))
            headers = {
                "Authorization": f"Bearer {self.keys[number % len(self.keys)]}",
                "X-Purpose": "case_work",
                "Content-Type": "application/json",
                "Idempotency-Key": f"visit-{seed}-{at}".replace(" ", "-"),
            }
            since = time.monotonic()
            answer = self._send(connection, sent, headers, told)
            if answer is None:
                told.unanswered[kind] += 1
                if self.ending.is_set():
                    break
                told.faults.append(f"{kind}: no answer")
                continue
            told.seconds[kind].append(time.monotonic() - since)
            _judge(kind, answer, told)
            if answered is not None:
                answered.release()
        connection.close()
        return told

    def _send(
        self, connection: HTTPConnection, sent: tuple[str, str, bytes | None], headers: dict[str, str], told: Told
    ) -> tuple[int, str | None] | None:
        """Status and ``Retry-After``; None if nothing comes back."""
        for _ in range(_TRIES):
            try:
                connection.request(*sent, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException):
                connection.close()
                if self.ending.is_set():
                    return None
                told.repeated += 1
                time.sleep(_PAUSE_SECONDS)
                continue
            if answer.status != 409:
                return answer.status, answer.headers["Retry-After"]
            time.sleep(_PAUSE_SECONDS)  # the first sending of this write is still under way
        return None


def _request(kind: str, case: str, *, view: str) -> tuple[str, str, bytes | None]:
    paths = {
        "list": "/api/v1/cases?limit=20",
        "case": f"/api/v1/cases/{case}",
        "history": f"/api/v1/cases/{case}/scores",
        "what-if": "/api/v1/scores",
        "own view": f"/api/v1/cases/{case}/own-view",
    }
    bodies = {"what-if": json.dumps(EXAMPLE).encode(), "own view": json.dumps({"view": view}).encode()}
    body = bodies.get(kind)
    return ("GET" if body is None else "POST"), paths[kind], body


def _judge(kind: str, answer: tuple[int, str | None], told: Told) -> None:
    status, later = answer
    told.statuses[kind, status] += 1
    if status in DELIBERATE:
        if later is None:
            told.faults.append(f"{kind}: {status} without Retry-After")
    elif status != (201 if kind == "own view" else 200):
        told.faults.append(f"{kind}: {status}")
    elif kind == "own view":
        told.written += 1
