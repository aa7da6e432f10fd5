"""Who does the tasks of a job: this process, processes beside it, or a Dask cluster; the tasks are the same.

Nothing large is loaded here, so that a command can start workers first and load what it needs while they do.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import threading
import traceback
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast

from risk_service.jobs.errors import WorkError

if TYPE_CHECKING:
    import pyarrow as pa

    from risk_service.jobs.plan import Plan
    from risk_service.jobs.tasks import Note, Task

ATTEMPTS: Final = 3
"""How often a part may take its worker down before the job is given up."""
SETTINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS"), "1"
    ),
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:-1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
}
"""What a worker is started with: one thread of each library, and memory that is kept for the next part.

The pool that Arrow takes by default and the one of polars hand memory back between two steps and ask for it again in
the next, and the system clears it each time. So does the C library for a thread that is not the first, as Dask's are,
and Dask asks it to. A worker of Dask also looks a hundred times a second at what it is doing.
"""


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

    def complete(self) -> None:
        """Start whoever was not started at once; whoever gives the work says so when it has loaded what it needs."""

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""


def workers_for(count: int = 1, dask: str | None = None) -> Workers:
    """Who does the work: this process, ``count`` processes beside it, or the Dask cluster at an address."""
    if dask is not None:
        return Cluster(dask)
    return Here() if count == 1 else Processes(count)


@dataclass
class Here:
    """One part after the other, in this process."""

    _pool: pa.MemoryPool | None = field(default=None, init=False, compare=False)

    def run(self, task: Task, plan: Plan, numbers: Iterable[int]) -> Iterator[tuple[int, Note]]:
        """As :meth:`Workers.run`."""
        for number in numbers:
            yield number, task(plan, number)

    def complete(self) -> None:
        """Nobody else is started."""

    def __enter__(self) -> Self:
        """Let Arrow take its memory as in a worker (:data:`SETTINGS`)."""
        import pyarrow as pa

        self._pool = pa.default_memory_pool()
        pa.set_memory_pool(pa.system_memory_pool())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let Arrow take its memory as before."""
        import pyarrow as pa

        pa.set_memory_pool(self._pool)


