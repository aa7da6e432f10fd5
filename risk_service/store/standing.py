"""What a question about a case asks of the store before all else, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.deliveries import SIMULATED
from risk_service.store.engine import Question, Store
from risk_service.store.tables import deliveries, facts, runs


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the store stands as of a time.

    Parameters
    ----------
    last_seq
        The greatest ``ingest_seq`` so far; 0 in an empty store.
    simulated
        Whether it holds simulated rows; None before its first delivery.
    run
        Id and as-of time of the finished rescoring as of the latest time no later than the one asked for.
    """

    last_seq: int
    simulated: bool | None
    run: tuple[str, int] | None


def _statement() -> sa.Select[Any]:
    run = (
        sa.select(runs.c.run_id, runs.c.as_of_us)
        .where(runs.c.state == "done", runs.c.as_of_us <= sa.bindparam("t_us", type_=sa.BigInteger()))
        .order_by(runs.c.as_of_us.desc(), runs.c.ingest_seq.desc(), runs.c.finished_at_us.desc())
        .limit(1)
        .subquery("run")
    )
    last = sa.select(sa.func.max(deliveries.c.seq).label("seq")).subquery("last")
    kind = sa.select(facts.c.value).where(facts.c.name == SIMULATED).subquery("kind")
    whole = last.outerjoin(kind, sa.true()).outerjoin(run, sa.true())
    return sa.select(last.c.seq, kind.c.value, run.c.run_id, run.c.as_of_us).select_from(whole)


_QUESTION: Final = Question(_statement())


def standing(connection: Connection, t_us: int) -> Standing:
    """How the store stands as of a time, UTC microseconds."""
    return _said(_QUESTION.within(connection, t_us=t_us))


def standing_now(store: Store, t_us: int) -> Standing:
    """The same outside of any transaction: whoever asks for more afterwards may find another state."""
    return _said(store.first(_QUESTION, t_us=t_us))


def _said(row: Sequence[Any] | None) -> Standing:
    seq, kind, run_id, as_of_us = row or (None, None, None, None)
    return Standing(
        last_seq=seq or 0,
        simulated=None if kind is None else kind == "true",
        run=None if run_id is None or as_of_us is None else (run_id, as_of_us),
    )
