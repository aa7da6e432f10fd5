"""One question to the interface, in one process and without a network: processor time, of all of it and stage by stage.

The what-if stands beside a refusal, which ends at the first look at the body, and beside the trivial endpoint of
``python -m benchmarks online``: all of them pass the same key, count and log line. The store is that of
``python -m benchmarks store`` with 60,000 cases on SQLite. A stage is what is spent in it and in no other stage; taking
the time of all of them costs some ten microseconds a request. Medians of several runs, all questions asked in turn.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Flask

import risk_service.app
from benchmarks._figures import Figure
from benchmarks._serving import analyst_key
from benchmarks._trivial import TRIVIAL, with_trivial
from benchmarks.store import filled
from risk_service import logs
from risk_service.api import scores as view
from risk_service.api._blueprint import Parser
from risk_service.policy import ROUTES
from risk_service.services import scores, what_if
from risk_service.services.reader import CaseReader
from risk_service.settings import Settings
from risk_service.store import MasterKey, open_store

TIMES = 50
ROUNDS = 9
WARM = 10
CASES = 60_000
CASE: dict[str, Any] = {
    "as_of": "2025-09-10",
    "candidate": {"birth_date": "1995-02-03"},
    "registration": {
        "scheme": "p_to_p",
        "destination_country": "HK",
        "occupation": "5322",
        "registered_on": "2025-07-01",
        "planned_departure_on": "2025-09-25",
    },
    "steps": [{"step": "passport", "completed_on": "2025-08-01"}],
}
REST = "Flask: routing, context, answer"
HOOKS = {
    "_begin": "number and time of the request",
    "_identify": "key",
    "_count": "count of requests",
    "_authorise": "access",
    "begin": "metrics",
    "count": "metrics",
    "_finish": "headers",
}
WITHIN: tuple[tuple[object, str, str], ...] = (
    (Parser, "load_json", "body: JSON"),
    (view, "_loaded", "body: validation"),
    (scores, "what_if", "transaction, rules, release"),
    (CaseReader, "beside", "how the store stands, references, counts"),
    (scores, "score_what_if", "rows of what is stated"),
    (what_if, "situate_one", "features, notices, way back"),
    (what_if, "score_one", "score, interval"),
    (what_if, "explain", "reasons"),
    (view, "_WRITE", "answer: JSON by its schema"),
    (view, "Response", "answer: response"),
)
ASKED: Mapping[str, tuple[str, Any, int]] = {
    "what-if": ("/api/v1/scores", CASE, 200),
    "refused": ("/api/v1/scores", [], 422),
    "trivial": (TRIVIAL, CASE, 200),
}


class Stages:
    """Processor seconds by stage, each without those within it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._within = [0.0]

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function that is timed."""

        def call(*args: Any, **more: Any) -> Any:
            self._within.append(0.0)
            start = time.thread_time()
            try:
                return function(*args, **more)
            finally:
                spent = time.thread_time() - start
                self.seconds[stage] = self.seconds.get(stage, 0.0) + spent - self._within.pop()
                self._within[-1] += spent

        return call


class _Log:
    """The application's log, timed."""

    def __init__(self, stages: Stages, log: Any) -> None:
        self.info, self.error, self.exception = stages.timed("log line", log.info), log.error, log.exception


def measure() -> Iterator[Figure]:
    """Yield milliseconds a request, and microseconds of each stage."""
    with ExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory())
        opened.enter_context(patch.dict(os.environ, {"PROMETHEUS_MULTIPROC_DIR": folder}))  # as the server counts
        opened.enter_context(patch.dict(ROUTES, {f"POST {TRIVIAL}": "score.what_if"}))
        logs.configure(style="json", level="info", stream=opened.enter_context((Path(folder) / "log").open("w")))
        env = opened.enter_context(filled(CASES))
        settings = Settings(home=Path(env["RISK_HOME"]), rate_limit="100000000 per minute")
        store = open_store(settings.database_url)
        opened.callback(store.close)
        key = analyst_key(store, MasterKey.open(settings.keys))
        app = with_trivial(settings, store=store)
        for name in ASKED:
            _asked(app, key, name, WARM)
        whole: dict[str, list[float]] = {name: [] for name in ASKED}
        for _ in range(ROUNDS):
            for name, taken in whole.items():
                taken.append(_asked(app, key, name, TIMES))
        for name, taken in whole.items():
            yield Figure(f"{name}: processor time", statistics.median(taken) * 1e3, "ms")
        yield from _by_stage(app, key)


def _by_stage(app: Flask, key: str) -> Iterator[Figure]:
    taken: dict[str, list[dict[str, float]]] = {"what-if": [], "trivial": []}
    with ExitStack() as opened:
        stages = Stages()
        for hooks in (app.before_request_funcs[None], app.after_request_funcs[None]):
            opened.callback(hooks.__setitem__, slice(None), list(hooks))
            hooks[:] = [stages.timed(HOOKS.get(_name(hook), REST), hook) for hook in hooks]
        for owner, name, stage in WITHIN:
            opened.enter_context(patch.object(owner, name, stages.timed(stage, getattr(owner, name))))
        opened.enter_context(patch.object(risk_service.app, "log", _Log(stages, risk_service.app.log)))
        whole = stages.timed(REST, app.wsgi_app)
        opened.enter_context(patch.object(app, "wsgi_app", whole))
        for _ in range(ROUNDS):
            for name, rounds in taken.items():
                stages.seconds.clear()
                _asked(app, key, name, TIMES)
                rounds.append({stage: seconds / TIMES * 1e6 for stage, seconds in stages.seconds.items()})
    for name, rounds in taken.items():
        medians = {stage: statistics.median(round_[stage] for round_ in rounds) for stage in rounds[0]}
        for stage, spent in sorted(medians.items(), key=lambda one: -one[1]):
            yield Figure(f"{name}, {stage}", spent, "us")


def _name(hook: Any) -> str:
    return str(getattr(hook, "func", hook).__name__)


def _asked(app: Flask, key: str, name: str, times: int) -> float:
    """Ask so many times, as a server does; processor seconds of one."""
    path, body, status = ASKED[name]
    sent = json.dumps(body).encode()
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {key}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(sent)),
        "wsgi.url_scheme": "http",
    }
    start = time.process_time()
    for _ in range(times):
        answer: Any = app({**environ, "wsgi.input": io.BytesIO(sent)}, lambda line, *_more: told.append(line))
        read = b"".join(answer)
        answer.close()
    spent = (time.process_time() - start) / times
    if {line[:3] for line in told} != {str(status)}:
        raise RuntimeError(read.decode())
    return spent
