"""Keys of the interface and the console: made once, shown once, kept as a keyed hash.

A key reads ``rk_<id>_<secret>``. The id names it in lists and in the audit; the secret has 256 random bits, so a slow
password hash would protect nothing and cost every request its time: the store keeps an HMAC under a key derived from
the master key, and a copy of the database alone cannot check a guess.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy.engine import Connection

from models.times import iso
from risk_service.errors import ConflictError, InvalidError, NotFoundError
from risk_service.policy import ACTIONS, ROLES, Action, Principal, Role, check_bound
from risk_service.services import audit
from risk_service.store import MasterKey, Store
from risk_service.store import keys as repository

_ID_BYTES: Final = 5
_SECRET_BYTES: Final = 32
_FORM: Final = re.compile(r"rk_([a-z2-7]{8})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Secrets:
    """Keys derived from the master key, each for one use."""

    session: bytes
    cursors: bytes
    api_keys: bytes

    @classmethod
    def of(cls, master: MasterKey) -> Secrets:
        """Derive them."""
        return cls(master.derive("console sessions"), master.derive("list cursors"), master.derive("api keys"))


@dataclass(frozen=True, kw_only=True)
class KeyLine:
    """A key as it is listed."""

    key_id: str
    name: str
    role: str
    office: str | None
    created_at_us: int
    expires_at_us: int | None
    revoked_at_us: int | None
    actions: tuple[str, ...] | None
    replaces: str | None
    counts: bool


def create(
    store: Store,
    *,
    secrets: Secrets,
    by: Principal,
    name: str,
    role: str,
    office: str | None,
    expires_at_us: int | None,
    now_us: int,
    actions: Collection[str] | None = None,
) -> str:
    """Make a key.

    Parameters
    ----------
    by
        Who makes it; has to be allowed to manage keys.
    name
        What it is for.
    role
        One of `policy.ROLES`.
    office
        Office it is bound to; None: every office.
    expires_at_us, now_us
        UTC microseconds; None: it does not expire.
    actions
        The only actions of the role that it may do; None: all of them.

    Returns
    -------
    str
        The key, whole; it cannot be had again.

    Raises
    ------
    NotAllowedError, InvalidError
        Not allowed; a role that does not exist or needs an office, an action that is not the role's, a name that is
        empty, or a time that has passed.
    """
    by.require("key.manage")
    name, office = name.strip(), (office or "").strip() or None
    if role not in ROLES:
        raise InvalidError(f"There is no role {role!r}.", what_to_do=f"Roles: {', '.join(ROLES)}.")
    if not name:
        raise InvalidError("A key needs a name: what it is for.")
    if expires_at_us is not None and expires_at_us <= now_us:
        raise InvalidError("The key would have expired already.")
    check_bound(role, office)
    beyond = sorted(action for action in actions or () if role not in ACTIONS.get(cast(Action, action), ()))
    if beyond:
        raise InvalidError(f"The role {role} does not have: {', '.join(beyond)}.")
    made = _made(
        secrets,
        name=name,
        role=role,
        office=office,
        actions=None if actions is None else tuple(sorted(set(actions))),
        expires_at_us=expires_at_us,
        now_us=now_us,
    )
    with store.writing() as connection:
        repository.add_key(connection, made.kept)
        detail = {"role": role, "office": office, "expires_at_us": expires_at_us, "actions": made.kept.actions}
        _note(connection, by, now_us, action="key.create", subject=made.kept.key_id, detail=detail)
    return made.whole


def rotate(
    store: Store,
    *,
    secrets: Secrets,
    by: Principal,
    key_id: str,
    overlap_us: int,
    expires_at_us: int | None,
    now_us: int,
) -> str:
    """Make a key that follows another one: same name, role, office and actions; the old one ends after an overlap.

    Parameters
    ----------
    overlap_us
        How long both count, microseconds; 0: the old one ends at once. It never lives longer than it would have.
    expires_at_us
        End of the new key; None: it lives as long as the old one was meant to.

    Returns
    -------
    str
        The new key, whole; it cannot be had again.

    Raises
    ------
    NotAllowedError, NotFoundError, ConflictError, InvalidError
        Not allowed; no such key; it does not count any more; a time that has passed.
    """
    by.require("key.manage")
    with store.writing() as connection:
        old = _known(connection, key_id)
        if not _counts(old, now_us):
            raise ConflictError(f"Key {key_id} does not count any more.", what_to_do="Make a new one: keys create.")
        ends = old.expires_at_us
        if expires_at_us is None and ends is not None:
            expires_at_us = now_us + (ends - old.created_at_us)
        if expires_at_us is not None and expires_at_us <= now_us:
            raise InvalidError("The key would have expired already.")
        made = _made(
            secrets,
            name=old.name,
            role=old.role,
            office=old.office,
            actions=old.actions,
            expires_at_us=expires_at_us,
            now_us=now_us,
            replaces=key_id,
        )
        repository.add_key(connection, made.kept)
        until = now_us + overlap_us if ends is None else min(ends, now_us + overlap_us)
        repository.end_key(connection, key_id, at_us=until)
        detail = {"key": made.kept.key_id, "overlap_until_us": until}
        _note(connection, by, now_us, action="key.rotate", subject=key_id, detail=detail)
    return made.whole


def authenticate(store: Store, *, secrets: Secrets, presented: str, now_us: int) -> Principal | None:
    """Return whose key was presented; None if it is unknown, expired or revoked."""
    form = _FORM.fullmatch(presented)
    if form is None:
        return None
    key = repository.present_key(store, form[1])
    digest = _digest(secrets, form[2])
    if key is None or not hmac.compare_digest(digest, key.digest) or not _counts(key, now_us):
        return None
    return _principal(key)


def principal_of(store: Store, *, key_id: str, now_us: int) -> Principal | None:
    """Return whose key it is; None once the key does not count any more."""
    with store.reading() as connection:
        return principal_in(connection, key_id=key_id, now_us=now_us)


def principal_in(connection: Connection, *, key_id: str, now_us: int) -> Principal | None:
    """Return whose key it is, for a session that a key opened; None once the key does not count any more."""
    key = repository.find_key(connection, key_id)
    return None if key is None or not _counts(key, now_us) else _principal(key)


def listed(store: Store, *, by: Principal, now_us: int) -> list[KeyLine]:
    """Return all keys, in order of creation."""
    by.require("key.manage")
    with store.reading() as connection:
        keys = repository.list_keys(connection)
    return [
        KeyLine(
            key_id=key.key_id,
            name=key.name,
            role=key.role,
            office=key.office,
            created_at_us=key.created_at_us,
            expires_at_us=key.expires_at_us,
            revoked_at_us=key.revoked_at_us,
            actions=key.actions,
            replaces=key.replaces,
            counts=_counts(key, now_us),
        )
        for key in keys
    ]


def revoke(store: Store, *, by: Principal, key_id: str, now_us: int) -> None:
    """Make a key count no longer; sessions that it opened end with it.

    Raises
    ------
    NotFoundError, ConflictError
        There is no such key, or it was revoked before.
    """
    by.require("key.manage")
    with store.writing() as connection:
        key = _known(connection, key_id)
        if key.revoked_at_us is not None:
            raise ConflictError(f"Key {key_id} was revoked on {iso(key.revoked_at_us)}.")
        repository.revoke_key(connection, key_id, at_us=now_us)
        _note(connection, by, now_us, action="key.revoke", subject=key_id, detail=None)


@dataclass(frozen=True)
class _Made:
    kept: repository.ApiKey
    whole: str


def _made(
    secrets: Secrets,
    *,
    name: str,
    role: str,
    office: str | None,
    actions: tuple[str, ...] | None,
    expires_at_us: int | None,
    now_us: int,
    replaces: str | None = None,
) -> _Made:
    key_id = base64.b32encode(os.urandom(_ID_BYTES)).decode().lower()
    secret = base64.urlsafe_b64encode(os.urandom(_SECRET_BYTES)).decode().rstrip("=")
    kept = repository.ApiKey(
        key_id=key_id,
        name=name,
        role=role,
        office=office,
        digest=_digest(secrets, secret),
        created_at_us=now_us,
        expires_at_us=expires_at_us,
        actions=actions,
        replaces=replaces,
    )
    return _Made(kept, f"rk_{key_id}_{secret}")


def _known(connection: Connection, key_id: str) -> repository.ApiKey:
    key = repository.find_key(connection, key_id)
    if key is None:
        raise NotFoundError(f"There is no key {key_id[:40]!r}.", what_to_do="risk-service keys list shows them.")
    return key


def _note(
    connection: Connection, by: Principal, now_us: int, *, action: str, subject: str, detail: dict[str, Any] | None
) -> None:
    reading = audit.Reading(principal=by, purpose=None, now_us=now_us)
    audit.append(connection, reading, action=action, subject=subject, detail=detail)


def _digest(secrets: Secrets, secret: str) -> bytes:
    return hmac.digest(secrets.api_keys, secret.encode(), hashlib.sha256)


def _counts(key: repository.ApiKey, now_us: int) -> bool:
    return key.revoked_at_us is None and (key.expires_at_us is None or now_us < key.expires_at_us)


def _principal(key: repository.ApiKey) -> Principal:
    return Principal(
        key_id=key.key_id,
        name=key.name,
        role=cast(Role, key.role),
        office=key.office,
        actions=None if key.actions is None else frozenset(cast("tuple[Action, ...]", key.actions)),
    )
