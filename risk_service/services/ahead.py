"""One thing is worked out while the one before is dealt with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def one_ahead(work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """What ``work`` makes of each thing, in order; it is at the next one, in a thread, while one is dealt with.

    Reading, and what polars computes, waits for nobody's Python, nor does writing to the database. An error comes where
    the result would have come.
    """
    with ThreadPoolExecutor(1, "ahead") as hands:
        waiting: Future[Made] | None = None
        for one in given:
            following = hands.submit(work, one)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()
