"""Sessions of the console and attempts to sign in, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from risk_service.store.access_tables import attempts, sessions


@dataclass(frozen=True, kw_only=True)
class Session:
    """One session.

    Parameters
    ----------
    digest
        Of the secret that the cookie carries.
    session_id
        Names it in lists and in the trail.
    user_id, key_id
        Whose it is; one of the two.
    address
        Where it was opened from.
    opened_at_us, seen_at_us, ends_at_us, ended_at_us
        UTC microseconds.
    ended_by
        Who ended it before its time.
    """

    digest: bytes
    session_id: str
    user_id: str | None
    key_id: str | None
    address: str
    opened_at_us: int
    seen_at_us: int
    ends_at_us: int
    ended_at_us: int | None = None
    ended_by: str | None = None


def add_session(connection: Connection, session: Session) -> None:
    """Keep a new session."""
    connection.execute(sa.insert(sessions).values(**vars(session)))


def find_session(connection: Connection, digest: bytes) -> Session | None:
    """The session whose secret has this digest, whether or not it still counts."""
    row = connection.execute(sa.select(sessions).where(sessions.c.digest == digest)).one_or_none()
    return None if row is None else _session(row)


def see_session(connection: Connection, digest: bytes, *, at_us: int) -> None:
    """Note that a session is in use."""
    connection.execute(sa.update(sessions).where(sessions.c.digest == digest).values(seen_at_us=at_us))


def open_sessions(connection: Connection, *, now_us: int, user_id: str | None = None) -> list[Session]:
    """Sessions whose time is not over, the latest first; of one account, or all."""
    query = sa.select(sessions).where(sessions.c.ended_at_us.is_(None), sessions.c.ends_at_us > now_us)
    if user_id is not None:
        query = query.where(sessions.c.user_id == user_id)
    rows = connection.execute(query.order_by(sessions.c.opened_at_us.desc(), sessions.c.session_id))
    return [_session(row) for row in rows]


def end_sessions(
    connection: Connection,
    *,
    at_us: int,
    by: str,
    session_id: str | None = None,
    user_id: str | None = None,
    but: bytes | None = None,
) -> list[str]:
    """End sessions: the one of that id, all of an account (but the one of this digest), or both; returns their ids."""
    conditions = [sessions.c.ended_at_us.is_(None), sessions.c.ends_at_us > at_us]
    if session_id is not None:
        conditions.append(sessions.c.session_id == session_id)
    if user_id is not None:
        conditions.append(sessions.c.user_id == user_id)
    if but is not None:
        conditions.append(sessions.c.digest != but)
    ending = sa.update(sessions).where(*conditions).values(ended_at_us=at_us, ended_by=by)
    return sorted(connection.execute(ending.returning(sessions.c.session_id)).scalars())


def take_attempt(connection: Connection, about: bytes, *, now_us: int, window_us: int, most: int) -> int | None:
    """Count an attempt before it is judged, so that many at once cannot slip through.

    Returns
    -------
    int or None
        None: it may be made. Otherwise when the next one may be, UTC microseconds.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    over = attempts.c.since_us <= now_us - window_us
    counting = (
        insert(attempts)
        .values(about=about, since_us=now_us, failed=1)
        .on_conflict_do_update(
            index_elements=[attempts.c.about],
            set_={
                "failed": sa.case((over, 1), else_=attempts.c.failed + 1),
                "since_us": sa.case((over, now_us), else_=attempts.c.since_us),
            },
        )
        .returning(attempts.c.failed, attempts.c.since_us)
    )
    failed, since_us = connection.execute(counting).one()
    return int(since_us) + window_us if failed > most else None


def give_back_attempt(connection: Connection, about: bytes) -> None:
    """Take back the count of one attempt that succeeded."""
    one_less = sa.update(attempts).where(attempts.c.about == about, attempts.c.failed > 0)
    connection.execute(one_less.values(failed=attempts.c.failed - 1))


def forget_attempts(connection: Connection, *, about: bytes | None = None, before_us: int | None = None) -> None:
    """Forget what was counted about somebody, or everything that began before a time."""
    conditions = []
    if about is not None:
        conditions.append(attempts.c.about == about)
    if before_us is not None:
        conditions.append(attempts.c.since_us < before_us)
    connection.execute(sa.delete(attempts).where(*conditions))


def _session(row: sa.Row[Any]) -> Session:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's mapping
    return Session(**values | {"digest": bytes(values["digest"])})
