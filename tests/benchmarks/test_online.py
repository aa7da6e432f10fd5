from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks import _asking, _online_peers, _serving, online
from benchmarks._figures import Figure
from benchmarks._peers import install

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Ok(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        sum(range(200_000))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Ok).serve_forever()
"""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(asked["status"])
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_serving, "HOME", tmp_path)


@pytest.mark.parametrize("how", [[], ["40"], ["40", "even"]])
def test_whoever_asks_counts_answers_and_their_time(port: int, how: list[str], capsys) -> None:
    request = _serving.request_of("ok", "/", {"status": 200})
    asyncio.run(_asking.main([str(port), str(request), "2", "0.3", *how]))
    told = json.loads(capsys.readouterr().out)
    assert told["answers"] > told["rate"] * 0.3 > 0
    assert 0 < told["p50"] <= told["p99"]
    assert told["processor"] > 0


def test_an_answer_that_is_no_answer_ends_the_measurement(port: int) -> None:
    request = _serving.request_of("refused", "/", {"status": 503})
    with pytest.raises(RuntimeError, match="503"):
        asyncio.run(_asking.main([str(port), str(request), "1", "0.1"]))


def test_questions_come_at_the_rate_asked_for_and_at_the_same_moments_every_time() -> None:
    drawn = [list(itertools.islice(_asking.moments(50, evenly=False), 2000)) for _ in range(2)]
    assert drawn[0] == drawn[1] == sorted(drawn[0])
    assert drawn[0][-1] == pytest.approx(40, rel=0.1)
    assert list(itertools.islice(_asking.moments(50, evenly=True), 3)) == [0, 0.02, 0.04]


def test_a_server_is_waited_for_its_processor_time_is_counted_and_it_is_ended() -> None:
    port = _serving.free_port()
    request = _serving.request_of("ok", "/", {})
    with _serving.serving([sys.executable, "-c", SERVER, str(port)], port=port, request=request) as server:
        assert server.asked(1, 0.3).processor > 0.5
    with pytest.raises(ProcessLookupError):
        os.kill(server.leader, 0)


def test_a_server_that_ends_is_told_with_where_its_words_are() -> None:
    request = _serving.request_of("ok", "/", {})
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    with pytest.raises(RuntimeError, match=r"request-ok\.log"), _serving.serving(command, port=1, request=request):
        pass


def test_the_table_has_a_line_for_each_server_with_what_it_answers_and_ours_over_it() -> None:
    figures = []
    for name, rate in (("what-if", 300.0), ("trivial endpoint", 900.0), ("MLServer, LightGBM, reasons", 150.0)):
        for label in (f"{name}, 1 connection", f"{name}, 8 connections"):
            figures.append(Figure(label, rate, "requests/s"))
            figures += [
                Figure(f"{label}: {what}", at, "ms") for what, at in (("p50", 2), ("p99", 5), ("processor time", 3))
            ]
            if name != "what-if":
                over = label.replace(name, f"what-if over {name}")
                figures += [Figure(over, 300 / rate, "x"), Figure(f"{over}: by processor time", 0.5, "x")]
    for how in ("at random", "evenly"):
        label = f"what-if at half load, {how}"
        figures += [
            Figure(label, 150, "requests/s"),
            Figure(f"{label}: p50", 2, "ms"),
            Figure(f"{label}: p99", 5, "ms"),
        ]
        figures.append(Figure(f"{label}: p99 over p50", 2.5, "x"))
    said = [" ".join(line.split()) for line in online.table(figures)]

    assert said[2:] == [
        "what-if 300, 300 2.0, 5.0 3.00",
        "key, count; score, interval, five reasons, notices, way back, of a stated case",
        "trivial endpoint 900, 900 2.0, 5.0 3.00 0.33, 0.33; 0.50, 0.50",
        "key, count; nothing",
        "MLServer, LightGBM, reasons 150, 150 2.0, 5.0 3.00 2.00, 2.00; 0.50, 0.50",
        "no key; probability, five reasons of a ready row",
        "what-if at half load, at random 150 2.0, 5.0 p99 2.50 times p50",
        "what-if at half load, evenly 150 2.0, 5.0 p99 2.50 times p50",
    ]


def test_versions_are_those_that_a_peers_environment_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "HOME", tmp_path)
    assert _online_peers.versions() == {}

    held = tmp_path / "peers-bentoml" / "lib" / "python3.11" / "site-packages"
    for name, version in (("bentoml", "9.9"), ("unasked", "1.0")):
        (held / f"{name}-{version}.dist-info").mkdir(parents=True)
        (held / f"{name}-{version}.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    (tmp_path / "peers-bentoml" / "ready").touch()
    assert _online_peers.versions() == {"bentoml": {"bentoml": "9.9"}}


@pytest.mark.filterwarnings("error")
def test_the_whole_model_that_a_peer_serves_is_the_mean_of_its_bags_with_names_and_without() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(200, 2))
    labels = rows[:, 0] + rng.normal(size=200) > 0
    bags = [
        HistGradientBoostingClassifier(max_iter=5, random_state=n).fit(rows[n::2], labels[n::2].astype(int))
        for n in (0, 1)
    ]
    mean = np.mean([bag.predict_proba(rows) for bag in bags], axis=0)
    bare = _online_peers._whole(bags)
    assert np.array_equal(bare.predict_proba(rows), mean)
    assert not np.array_equal(bags[0].predict_proba(rows), mean)

    for bag in bags:
        bag.feature_names_in_ = np.array(["a", "b"], dtype=object)
    named = _online_peers._whole(bags)
    assert named.feature_names_in_.tolist() == ["a", "b"]
    assert np.array_equal(named.predict_proba(pd.DataFrame(rows, columns=["a", "b"])), mean)
