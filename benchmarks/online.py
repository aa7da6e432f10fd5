"""A what-if over HTTP beside a trivial endpoint of the same server, and beside other ways to serve a model.

Ours checks the key, counts the request, validates the statement, computes the features, scores, and answers with
reasons, notices and the way back, on gunicorn as ``risk-service serve`` starts it; the store has 60,000 cases. The
trivial endpoint is one more route of the same application behind the same key; it stands beside the peers too, as what
a what-if could reach if it cost nothing. Peers are given more than they would have: a ready row of features and no key
to check. What they serve, and with what each answers, stands in the table and in `benchmarks._online_peers`.

Use
---
``python -m benchmarks._peers.install fastapi bentoml mlserver mlflow``, then ``make bench ARGS=online``
    Eight minutes. A peer without an environment is left out, and said so.
``BENCH_WORKERS=1``, ``BENCH_SECONDS=4``, ``BENCH_ROUNDS=3``, ``BENCH_PEERS=fastapi,bentoml``
    Processes of each server (default 2), seconds of asking, how often each is asked in turn, and which peers.

All servers are up at once and asked in turn by one process of its own; figures are medians over the rounds, ratios the
medians of the ratios of each round. Processor time is that of all of a server's processes for one answer: it holds
where the machine has other work and the clock does not; what asking itself takes is told beside it. At half load
questions come at half the rate that was reached with 8 connections, at random moments and evenly, and the peers have
been ended.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import _online_peers
from benchmarks._figures import Figure
from benchmarks._online_peers import started
from benchmarks._serving import Asked, Server, analyst_key, free_port, request_of, serving
from benchmarks._trivial import TRIVIAL
from benchmarks.store import filled
from benchmarks.what_if import CASE, CASES
from risk_service.settings import Settings
from risk_service.store import MasterKey, open_store

OURS = "what-if"
TRIVIAL_ONE = "trivial endpoint"
CONNECTIONS = (1, 8)
MOST = max(CONNECTIONS)
HALF = ("at random", "evenly")
ANSWERS = {
    OURS: "score, interval, five reasons, notices, way back, of a stated case",
    TRIVIAL_ONE: "nothing",
}


def measure() -> Iterator[Figure]:
    """Yield figures of every server, and ours over theirs."""
    workers = int(os.environ.get("BENCH_WORKERS", "2"))
    seconds = float(os.environ.get("BENCH_SECONDS", "4"))
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    yield Figure("processes of each server", workers, "processes")
    with filled(CASES) as env, ExitStack() as stack:
        ours, trivial = stack.enter_context(_our_server(env, workers))
        others = stack.enter_context(ExitStack())
        peers = started(others, workers)
        servers = {OURS: ours, TRIVIAL_ONE: trivial} | {peer.label: peer.server for peer in peers}
        taken: dict[tuple[str, int], list[Asked]] = {}
        for _ in range(rounds):
            for connections in CONNECTIONS:
                for name, server in servers.items():
                    taken.setdefault((name, connections), []).append(server.asked(connections, seconds))
        for (name, connections), asked in taken.items():
            yield from _figures(_label(name, connections), asked)
        for ours_one in (OURS, TRIVIAL_ONE):
            for name in servers:
                if name not in (OURS, ours_one):
                    yield from _ratios(ours_one, name, taken)
        others.close()  # what they do while nobody asks them would be told of our slowest answers
        half = statistics.median(asked.rate for asked in taken[OURS, MOST]) / 2
        for how in HALF:
            asked = [ours.asked(MOST, seconds, str(half), *([how] if how == "evenly" else [])) for _ in range(rounds)]
            yield from _figures(f"{OURS} at half load, {how}", asked)
            over = statistics.median(one.p99 / one.p50 for one in asked)
            yield Figure(f"{OURS} at half load, {how}: p99 over p50", over, "x")


def versions() -> Mapping[str, object]:
    """Versions that count here beside those that every benchmark names."""
    return {"peers": _online_peers.versions()}


def table(figures: Sequence[Figure]) -> Iterator[str]:
    """Lines of a table, two for each server, of the figures of a run."""
    at = {figure.what: figure.value for figure in figures}
    yield _line(
        "server, and what it checks and answers with", "requests/s", "p50, p99 ms", "processor ms", "what-if over it"
    )
    yield _line("", f"1, {MOST} conn.", f"{MOST} conn.", f"{MOST} conn.", f"1, {MOST} conn.; by processor time")
    last = _label("", MOST)
    for name in (what.removesuffix(last) for what in at if what.endswith(last) and " over " not in what):
        each = [_label(name, connections) for connections in CONNECTIONS]
        over = [_label(f"{OURS} over {name}", connections) for connections in CONNECTIONS]
        ratios = [f"{at[one]:.2f}" for one in over if one in at]
        by_processor = [f"{at[f'{one}: by processor time']:.2f}" for one in over if one in at]
        yield _line(
            name,
            ", ".join(f"{at[one]:,.0f}" for one in each),
            f"{at[f'{each[-1]}: p50']:,.1f}, {at[f'{each[-1]}: p99']:,.1f}",
            f"{at[f'{each[-1]}: processor time']:.2f}",
            f"{', '.join(ratios)}; {', '.join(by_processor)}" if ratios else "",
        )
        yield f"  {_answers(name)}"
    for what in (f"{OURS} at half load, {how}" for how in HALF):
        over_p50 = f"p99 {at[f'{what}: p99 over p50']:.2f} times p50"
        yield _line(what, f"{at[what]:,.0f}", f"{at[f'{what}: p50']:,.1f}, {at[f'{what}: p99']:,.1f}", "", over_p50)


def _line(name: str, rates: str, times: str, processor: str, over: str) -> str:
    return f"{name:44} {rates:>13} {times:>14} {processor:>12}   {over}".rstrip()


def _answers(name: str) -> str:
    if name in ANSWERS:
        return f"key, count; {ANSWERS[name]}"
    said = _online_peers.REASONS if name.endswith(_online_peers.WITH_REASONS) else _online_peers.PROBABILITY
    return f"no key; {said} of a ready row"


def _label(name: str, connections: int) -> str:
    return f"{name}, {connections} connection{'s' * (connections > 1)}"


def _figures(label: str, asked: Sequence[Asked]) -> Iterator[Figure]:
    yield Figure(label, statistics.median(one.rate for one in asked), "requests/s")
    yield Figure(f"{label}: p50", statistics.median(one.p50 for one in asked), "ms")
    yield Figure(f"{label}: p99", statistics.median(one.p99 for one in asked), "ms")
    yield Figure(f"{label}: processor time", statistics.median(one.processor for one in asked), "ms")
    yield Figure(f"{label}: processor time of asking", statistics.median(one.asking for one in asked), "ms")


def _ratios(ours: str, name: str, taken: Mapping[tuple[str, int], Sequence[Asked]]) -> Iterator[Figure]:
    for connections in CONNECTIONS:
        both = list(zip(taken[ours, connections], taken[name, connections], strict=True))
        label = _label(f"{ours} over {name}", connections)
        yield Figure(label, statistics.median(our.rate / their.rate for our, their in both), "x")
        share = statistics.median(their.processor / our.processor for our, their in both)
        yield Figure(f"{label}: by processor time", share, "x")


@contextmanager
def _our_server(env: Mapping[str, str], workers: int) -> Iterator[tuple[Server, Server]]:
    """The service; the what-if and the trivial endpoint of it."""
    settings = Settings(home=Path(env["RISK_HOME"]))
    store = open_store(settings.database_url)
    key = analyst_key(store, MasterKey.open(settings.keys))
    store.close()
    port = free_port()
    what_if = request_of(OURS, "/api/v1/scores", CASE, key=key)
    trivial = request_of("trivial", TRIVIAL, CASE, key=key)
    command = [sys.executable, "-m", "benchmarks._trivial", "--port", str(port), "--workers", str(workers)]
    unlimited = {**env, "RISK_RATE_LIMIT": "100000000 per minute"}
    with serving(command, port=port, request=what_if, env=unlimited) as server:
        yield server, Server(server.leader, port, trivial)
