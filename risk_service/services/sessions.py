"""Sessions of the console: kept in the store, so that they can be listed and ended; and attempts to open one.

The cookie carries a secret of 256 random bits, the store its hash. A session ends with its time, when nobody used it
for a while, with its account or key, or when its owner or an administrator ends it.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.engine import Connection

from models.times import US_PER_SECOND
from risk_service.errors import NotFoundError, TooManyError
from risk_service.policy import Principal
from risk_service.services import audit, keys, users
from risk_service.services.audit import Reading
from risk_service.store import MasterKey, Store
from risk_service.store import keys as key_rows
from risk_service.store import sessions as repository
from risk_service.store import users as user_rows
from risk_service.store.sessions import Session
from risk_service.store.users import User

MINUTE_US: Final = 60 * US_PER_SECOND
WINDOW_US: Final = 15 * MINUTE_US
MOST_OF_ACCOUNT: Final = 5
MOST_OF_ADDRESS: Final = 30
"""Failed attempts within a quarter of an hour; an office behind one address has many people."""

_SEEN_EVERY_US: Final = MINUTE_US


@dataclass(frozen=True, kw_only=True)
class SessionLine:
    """A session as it is listed."""

    session_id: str
    name: str
    login: str | None
    address: str
    opened_at_us: int
    seen_at_us: int
    ends_at_us: int
    here: bool


def digest_of(secret: str) -> bytes:
    """Return what the store keeps of a session's secret."""
    return hashlib.sha256(secret.encode()).digest()


