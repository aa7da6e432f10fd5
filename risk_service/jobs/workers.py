"""Who does the tasks of a job: this process, processes beside it, or a Dask cluster; the tasks are the same."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Protocol, Self

from risk_service.jobs.errors import WorkError
from risk_service.jobs.plan import Plan
from risk_service.jobs.tasks import Note, Task

ATTEMPTS: Final = 3
"""How often a part may take its worker down before the job is given up."""
_ONE_THREAD: Final[Mapping[str, str]] = dict.fromkeys(
    ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS"), "1"
)


class Workers(Protocol):
    """Does tasks, in whatever order."""

    def run(self, task: Task, plan: Plan, numbers: Iterable[int]) -> Iterator[tuple[int, Note]]:
        """Do a task for some parts; numbers and notes come as they are done.

        Raises
        ------
        WorkError
            Workers die again and again.
        RiskError
            What the task raises.
        """

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""


class Here:
    """One part after the other, in this process."""

    def run(self, task: Task, plan: Plan, numbers: Iterable[int]) -> Iterator[tuple[int, Note]]:
        """As :meth:`Workers.run`."""
        for number in numbers:
            yield number, task(plan, number)

    def __enter__(self) -> Self:
        """Nothing to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to stop."""


@dataclass
class Processes:
    """Processes of one thread each beside this one, started anew.

    Parameters
    ----------
    count
        How many.
    """

    count: int
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)
    _environment: dict[str, str | None] = field(default_factory=dict, init=False)

    def run(self, task: Task, plan: Plan, numbers: Iterable[int]) -> Iterator[tuple[int, Note]]:
        """As :meth:`Workers.run`; the parts that were in work when a worker died are done again."""
        waiting = deque(numbers)
        tries: dict[int, int] = {}
        running: dict[Future[Note], int] = {}
        while waiting or running:
            while waiting and len(running) <= self.count:
                number = waiting.popleft()
                running[self._start().submit(task, plan, number)] = number
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            lost: list[int] = []
            for future in done:
                number = running.pop(future)
                try:
                    note = future.result()
                except BrokenProcessPool:
                    lost.append(number)
                    continue
                yield number, note
            if lost:
                # A pool is broken as a whole: nobody can say which of its parts took the worker down.
                lost.extend(running.values())
                running.clear()
                self._stop()
                for number in lost:
                    tries[number] = tries.get(number, 0) + 1
                self._give_up(plan, tries)
                waiting.extendleft(sorted(lost, reverse=True))

    def _give_up(self, plan: Plan, tries: Mapping[int, int]) -> None:
        for number, times in tries.items():
            if times >= ATTEMPTS:
                buckets = plan.selections[number].buckets
                which = "the delivery" if buckets is None else f"buckets {buckets[0]} to {buckets[-1]}"
                raise WorkError(
                    f"A worker died {times} times over {which}.",
                    what_to_do="Probably memory ran out: use fewer workers, or divide the delivery into more buckets.",
                )

    def _start(self) -> ProcessPoolExecutor:
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.count, mp_context=spawn, initializer=_end_with_parent)
        return self._pool

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Self:
        """Workers read how many threads they may use from the environment; they start with the first task."""
        self._environment = {name: os.environ.get(name) for name in _ONE_THREAD}
        os.environ.update(_ONE_THREAD)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers and put the environment back."""
        self._stop()
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@dataclass
class Cluster:
    """A Dask cluster that sees the delivery and the output under the same paths.

    Parameters
    ----------
    address
        Of the scheduler, as ``tcp://10.0.0.1:8786``.
    """

    address: str
    _client: Any = field(default=None, init=False)

    def run(self, task: Task, plan: Plan, numbers: Iterable[int]) -> Iterator[tuple[int, Note]]:
        """As :meth:`Workers.run`; the scheduler gives a dead worker's parts to another."""
        from distributed import KilledWorker, as_completed

        there = self._client.scatter(plan, broadcast=True)
        futures = {self._client.submit(task, there, number, pure=False): number for number in numbers}
        try:
            for future in as_completed(futures, loop=self._client.loop):
                yield futures[future], future.result()
        except KilledWorker as error:
            raise WorkError(
                "A worker of the cluster died again and again over one part.",
                what_to_do="Probably memory ran out: give the workers more, or divide the delivery into more buckets.",
            ) from error
        finally:
            self._client.cancel(list(futures))

    def __enter__(self) -> Self:
        """Connect."""
        try:
            from distributed import Client
        except ImportError:
            raise WorkError("Dask is not installed here.", what_to_do="Run: pip install 'risk-service[bulk]'") from None
        try:
            self._client = Client(self.address, timeout=10, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkError(
                f"No Dask scheduler answers at {self.address}.", what_to_do="Start one: dask scheduler"
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take leave; the cluster goes on."""
        self._client.close()


def _end_with_parent() -> None:
    """In a worker: end when whoever started it is gone, however that ended."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
