"""A what-if over HTTP beside a trivial endpoint of the same server, and beside other ways to serve a model.

Ours checks the key, counts the request, validates the statement, computes the features, scores, and answers with
reasons, notices and the way back, on gunicorn as ``risk-service serve`` starts it; the store has 60,000 cases. The
trivial endpoint is one more route of the same application behind the same key; it stands beside the peers too, as what
a what-if could reach if it cost nothing. Peers are given more than they would
have: a ready row of features and no key to check; FastAPI and BentoML answer with five reasons (``pred_contrib``),
``mlflow models serve`` and MLServer with a probability alone, as they come.

Use
---
``python -m benchmarks._peers.install``, then ``make bench ARGS=online``
    Six minutes. A peer without an environment is left out, and said so.
``BENCH_WORKERS=1``, ``BENCH_SECONDS=5``, ``BENCH_ROUNDS=3``, ``BENCH_PEERS=fastapi,bentoml``
    Processes of each server (default 2), seconds of asking, how often each is asked in turn, and which peers.

All servers are up at once and asked in turn by one process of its own; figures are medians over the rounds, ratios the
medians of the ratios of each round. Processor time is that of all of a server's processes for one answer: it holds
where the machine has other work and the clock does not. At half load questions come at half the rate that was reached
with 8 connections, at random moments and evenly.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks._figures import Figure
from benchmarks._peers.install import python as peers_python
from benchmarks._runs import clean_environment
from benchmarks._serving import Asked, Server, analyst_key, free_port, request_of, serving
from benchmarks._trivial import TRIVIAL
from benchmarks._worlds import HOME, features
from benchmarks.store import filled
from benchmarks.what_if import CASE, CASES
from models.features.catalogue import CATALOGUE, Feature
from risk_service.settings import Settings
from risk_service.store import MasterKey, open_store

OURS = "what-if"
TRIVIAL_ONE = "trivial endpoint"
CONNECTIONS = (1, 8)
MOST = max(CONNECTIONS)
ONLINE = Path(__file__).parent / "_peers" / "online"


@dataclass(frozen=True)
class Model:
    """What peers serve, and the row of features that they are asked about."""

    file: Path
    table: Path
    row: dict[str, float]


Peer = Callable[[Path, Model, int], AbstractContextManager[Server]]


def measure() -> Iterator[Figure]:
    """Yield figures of every server, and ours over theirs."""
    workers = int(os.environ.get("BENCH_WORKERS", "2"))
    seconds = float(os.environ.get("BENCH_SECONDS", "5"))
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    yield Figure("processes of each server", workers, "processes")
    with filled(CASES) as env, ExitStack() as started:
        ours, trivial = started.enter_context(_our_server(env, workers))
        servers = {OURS: ours, TRIVIAL_ONE: trivial} | _peers(started, workers)
        taken: dict[tuple[str, int], list[Asked]] = {}
        for _ in range(rounds):
            for connections in CONNECTIONS:
                for name, server in servers.items():
                    taken.setdefault((name, connections), []).append(server.asked(connections, seconds))
        for (name, connections), asked in taken.items():
            yield from _figures(f"{name}, {connections} connection{'s' * (connections > 1)}", asked)
        for ours_one in (OURS, TRIVIAL_ONE):
            for name in servers:
                if name not in (OURS, ours_one):
                    yield from _ratios(ours_one, name, taken)
        half = statistics.median(asked.rate for asked in taken[OURS, MOST]) / 2
        for how in ("at random", "evenly"):
            asked = [ours.asked(MOST, seconds, str(half), *([how] if how == "evenly" else [])) for _ in range(rounds)]
            yield from _figures(f"{OURS} at half load, {how}", asked)
            over = statistics.median(one.p99 / one.p50 for one in asked)
            yield Figure(f"{OURS} at half load, {how}: p99 over p50", over, "x")


def _figures(label: str, asked: Sequence[Asked]) -> Iterator[Figure]:
    yield Figure(label, statistics.median(one.rate for one in asked), "requests/s")
    yield Figure(f"{label}: p50", statistics.median(one.p50 for one in asked), "ms")
    yield Figure(f"{label}: p99", statistics.median(one.p99 for one in asked), "ms")
    yield Figure(f"{label}: processor time", statistics.median(one.processor for one in asked), "ms")


def _ratios(ours: str, name: str, taken: Mapping[tuple[str, int], Sequence[Asked]]) -> Iterator[Figure]:
    for connections in CONNECTIONS:
        both = list(zip(taken[ours, connections], taken[name, connections], strict=True))
        label = f"{ours} over {name}, {connections} connection{'s' * (connections > 1)}"
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


def _peers(started: ExitStack, workers: int) -> dict[str, Server]:
    """Start those that have an environment."""
    asked = os.environ.get("BENCH_PEERS", ",".join(PEERS)).split(",")
    found = {name: python for name in PEERS if name in asked and (python := peers_python(name)) is not None}
    for name in PEERS:
        if name in asked and name not in found:
            print(f"(no {name}: run python -m benchmarks._peers.install {name})", file=sys.stderr)
    if not found:
        return {}
    model = _model(next(iter(found.values())))
    return {name: started.enter_context(PEERS[name](python, model, workers)) for name, python in found.items()}


def _model(python: Path) -> Model:
    """A LightGBM model of our features, trained once by a peer's own library."""
    file, table = HOME / "online-model.txt", HOME / "online-features.csv"
    rows = pl.read_parquet(features()).select(map(_number, CATALOGUE))
    if not file.exists():
        rows.write_csv(table)
        subprocess.run([str(python), str(ONLINE / "train.py"), str(table), str(file)], check=True)
    return Model(
        file, table, rows.fill_null(0.0).row(0, named=True)
    )  # not every protocol can say that a number is missing


