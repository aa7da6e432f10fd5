"""Keys of the interface and the console: what is kept of them, never the keys themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.engine import Question, Store
from risk_service.store.tables import api_keys

_NAMES: Final = tuple(api_keys.c.keys())
_OF_ID: Final = Question(sa.select(api_keys).where(api_keys.c.key_id == sa.bindparam("key_id", type_=sa.Text())))


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """One key.

    Parameters
    ----------
    key_id, name, role, office
        As shown in lists; ``office`` None: every office.
    digest
        Keyed hash of the secret part.
    created_at_us, expires_at_us, revoked_at_us
        UTC microseconds; None: never.
    actions
        The only actions of the role that it may do; None: all of them.
    replaces
        The key it was made to follow.
    """

    key_id: str
    name: str
    role: str
    office: str | None
    digest: bytes
    created_at_us: int
    expires_at_us: int | None = None
    revoked_at_us: int | None = None
    actions: tuple[str, ...] | None = None
    replaces: str | None = None


def add_key(connection: Connection, key: ApiKey) -> None:
    """Keep a new key."""
    connection.execute(sa.insert(api_keys).values(vars(key) | {"actions": _text(key.actions)}))


def find_key(connection: Connection, key_id: str) -> ApiKey | None:
    """The key of that id, whether or not it still counts."""
    return _found(_OF_ID.within(connection, key_id=key_id))


def present_key(store: Store, key_id: str) -> ApiKey | None:
    """The key of that id as it stands at this moment, for who asks without a transaction."""
    return _found(store.first(_OF_ID, key_id=key_id))


def list_keys(connection: Connection) -> list[ApiKey]:
    """All keys, in order of creation."""
    query = sa.select(api_keys).order_by(api_keys.c.created_at_us, api_keys.c.key_id)
    return [_key({**row}) for row in connection.execute(query).mappings()]


def revoke_key(connection: Connection, key_id: str, *, at_us: int) -> None:
    """Make a key count no longer; one that was revoked before keeps its time."""
    revoking = sa.update(api_keys).where(api_keys.c.key_id == key_id, api_keys.c.revoked_at_us.is_(None))
    connection.execute(revoking.values(revoked_at_us=at_us))


def end_key(connection: Connection, key_id: str, *, at_us: int) -> None:
    """Let a key end at a time."""
    connection.execute(sa.update(api_keys).where(api_keys.c.key_id == key_id).values(expires_at_us=at_us))


def _text(actions: tuple[str, ...] | None) -> str | None:
    return None if actions is None else json.dumps(actions)


def _found(row: Sequence[Any] | None) -> ApiKey | None:
    return None if row is None else _key(dict(zip(_NAMES, row, strict=True)))


def _key(row: Mapping[str, Any]) -> ApiKey:
    actions = None if row["actions"] is None else tuple(json.loads(row["actions"]))
    return ApiKey(**{**row, "digest": bytes(row["digest"]), "actions": actions})
