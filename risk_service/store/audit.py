"""The audit trail as rows: added at the end, read in order, never changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.tables import audit, audit_people

_LOCK: Final = 0x7269736B_61756469  # "riskaudi": one number for all processes that append


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of the trail; ``entry`` is its number, ``previous`` the digest of the row before."""

    entry: int
    at_us: int
    principal: str
    role: str
    action: str
    purpose: str | None
    subject: str | None
    release: str | None
    request_id: str | None
    detail: str | None
    previous: bytes
    digest: bytes


def lock_end(connection: Connection) -> tuple[int, bytes] | None:
    """Number and digest of the last row, held until the transaction ends, so that nobody else appends meanwhile.

    ``connection`` has to be one that writes: on SQLite that alone keeps others out.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    return last(connection)


def last(connection: Connection) -> tuple[int, bytes] | None:
    """Number and digest of the last row, read without holding anybody up; None for an empty trail."""
    found = connection.execute(sa.select(audit.c.entry, audit.c.digest).order_by(audit.c.entry.desc()).limit(1)).first()
    return None if found is None else (int(found.entry), bytes(found.digest))


def append(connection: Connection, entry: Entry) -> None:
    """Add a row at the end; only after `lock_end` in the same transaction."""
    connection.execute(sa.insert(audit).values(**vars(entry)))
    people = [{"person": person, "entry": entry.entry} for person in people_of(entry)]
    if people:
        connection.execute(sa.insert(audit_people), people)


def people_of(entry: Entry) -> list[int]:
    """Whom a list that an entry tells of names, as the index has them."""
    named = json.loads(entry.detail).get("people") if entry.detail is not None else None
    numbers = [_number(token) for token in named] if isinstance(named, list) else []
    return list(dict.fromkeys(number for number in numbers if number is not None))


def indexed(connection: Connection) -> Iterator[tuple[int, int]]:
    """Person and entry of every row of the index, in no order."""
    rows = sa.select(audit_people.c.person, audit_people.c.entry).execution_options(stream_results=True)
    for row in connection.execute(rows):
        yield row.person, row.entry


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries; None: all of them.

    Parameters
    ----------
    subject
        Entries about it, and lists that it was on.
    since_us, until_us
        UTC microseconds, both included.
    """

    principal: str | None = None
    action: str | None = None
    purpose: str | None = None
    subject: str | None = None
    since_us: int | None = None
    until_us: int | None = None


def entries(
    connection: Connection,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int | None = None,
    subject: str | None = None,
    wanted: Wanted | None = None,
    latest_first: bool = False,
) -> Iterator[Entry]:
    """Rows in order of their numbers.

    Parameters
    ----------
    after, before
        Only rows with a greater, a smaller number.
    subject
        Only rows about this subject.
    wanted
        Only these.
    latest_first
        From the end.
    """
    query = sa.select(audit).where(audit.c.entry > after, *_conditions(wanted or Wanted()))
    query = query.order_by(audit.c.entry.desc() if latest_first else audit.c.entry)
    if before is not None:
        query = query.where(audit.c.entry < before)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    if limit is not None:
        query = query.limit(limit)
    for row in connection.execute(query.execution_options(stream_results=True)).mappings():
        yield Entry(**{**row, "previous": bytes(row["previous"]), "digest": bytes(row["digest"])})


def actions(connection: Connection) -> list[str]:
    """The actions that are in the trail."""
    return sorted(connection.execute(sa.select(audit.c.action).distinct()).scalars())


def _number(token: str) -> int | None:
    """The start of a person's token as a number; None for the name of a thing."""
    try:
        return int.from_bytes(bytes.fromhex(token)[:8], "big", signed=True)
    except ValueError:
        return None


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    c = audit.c
    conditions = [
        c[name] == value for name in ("principal", "action", "purpose") if (value := getattr(wanted, name)) is not None
    ]
    if wanted.subject is not None:
        about = c.subject == wanted.subject
        named = _number(wanted.subject)
        if named is None:
            conditions.append(about)
        else:
            on_lists = sa.select(audit_people.c.entry).where(audit_people.c.person == named)
            own = audit.alias("own")
            some = sa.union_all(sa.select(own.c.entry).where(own.c.subject == wanted.subject), on_lists)
            listed = c.detail.contains(f'"{wanted.subject}"', autoescape=True)
            conditions += [c.entry.in_(some), sa.or_(about, listed)]
    if wanted.since_us is not None:
        conditions.append(c.at_us >= wanted.since_us)
    if wanted.until_us is not None:
        conditions.append(c.at_us <= wanted.until_us)
    return conditions
