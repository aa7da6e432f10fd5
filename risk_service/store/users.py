"""Accounts of people, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from risk_service.store.access_tables import users


@dataclass(frozen=True, kw_only=True)
class User:
    """One account.

    Parameters
    ----------
    user_id, login, name, role, office
        As shown in lists; ``office`` None: every office.
    password
        argon2id; None: none.
    password_once, password_until_us
        Whether the password is good for choosing another one only, and until when.
    provider, provider_subject
        Who else vouches for the account, and under which name.
    created_at_us, disabled_at_us
        UTC microseconds; ``disabled_at_us`` None: it may sign in.
    """

    user_id: str
    login: str
    name: str
    role: str
    office: str | None
    password: str | None = None
    password_once: bool = False
    password_until_us: int | None = None
    provider: str | None = None
    provider_subject: str | None = None
    created_at_us: int
    disabled_at_us: int | None = None


def add_user(connection: Connection, user: User) -> bool:
    """Keep a new account; False if its login is taken."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(users).values(vars(user) | {"password_once": int(user.password_once)})
    # Two may ask at once: the second waits for the first and then finds the login taken.
    made = insert.on_conflict_do_nothing(index_elements=[users.c.login]).returning(users.c.user_id)
    return connection.execute(made).first() is not None


def any_user(connection: Connection) -> bool:
    """Whether there is an account at all."""
    return connection.execute(sa.select(users.c.user_id).limit(1)).first() is not None


def find_user(connection: Connection, user_id: str) -> User | None:
    """The account of that id."""
    return _one(connection, users.c.user_id == user_id)


def find_login(connection: Connection, login: str) -> User | None:
    """The account of that login, in small letters."""
    return _one(connection, users.c.login == login)


def find_subject(connection: Connection, provider: str, subject: str) -> User | None:
    """The account that a provider vouches for under that name."""
    return _one(connection, sa.and_(users.c.provider == provider, users.c.provider_subject == subject))


def list_users(connection: Connection) -> list[User]:
    """All accounts by login."""
    return [_user(row) for row in connection.execute(sa.select(users).order_by(users.c.login))]


def change_user(connection: Connection, user_id: str, **values: Any) -> None:
    """Change columns of an account."""
    connection.execute(sa.update(users).where(users.c.user_id == user_id).values(**values))


def _one(connection: Connection, condition: sa.ColumnElement[bool]) -> User | None:
    row = connection.execute(sa.select(users).where(condition)).one_or_none()
    return None if row is None else _user(row)


def _user(row: sa.Row[Any]) -> User:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of a row's mapping
    return User(**values | {"password_once": bool(values["password_once"])})
