"""The peers of ``python -m benchmarks online``: what they serve, and how each is started.

Two models stand behind each peer. *scikit-learn* is the first of the ten bags that a release's own estimator is the
mean of, as it is kept for analysts: what a user of scikit-learn would serve, though with a tenth of the work, on a row
whose values are already those that the trees were grown on. *LightGBM* is the harder comparison: an unconstrained model
of the same features, whose contributions are to be had in one call. Both are given a ready row and no key to check.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import polars as pl

from benchmarks._peers.install import REQUIREMENTS
from benchmarks._peers.install import python as peers_python
from benchmarks._runs import clean_environment
from benchmarks._serving import Server, free_port, request_of, serving
from benchmarks._worlds import HOME, features, release
from models.features.catalogue import CATALOGUE, Feature

ONLINE = Path(__file__).parent / "_peers" / "online"
PROBABILITY = "probability"
REASONS = "probability, five reasons"
WITH_REASONS = ", reasons"
TREES, BOOSTER = "scikit-learn", "LightGBM"


@dataclass(frozen=True)
class Model:
    """What peers serve.

    Parameters
    ----------
    booster
        LightGBM's text.
    estimator, bare
        A scikit-learn estimator as joblib, with and without the names of its features.
    table
        CSV of rows of all features.
    row
        A ready row, by feature.
    codes
        The same as the estimator's trees see it.
    """

    booster: Path
    estimator: Path
    bare: Path
    table: Path
    row: dict[str, float]
    codes: dict[str, float]


@dataclass(frozen=True)
class Peer:
    """A server that is up, what it serves, and what it answers with."""

    server: Server
    name: str
    model: str
    answers: str

    @property
    def label(self) -> str:
        """Short enough for a line, and unique."""
        return f"{self.name}, {self.model}{WITH_REASONS if self.answers == REASONS else ''}"


Started = Callable[[ExitStack, Path, Model, int], list[Peer]]


def started(stack: ExitStack, workers: int) -> list[Peer]:
    """Start those peers that have an environment, with so many processes each."""
    asked = os.environ.get("BENCH_PEERS", ",".join(PEERS)).split(",")
    found = {name: python for name in PEERS if name in asked and (python := peers_python(name)) is not None}
    for name in PEERS:
        if name in asked and name not in found:
            print(f"(no {name}: run python -m benchmarks._peers.install {name})", file=sys.stderr)
    if not found:
        return []
    model = _model(next(iter(found.values())))
    return [peer for name, python in found.items() for peer in PEERS[name](stack, python, model, workers)]


def versions() -> dict[str, dict[str, str]]:
    """What each peer's environment was asked to hold, and which version of it is there."""
    told: dict[str, dict[str, str]] = {}
    for name in PEERS:
        python = peers_python(name)
        if python is not None:
            where = [str(path) for path in python.parent.parent.glob("lib/python*/site-packages")]
            wanted = {line.partition("==")[0] for line in REQUIREMENTS[name].read_text().splitlines()}
            there = {one.metadata["Name"].lower(): one.version for one in metadata.distributions(path=where)}
            told[name] = {part: there[part] for part in sorted(wanted & set(there))}
    return told


def _model(python: Path) -> Model:
    """Both models: LightGBM's trained once by a peer's own library, the estimator taken out of a release."""
    booster, table = HOME / "online-model.txt", HOME / "online-features.csv"
    rows = pl.read_parquet(features()).select(map(_number, CATALOGUE))
    if not booster.exists():
        rows.write_csv(table)
        subprocess.run([str(python), str(ONLINE / "train.py"), str(table), str(booster)], check=True)
    kept = joblib.load(HOME / "home" / "registry" / release() / "analyst" / "estimator.joblib")
    specs = kept.binning.specs
    block = np.full((rows.height, 1 + max(spec.column for spec in specs)), np.nan)
    for spec in specs:
        block[:, spec.column] = rows[spec.name].to_numpy()
    codes = kept.binning.codes(block)
    names = [spec.name for spec in specs]
    bag, bare, named = kept.models[0], HOME / "online-bare.joblib", HOME / "online-estimator.joblib"
    joblib.dump(bag, bare)
    bag.feature_names_in_ = np.array(names, dtype=object)
    joblib.dump(bag, named)
    pl.DataFrame(codes, schema=names).write_csv(HOME / "online-codes.csv")
    return Model(
        booster, named, bare, table,
        rows.fill_null(0.0).row(0, named=True),  # not every protocol can say that a number is missing
        dict(zip(names, codes[0].tolist(), strict=True)),
    )  # fmt: skip


def _number(feature: Feature) -> pl.Expr:
    column = pl.col(feature.name)
    return (column.cast(pl.Enum(feature.levels)).to_physical() if feature.kind == "category" else column).cast(
        pl.Float64
    )


