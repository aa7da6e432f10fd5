"""The peers of ``python -m benchmarks online``: what they serve, and how each is started.

Three models stand behind each peer. *scikit-learn* is the release's own model, as it is kept for analysts: the mean of
its ten bags (of their probabilities here, where the release takes that of their log-odds), on a row whose values are
already those that the trees were grown on. *one bag* is the first of the ten: what who is content with a tenth of the
work would serve. *LightGBM* is the hardest comparison: an unconstrained model of the same features, whose contributions
are to be had in one call. All are given a ready row and no key to check.
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
from sklearn.ensemble import VotingClassifier
from sklearn.preprocessing import LabelEncoder

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
TREES, BAG, BOOSTER = "scikit-learn", "scikit-learn, one bag", "LightGBM"


@dataclass(frozen=True)
class Model:
    """What peers serve.

    Parameters
    ----------
    booster
        LightGBM's text.
    estimators, bare
        scikit-learn estimators as joblib, of `TREES` and `BAG`, with and without the names of their features.
    table
        CSV of rows of all features.
    row
        A ready row, by feature.
    codes
        The same as the estimator's trees see it.
    """

    booster: Path
    estimators: Mapping[str, Path]
    bare: Mapping[str, Path]
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
    """All three: LightGBM's trained once by a peer's own library, the estimators taken out of a release."""
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
    bare = {kind: HOME / f"online-bare-{part}.joblib" for kind, part in ((TREES, "whole"), (BAG, "bag"))}
    named = {kind: path.with_name(path.name.replace("bare", "named")) for kind, path in bare.items()}
    for files in (bare, named):
        for kind, estimator in ((TREES, _whole(kept.models)), (BAG, kept.models[0])):
            joblib.dump(estimator, files[kind])
        for bag in kept.models:
            bag.feature_names_in_ = np.array(names, dtype=object)
    pl.DataFrame(codes, schema=names).write_csv(HOME / "online-codes.csv")
    return Model(
        booster, named, bare, table,
        rows.fill_null(0.0).row(0, named=True),  # not every protocol can say that a number is missing
        dict(zip(names, codes[0].tolist(), strict=True)),
    )  # fmt: skip


def _whole(bags: Sequence[Any]) -> VotingClassifier:
    """Bags that have been fitted as one estimator of scikit-learn's own, which a peer can load without this program."""
    whole = VotingClassifier([(f"bag{number}", bag) for number, bag in enumerate(bags)], voting="soft")
    whole.estimators_ = list(bags)
    whole.classes_ = bags[0].classes_
    whole.le_ = LabelEncoder().fit(whole.classes_)
    if hasattr(bags[0], "feature_names_in_"):
        whole.feature_names_in_ = bags[0].feature_names_in_
    return whole


def _number(feature: Feature) -> pl.Expr:
    column = pl.col(feature.name)
    return (column.cast(pl.Enum(feature.levels)).to_physical() if feature.kind == "category" else column).cast(
        pl.Float64
    )


def _up(name: str, words: Sequence[str], python: Path, path: str, body: Any, *, port: int, workers: int,
        model: Model, folder: Path) -> AbstractContextManager[Server]:  # fmt: skip
    env = {
        "MODEL": str(model.booster),
        "ESTIMATOR": str(model.estimators[TREES]),
        "BAG": str(model.estimators[BAG]),
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
    whole = _other(server, "fastapi-probability", "/probability", model.codes)
    bag = _other(server, "fastapi-bag", "/bag", model.codes)
    return _three("FastAPI", whole, bag, server)


def _bentoml(stack: ExitStack, python: Path, model: Model, workers: int) -> list[Peer]:
    port = free_port()
    words = [str(python), "-m", "bentoml", "serve", "bentoml_service:Scores", "--port", str(port)]
    server = stack.enter_context(_up("bentoml", words, python, "/reasons", {"row": [model.row]},
                                     port=port, workers=workers, model=model, folder=ONLINE))  # fmt: skip
    whole = _other(server, "bentoml-probability", "/probability", {"row": [model.codes]})
    bag = _other(server, "bentoml-bag", "/bag", {"row": [model.codes]})
    return _three("BentoML", whole, bag, server)


def _three(name: str, whole: Server, bag: Server, reasons: Server) -> list[Peer]:
    return [
        Peer(whole, name, TREES, PROBABILITY),
        Peer(bag, name, BAG, PROBABILITY),
        Peer(reasons, name, BOOSTER, REASONS),
    ]


def _mlflow(stack: ExitStack, python: Path, model: Model, workers: int) -> list[Peer]:
    peers = []
    for kind, file, table, row in (
        *((kind, model.estimators[kind], HOME / "online-codes.csv", model.codes) for kind in (TREES, BAG)),
        (BOOSTER, model.booster, model.table, model.row),
    ):
        saved, port = HOME / f"online-mlflow-{file.stem}", free_port()
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
        "trees": ("mlserver_sklearn.SKLearnModel", model.bare[TREES]),
        "bag": ("mlserver_sklearn.SKLearnModel", model.bare[BAG]),
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
    bag = _other(up, "mlserver-bag", "/v2/models/bag/infer", _input(model.codes) | wanted)
    booster = _other(up, "mlserver-booster", "/v2/models/booster/infer", _input(model.row))
    reasons = _other(up, "mlserver-reasons", "/v2/models/reasons/infer", _input(model.row))
    return [
        Peer(up, "MLServer", TREES, PROBABILITY),
        Peer(bag, "MLServer", BAG, PROBABILITY),
        Peer(booster, "MLServer", BOOSTER, PROBABILITY),
        Peer(reasons, "MLServer", BOOSTER, REASONS),
    ]


def _input(row: Mapping[str, float]) -> dict[str, Any]:
    return {"inputs": [{"name": "row", "shape": [1, len(row)], "datatype": "FP64", "data": list(row.values())}]}


PEERS: dict[str, Started] = {"fastapi": _fastapi, "bentoml": _bentoml, "mlserver": _mlserver, "mlflow": _mlflow}