def _number(feature: Feature) -> pl.Expr:
    column = pl.col(feature.name)
    return (column.cast(pl.Enum(feature.levels)).to_physical() if feature.kind == "category" else column).cast(
        pl.Float64
    )


def _started(name: str, words: Sequence[str], python: Path, path: str, body: Any, *, port: int, workers: int,
             model: Model, folder: Path) -> AbstractContextManager[Server]:  # fmt: skip
    env = {
        "MODEL": str(model.file),
        "WORKERS": str(workers),
        "PORT": str(port),
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ONLINE),
        "BENTOML_DO_NOT_TRACK": "true",
        "BENTOML_HOME": str(HOME / "bentoml"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    return serving(words, port=port, request=request_of(name, path, body), env=env, folder=folder)


def _fastapi(python: Path, model: Model, workers: int) -> AbstractContextManager[Server]:
    words = [str(python), "fastapi_app.py"]
    return _started("fastapi", words, python, "/score", model.row,
                    port=free_port(), workers=workers, model=model, folder=ONLINE)  # fmt: skip


def _bentoml(python: Path, model: Model, workers: int) -> AbstractContextManager[Server]:
    port = free_port()
    words = [str(python), "-m", "bentoml", "serve", "bentoml_service:Scores", "--port", str(port)]
    return _started("bentoml", words, python, "/score", {"row": [model.row]},
                    port=port, workers=workers, model=model, folder=ONLINE)  # fmt: skip


def _mlflow(python: Path, model: Model, workers: int) -> AbstractContextManager[Server]:
    saved, port = HOME / "online-mlflow", free_port()
    if not saved.exists():
        words = [str(python), str(ONLINE / "mlflow_model.py"), str(model.file), str(model.table), str(saved)]
        subprocess.run(words, check=True, env=clean_environment())
    words = [str(python), "-m", "mlflow", "models", "serve", "--model-uri", str(saved), "--env-manager", "local"]
    body = {"dataframe_split": {"columns": list(model.row), "data": [list(model.row.values())]}}
    return _started("mlflow", [*words, "--workers", str(workers), "--port", str(port)], python, "/invocations", body,
                    port=port, workers=workers, model=model, folder=HOME)  # fmt: skip


def _mlserver(python: Path, model: Model, workers: int) -> AbstractContextManager[Server]:
    folder, port = HOME / "online-mlserver", free_port()
    folder.mkdir(exist_ok=True)
    server = {"host": "127.0.0.1", "http_port": port, "grpc_port": free_port(), "metrics_port": free_port(),
              "parallel_workers": workers, "debug": False}  # fmt: skip
    served = {
        "name": "scores",
        "implementation": "mlserver_lightgbm.LightGBMModel",
        "parameters": {"uri": str(model.file)},
    }
    (folder / "settings.json").write_text(json.dumps(server))
    (folder / "model-settings.json").write_text(json.dumps(served))
    row = {"name": "row", "shape": [1, len(model.row)], "datatype": "FP64", "data": list(model.row.values())}
    return _started("mlserver", [str(python.with_name("mlserver")), "start", "."], python, "/v2/models/scores/infer",
                    {"inputs": [row]}, port=port, workers=workers, model=model, folder=folder)  # fmt: skip


PEERS: dict[str, Peer] = {"fastapi": _fastapi, "bentoml": _bentoml, "mlserver": _mlserver, "mlflow": _mlflow}