def _up(name: str, words: Sequence[str], python: Path, path: str, body: Any, *, port: int, workers: int,
        model: Model, folder: Path) -> AbstractContextManager[Server]:  # fmt: skip
    env = {
        "MODEL": str(model.booster),
        "ESTIMATOR": str(model.estimator),
        "WORKERS": str(workers),
        "PORT": str(port),
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ONLINE),
        "BENTOML_DO_NOT_TRACK": "true",
        "BENTOML_HOME": str(HOME / "bentoml"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    return serving(words, port=port, request=request_of(name, path, body), env=env, folder=folder)


def _other(server: Server, name: str, path: str, body: Any) -> Server:
    """Another question to a server that is up."""
    return Server(server.leader, server.port, request_of(name, path, body))


def _fastapi(stack: ExitStack, python: Path, model: Model, workers: int) -> list[Peer]:
    words = [str(python), "fastapi_app.py"]
    server = stack.enter_context(_up("fastapi", words, python, "/reasons", model.row,
                                     port=free_port(), workers=workers, model=model, folder=ONLINE))  # fmt: skip
    alone = _other(server, "fastapi-probability", "/probability", model.codes)
    return [Peer(alone, "FastAPI", TREES, PROBABILITY), Peer(server, "FastAPI", BOOSTER, REASONS)]


def _bentoml(stack: ExitStack, python: Path, model: Model, workers: int) -> list[Peer]:
    port = free_port()
    words = [str(python), "-m", "bentoml", "serve", "bentoml_service:Scores", "--port", str(port)]
    server = stack.enter_context(_up("bentoml", words, python, "/reasons", {"row": [model.row]},
                                     port=port, workers=workers, model=model, folder=ONLINE))  # fmt: skip
    alone = _other(server, "bentoml-probability", "/probability", {"row": [model.codes]})
    return [Peer(alone, "BentoML", TREES, PROBABILITY), Peer(server, "BentoML", BOOSTER, REASONS)]


def _mlflow(stack: ExitStack, python: Path, model: Model, workers: int) -> list[Peer]:
    peers = []
    for kind, file, table, row in (
        (TREES, model.estimator, HOME / "online-codes.csv", model.codes),
        (BOOSTER, model.booster, model.table, model.row),
    ):
        saved, port = HOME / f"online-mlflow-{kind}", free_port()
        if not saved.exists():
            staged = saved.with_name(f".{saved.name}")
            shutil.rmtree(staged, ignore_errors=True)
            words = [str(python), str(ONLINE / "mlflow_model.py"), str(file), str(table), str(staged)]
            subprocess.run(words, check=True, env=clean_environment())
            staged.rename(saved)
        words = [str(python), "-m", "mlflow", "models", "serve", "--model-uri", str(saved), "--env-manager", "local",
                 "--workers", str(workers), "--port", str(port)]  # fmt: skip
        body = {"dataframe_split": {"columns": list(row), "data": [list(row.values())]}}
        server = stack.enter_context(_up(f"mlflow-{kind}", words, python, "/invocations", body,
                                         port=port, workers=workers, model=model, folder=HOME))  # fmt: skip
        peers.append(Peer(server, "mlflow", kind, PROBABILITY))
    return peers


def _mlserver(stack: ExitStack, python: Path, model: Model, workers: int) -> list[Peer]:
    folder, port = HOME / "online-mlserver", free_port()
    served = {
        "trees": ("mlserver_sklearn.SKLearnModel", model.bare),
        "booster": ("mlserver_lightgbm.LightGBMModel", model.booster),
        "reasons": ("mlserver_reasons.Reasons", model.booster),
    }
    for name, (implementation, file) in served.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        settings = {"name": name, "implementation": implementation, "parameters": {"uri": str(file)}}
        (folder / name / "model-settings.json").write_text(json.dumps(settings))
    server = {"host": "127.0.0.1", "http_port": port, "grpc_port": free_port(), "metrics_port": free_port(),
              "parallel_workers": workers, "debug": False}  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(server))
    words = [str(python.with_name("mlserver")), "start", "."]
    wanted = {"outputs": [{"name": "predict_proba"}]}
    up = stack.enter_context(
        _up("mlserver", words, python, "/v2/models/trees/infer", _input(model.codes) | wanted,
            port=port, workers=workers, model=model, folder=folder)
    )  # fmt: skip
    booster = _other(up, "mlserver-booster", "/v2/models/booster/infer", _input(model.row))
    reasons = _other(up, "mlserver-reasons", "/v2/models/reasons/infer", _input(model.row))
    return [
        Peer(up, "MLServer", TREES, PROBABILITY),
        Peer(booster, "MLServer", BOOSTER, PROBABILITY),
        Peer(reasons, "MLServer", BOOSTER, REASONS),
    ]


def _input(row: Mapping[str, float]) -> dict[str, Any]:
    return {"inputs": [{"name": "row", "shape": [1, len(row)], "datatype": "FP64", "data": list(row.values())}]}


PEERS: dict[str, Started] = {"fastapi": _fastapi, "bentoml": _bentoml, "mlserver": _mlserver, "mlflow": _mlflow}
