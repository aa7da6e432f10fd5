"""Ask a server the same question for some time and say how long the answers took.

``python -m benchmarks._asking PORT FILE CONNECTIONS SECONDS [RATE [even]]`` sends the bytes of FILE, one whole HTTP
request, and prints JSON. Without a rate every connection asks again as soon as it has its answer. With one, so many
questions a second come at random moments (or evenly), whether or not the ones before have been answered; the time one
waits for a free connection counts. An answer other than 200 ends it.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

WARM = 0.5
"""Seconds at the start that do not count."""
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)


@dataclass
class Asker:
    """One connection, opened again whenever the server closes it."""

    port: int
    request: bytes
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, init=False)
    answers: int = field(default=0, init=False)

    async def ask(self) -> None:
        """Send the question and read the whole answer.

        Raises
        ------
        RuntimeError
            The answer is none, or says nothing about its length.
        """
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        writer.write(self.request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None or not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(head.decode("latin-1"))
        await reader.readexactly(int(length[1]))
        self.answers += 1
        if _CLOSE.search(head):
            await self.close()

    async def close(self) -> None:
        """Let go of the connection."""
        if self.streams is not None:
            (_, writer), self.streams = self.streams, None
            writer.close()
            await writer.wait_closed()


async def at_once(askers: list[Asker], seconds: float) -> list[float]:
    """Each asks again as soon as it has its answer; seconds an answer took."""
    taken: list[float] = []
    begin = time.perf_counter() + WARM

    async def client(asker: Asker) -> None:
        start = time.perf_counter()
        while start < begin + seconds:
            await asker.ask()
            end = time.perf_counter()
            if start >= begin:
                taken.append(end - start)
            start = end

    await asyncio.gather(*map(client, askers))
    return taken


def moments(rate: float, *, evenly: bool) -> Iterator[float]:
    """Seconds from the start at which questions come, without end; the same ones every time."""
    if evenly:
        yield from (number / rate for number in count())
    draw, at = random.Random(7), 0.0  # noqa: S311 - no secret, the same moments for everybody
    while True:
        yield at
        at += draw.expovariate(rate)


async def at_rate(askers: list[Asker], seconds: float, *, rate: float, evenly: bool) -> list[float]:
    """Questions come at their moments; seconds an answer took, with the wait for a free connection."""
    taken: list[float] = []
    coming = moments(rate, evenly=evenly)
    begin = time.perf_counter()

    async def client(asker: Asker) -> None:
        for moment in coming:
            if moment >= WARM + seconds:
                return
            start = begin + moment
            if start > time.perf_counter():
                await asyncio.sleep(start - time.perf_counter())
                start = time.perf_counter()  # the timer's own lateness is not the server's
            await asker.ask()
            if moment >= WARM:
                taken.append(time.perf_counter() - start)

    await asyncio.gather(*map(client, askers))
    return taken


def told(taken: list[float], seconds: float) -> dict[str, float]:
    """Answers a second, and the median and the 99th percentile of what one took, in ms."""
    ordered = sorted(taken)
    return {
        "rate": len(ordered) / seconds,
        "p50": ordered[len(ordered) // 2] * 1000,
        "p99": ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1000,
    }


async def main(words: list[str]) -> None:
    """Ask, and print what was measured."""
    port, path, connections, seconds, *more = words
    request = await asyncio.to_thread(Path(path).read_bytes)
    askers = [Asker(int(port), request) for _ in range(int(connections))]
    before = time.process_time()
    try:
        if more:
            taken = await at_rate(askers, float(seconds), rate=float(more[0]), evenly=more[1:] == ["even"])
        else:
            taken = await at_once(askers, float(seconds))
    finally:
        await asyncio.gather(*(asker.close() for asker in askers))
    spent, answers = time.process_time() - before, sum(asker.answers for asker in askers)
    print(json.dumps({**told(taken, float(seconds)), "answers": answers, "processor": spent}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
