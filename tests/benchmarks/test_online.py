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

import pytest

from benchmarks import _asking, _serving

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