def attempt(store: Store, *, master: MasterKey, login: str | None, address: str, now_us: int) -> None:
    """Count an attempt to sign in, before it is judged; `succeeded` takes it back.

    Parameters
    ----------
    login
        As typed; None: a key, which nobody can guess, so that the address alone counts.

    Raises
    ------
    TooManyError
        Too many failed lately, of this account or from this address.
    """
    wait = 0
    with store.writing() as connection:
        for about, most in _counted(master, login, address):
            until = repository.take_attempt(connection, about, now_us=now_us, window_us=WINDOW_US, most=most)
            wait = max(wait, 0 if until is None else until - now_us)
    if wait:
        raise TooManyError(
            "Too many attempts to sign in failed.",
            what_to_do="Wait as long as the header Retry-After says, or ask an administrator.",
            headers={"Retry-After": str(-(-wait // US_PER_SECOND))},
        )


def succeeded(store: Store, *, master: MasterKey, login: str | None, address: str) -> None:
    """Forget failed attempts of the account, and take back the count of the address."""
    with store.writing() as connection:
        (about, _), *account = _counted(master, login, address)
        repository.give_back_attempt(connection, about)
        for other, _ in account:
            repository.forget_attempts(connection, about=other)


def refused(store: Store, user: User, *, now_us: int, request_id: str | None) -> None:
    """Write an attempt that failed on an account into the trail."""
    reading = Reading(principal=users.principal_of(user), purpose=None, now_us=now_us, request_id=request_id)
    audit.record(store, reading, action="session.refuse", subject=user.user_id)


def open_session(
    store: Store, who: Principal, *, address: str, hours: int, now_us: int, request_id: str | None = None
) -> str:
    """Open a session for an account or a key that has been judged; returns the secret for the cookie."""
    secret = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    by_key = not who.key_id.startswith(users.PREFIX)
    session = Session(
        digest=digest_of(secret),
        session_id=base64.b32encode(os.urandom(5)).decode().lower(),
        user_id=None if by_key else who.key_id,
        key_id=who.key_id if by_key else None,
        address=address,
        opened_at_us=now_us,
        seen_at_us=now_us,
        ends_at_us=now_us + hours * 60 * MINUTE_US,
    )
    with store.writing() as connection:
        repository.add_session(connection, session)
        reading = Reading(principal=who, purpose=None, now_us=now_us, request_id=request_id)
        audit.append(connection, reading, action="session.open", subject=session.session_id)
    return secret


def principal_of(store: Store, secret: str, *, idle_minutes: int, now_us: int) -> Principal | None:
    """Return whose session it is; None once it does not count any more."""
    digest = digest_of(secret)
    with store.reading() as connection:
        session = repository.find_session(connection, digest)
        if session is None or not _counts(session, idle_minutes=idle_minutes, now_us=now_us):
            return None
        who = _owner(connection, session, now_us)
    if who is not None and now_us - session.seen_at_us >= _SEEN_EVERY_US:
        with store.writing() as connection:
            repository.see_session(connection, digest, at_us=now_us)
    return who


def listed(store: Store, *, by: Principal, secret: str | None, everybody: bool, now_us: int) -> Sequence[SessionLine]:
    """Return open sessions, the latest first: one's own, or everybody's for who may manage accounts.

    Parameters
    ----------
    secret
        Of the session that asks, to mark it.
    """
    if everybody:
        by.require("user.manage")
    here = None if secret is None else digest_of(secret)
    with store.reading() as connection:
        found = repository.open_sessions(connection, now_us=now_us, user_id=None if everybody else by.key_id)
        known = {user.user_id: user for user in user_rows.list_users(connection)}
        names = {key.key_id: key.name for key in key_rows.list_keys(connection)}
    return [
        SessionLine(
            session_id=session.session_id,
            name=known[session.user_id].name if session.user_id else names.get(session.key_id or "", ""),
            login=known[session.user_id].login if session.user_id else None,
            address=session.address,
            opened_at_us=session.opened_at_us,
            seen_at_us=session.seen_at_us,
            ends_at_us=session.ends_at_us,
            here=session.digest == here,
        )
        for session in found
    ]


def end(store: Store, *, by: Principal, session_id: str, now_us: int) -> None:
    """End a session: one of one's own, or anybody's for who may manage accounts.

    Raises
    ------
    NotFoundError
        There is no such open session, or it is somebody else's.
    """
    owner = None if by.may("user.manage") else by.key_id
    with store.writing() as connection:
        ended = repository.end_sessions(connection, at_us=now_us, by=by.key_id, session_id=session_id, user_id=owner)
        if not ended:
            raise NotFoundError("There is no such open session.")
        _note(connection, by, now_us, ended)


def end_of(store: Store, *, by: Principal, user_id: str, but: str | None, now_us: int) -> int:
    """End all sessions of an account, perhaps but the one of a secret; returns how many."""
    if user_id != by.key_id:
        by.require("user.manage")
    with store.writing() as connection:
        ended = repository.end_sessions(
            connection, at_us=now_us, by=by.key_id, user_id=user_id, but=None if but is None else digest_of(but)
        )
        _note(connection, by, now_us, ended)
    return len(ended)


def sign_out(store: Store, secret: str, *, by: Principal, now_us: int) -> None:
    """End the session of a secret."""
    with store.writing() as connection:
        session = repository.find_session(connection, digest_of(secret))
        if session is not None:
            _note(
                connection,
                by,
                now_us,
                repository.end_sessions(connection, at_us=now_us, by=by.key_id, session_id=session.session_id),
            )


def _counts(session: Session, *, idle_minutes: int, now_us: int) -> bool:
    over = session.ended_at_us is not None or now_us >= session.ends_at_us
    return not over and now_us - session.seen_at_us < idle_minutes * MINUTE_US


def _owner(connection: Connection, session: Session, now_us: int) -> Principal | None:
    if session.key_id is not None:
        return keys.principal_in(connection, key_id=session.key_id, now_us=now_us)
    user = user_rows.find_user(connection, str(session.user_id))
    return None if user is None or user.disabled_at_us is not None else users.principal_of(user)


def _counted(master: MasterKey, login: str | None, address: str) -> list[tuple[bytes, int]]:
    counted = [(master.token("sign-in from", address), MOST_OF_ADDRESS)]
    if login is not None:
        counted.append((master.token("sign-in of", login.strip().lower()[:256]), MOST_OF_ACCOUNT))
    return counted


def _note(connection: Connection, by: Principal, now_us: int, ended: Sequence[str], **more: Any) -> None:
    reading = Reading(principal=by, purpose=None, now_us=now_us)
    for session_id in ended:
        audit.append(connection, reading, action="session.end", subject=session_id, detail=more or None)
