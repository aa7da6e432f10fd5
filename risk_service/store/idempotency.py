"""Answers to requests that carried an idempotency key, so that a repeated request gets the first one's answer."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.tables import idempotency


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """A request that was seen before; without ``status`` it is still under way, or its process died."""

    request_digest: bytes
    created_at_us: int
    status: int | None
    response: str | None


def find(connection: Connection, *, principal: str, key: str) -> Remembered | None:
    """What is remembered of a principal's idempotency key."""
    mine = (idempotency.c.principal == principal) & (idempotency.c.idempotency_key == key)
    row = connection.execute(sa.select(idempotency).where(mine)).one_or_none()
    if row is None:
        return None
    return Remembered(
        request_digest=bytes(row.request_digest),
        created_at_us=row.created_at_us,
        status=row.status,
        response=row.response,
    )


def begin(connection: Connection, *, principal: str, key: str, request_digest: bytes, at_us: int) -> None:
    """Remember that a request is under way."""
    values = {"principal": principal, "idempotency_key": key, "request_digest": request_digest, "created_at_us": at_us}
    connection.execute(sa.insert(idempotency).values(values))


def finish(connection: Connection, *, principal: str, key: str, status: int, response: str) -> None:
    """Remember a request's answer."""
    mine = (idempotency.c.principal == principal) & (idempotency.c.idempotency_key == key)
    connection.execute(sa.update(idempotency).where(mine).values(status=status, response=response))


def forget(connection: Connection, *, principal: str, key: str) -> None:
    """Forget a request, so that it can be tried again."""
    mine = (idempotency.c.principal == principal) & (idempotency.c.idempotency_key == key)
    connection.execute(sa.delete(idempotency).where(mine))


def forget_before(connection: Connection, at_us: int) -> None:
    """Forget all requests from before a time."""
    connection.execute(sa.delete(idempotency).where(idempotency.c.created_at_us < at_us))