@dataclass
class Processes:
    """Processes of one thread each beside this one, started anew.

    Each has a line of its own, so that it is known which part a worker that died was at, and nobody waits for it.

    Parameters
    ----------
    count
        How many.
    """

    count: int
    _all: list[_Process] = field(default_factory=list, init=False)
    _environment: dict[str, str | None] = field(default_factory=dict, init=False)

    def run(self, task: Task, plan: Plan, numbers: Iterable[int]) -> Iterator[tuple[int, Note]]:
        """As :meth:`Workers.run`; the part that was in work when a worker died is done again."""
        waiting = deque(numbers)
        tries: dict[int, int] = {}
        busy: dict[Connection, tuple[_Process, int]] = {}
        idle = self._ready(min(self.count, len(waiting)))
        try:
            while waiting or busy:
                while waiting and idle:
                    worker, number = idle.pop(), waiting.popleft()
                    busy[worker.line] = worker, number
                    worker.give(task, plan, number)
                for line in wait(list(busy)):
                    worker, number = busy.pop(cast("Connection", line))
                    answer = worker.answer()
                    if answer is not None:
                        idle.append(worker)
                        yield number, answer
                        continue
                    self._all.remove(worker)
                    tries[number] = tries.get(number, 0) + 1
                    _give_up(plan, number, tries[number])
                    waiting.appendleft(number)
                    idle.extend(self._ready(1, beside=len(self._all)))
        finally:
            for worker, _ in busy.values():
                worker.end()
                self._all.remove(worker)

    def _ready(self, count: int, *, beside: int = 0) -> list[_Process]:
        """So many workers, started where there are too few; ``beside`` others are at work."""
        while len(self._all) < beside + count:
            self._all.append(_Process.started())
        return self._all[beside : beside + count]

    def complete(self) -> None:
        """Start the last one."""
        self._ready(self.count)

    def __enter__(self) -> Self:
        """Start all but one, so that they load what they need while this process does.

        The last one would take this process's core from it, and everybody waits for what this process prepares; it is
        started when this process has loaded its own (:meth:`complete`), and loads while the job is being divided.

        They read how many threads they may use, and how they take memory, from the environment.
        """
        self._environment = {name: os.environ.get(name) for name in SETTINGS}
        os.environ.update(SETTINGS)
        self._ready(max(self.count - 1, 1))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers and put the environment back."""
        for worker in self._all:
            worker.kill()
        for worker in self._all:
            worker.end()
        self._all.clear()
        for name, value in self._environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@dataclass
class _Process:
    """A process that does tasks, and the line to it."""

    process: SpawnProcess
    line: Connection
    _told: tuple[Task, Plan] | None = None

    @classmethod
    def started(cls) -> Self:
        spawn = multiprocessing.get_context("spawn")
        line, its_end = spawn.Pipe()
        process = spawn.Process(target=_work, args=(its_end,), daemon=True)
        process.start()
        its_end.close()  # so that the line ends when the process does
        return cls(process, line)

    def give(self, task: Task, plan: Plan, number: int) -> None:
        """Give it a part; whether it died is found out with the answer."""
        with contextlib.suppress(OSError):
            known = self._told is not None and self._told[0] is task and self._told[1] is plan
            self.line.send((None if known else (task, plan), number))
            self._told = task, plan

    def answer(self) -> Note | None:
        """The note of the part it was given; None where it has died."""
        try:
            answer = self.line.recv()
        except (EOFError, OSError):
            self.end()
            return None
        if isinstance(answer, Exception):
            raise answer
        return cast("Note", answer)

    def end(self) -> None:
        """End it, whatever it is doing: what it has not finished was not there."""
        self.line.close()
        self.kill()
        self.process.join()
        self.process.close()

    def kill(self) -> None:
        """Begin to end it: it hands back its memory while others are told."""
        self.process.kill()


def _give_up(plan: Plan, number: int, times: int) -> None:
    if times >= ATTEMPTS:
        buckets = plan.selections[number].buckets if number < len(plan.selections) else None
        which = "the delivery" if buckets is None else f"buckets {buckets[0]} to {buckets[-1]}"
        raise WorkError(
            f"A worker died {times} times over {which}.",
            what_to_do="Probably memory ran out: use fewer workers, or divide the delivery into more buckets.",
        )


def _work(line: Connection) -> None:
    """In a worker: do what comes along the line until it ends."""
    _end_with_parent()
    importlib.import_module("risk_service.jobs.tasks")  # in the meantime: whoever gives the work loads it too
    with contextlib.suppress(EOFError):
        (task, plan), number = line.recv()
        while True:
            line.send(_answer(task, plan, number))
            told, number = line.recv()
            task, plan = told or (task, plan)


def _answer(task: Task, plan: Plan, number: int) -> Note | Exception:
    try:
        return task(plan, number)
    except Exception as error:  # noqa: BLE001 -- raised again where the work was given
        error.add_note("".join(traceback.format_exception(error)))
        return error


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

        # A name of its own each time: the data of an equal plan that is just being given up would go with it.
        there = self._client.scatter(plan, broadcast=True, hash=False)
        futures = {self._client.submit(task, there, number, pure=False): number for number in numbers}
        try:
            for future in as_completed(futures, loop=self._client.loop):  # type: ignore[no-untyped-call]
                yield futures[future], future.result()
        except KilledWorker as error:
            raise WorkError(
                "A worker of the cluster died again and again over one part.",
                what_to_do="Probably memory ran out: give the workers more, or divide the delivery into more buckets.",
            ) from error
        finally:
            self._client.cancel(list(futures))

    def complete(self) -> None:
        """Its workers are there already."""

    def __enter__(self) -> Self:
        """Connect."""
        try:
            from distributed import Client
        except ImportError:
            raise WorkError("Dask is not installed here.", what_to_do="Run: pip install 'risk-service[bulk]'") from None
        try:
            self._client = Client(self.address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
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
