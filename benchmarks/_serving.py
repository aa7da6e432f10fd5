"""Servers that are asked: started, waited for, ended, and the processor time of all their processes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._runs import clean_environment
from benchmarks._worlds import HOME
from risk_service.policy import Principal
from risk_service.services import keys
from risk_service.services.keys import Secrets
from risk_service.store import MasterKey, Store

_PATIENCE = 300
_GRACE = 15
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Asked:
    """What a round of asking one server came to.

    Parameters
    ----------
    rate
        Answers a second.
    p50, p99
        Of the time one took, ms.
    processor
        Time of all of the server's processes for one answer, ms.
    asking
        Time of the process that asks, for one answer, ms.
    """

    rate: float
    p50: float
    p99: float
    processor: float
    asking: float


@dataclass(frozen=True)
class Server:
    """A server at work and one question to it.

    Parameters
    ----------
    leader
        Number of the process that started all the others.
    request
        File with the bytes of the whole request.
    """

    leader: int
    port: int
    request: Path

    def asked(self, connections: int, seconds: float, *how: str) -> Asked:
        """Ask it for some time; `how`: a rate, and whether evenly, as `benchmarks._asking` takes them."""
        command = [sys.executable, "-m", "benchmarks._asking", str(self.port), str(self.request), str(connections)]
        before = processor_of(self.leader)
        done = subprocess.run([*command, str(seconds), *how], check=True, stdout=subprocess.PIPE, text=True)
        told = json.loads(done.stdout)
        spent = processor_of(self.leader) - before
        each = 1000 / told["answers"]
        return Asked(
            told["rate"], told["p50"], told["p99"], processor=spent * each, asking=told["processor"] * each
        )  # fmt: skip


def request_of(name: str, path: str, body: Any, *, key: str | None = None) -> Path:
    """Write the bytes of a request to a file."""
    sent = json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(sent)}",
    ]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    file = HOME / f"request-{name}"
    file.touch(mode=0o600)
    file.write_bytes("\r\n".join([*lines, "", ""]).encode() + sent)
    return file


def analyst_key(store: Store, master: MasterKey) -> str:
    """A key that may ask what-ifs."""
    return keys.create(
        store, secrets=Secrets.of(master), by=Principal(key_id="command-line", name="benchmark", role="admin"),
        name="benchmark", role="analyst", office=None, expires_at_us=None, now_us=time.time_ns() // 1000,
    )  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str],
    *,
    port: int,
    request: Path,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Server]:
    """Start a server, wait until it answers the question, and end all its processes afterwards.

    Raises
    ------
    RuntimeError
        It ended, or did not answer in time; its words are in the file that is named.
    """
    words = HOME / f"{request.name}.log"
    with words.open("wb") as log:
        process = subprocess.Popen(
            command, env={**clean_environment(), **(env or {})}, cwd=folder, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(process, port, request, words)
        yield Server(process.pid, port, request)
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], port: int, request: Path, words: Path) -> None:
    head, _, body = request.read_bytes().partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    sent = dict(line.split(": ", 1) for line in lines)
    until = time.monotonic() + _PATIENCE
    last = "it does not listen"
    while process.poll() is None and time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("POST", first.split()[1], body, sent)
            answer = connection.getresponse()
            last = f"{answer.status} {answer.read(500)!r}"
            if answer.status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.3)
    message = f"{request.name}: no answer ({last}); see {words}"
    raise RuntimeError(message)


def processor_of(leader: int) -> float:
    """Processor seconds of a process and all below it, with those of their children that have ended."""
    return sum(sum(map(int, stat[11:15])) for stat in _family(leader).values()) / _TICK


def _family(leader: int) -> dict[int, list[str]]:
    """What /proc says, from its state on, of a process, of its session, and of all below; some make a session anew."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stats[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
    found = {number for number, stat in stats.items() if number == leader or int(stat[3]) == leader}
    while more := {number for number, stat in stats.items() if int(stat[1]) in found} - found:
        found |= more
    return {number: stats[number] for number in found if number in stats}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask all of them to end, and end those that have not after a while."""
    family = _family(process.pid)
    for asked in (signal.SIGTERM, signal.SIGKILL):
        for number in family:
            with suppress(ProcessLookupError):
                os.kill(number, asked)
        until = time.monotonic() + _GRACE
        while family and time.monotonic() < until:
            process.poll()
            family = {number: stat for number, stat in family.items() if Path(f"/proc/{number}").exists()}
            time.sleep(0.1)
    process.wait()
