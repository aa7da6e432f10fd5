"""Accounts of people: made by an administrator, opened once with a password that is good for choosing another.

Passwords are kept as argon2id. Nothing has a default password: an account starts with one made here, shown once, which
ends by itself and opens nothing but the choice of another. An account may instead be vouched for by an OpenID provider;
the provider says who somebody is, the account says what they may do.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Connection

from models.texts import Text
from models.times import US_PER_DAY
from risk_service.errors import ConflictError, InvalidError, NotFoundError
from risk_service.policy import ROLES, Principal, Role, check_bound
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.store import Store
from risk_service.store import sessions as session_rows
from risk_service.store import users as repository
from risk_service.store.users import User

FIRST_LOGIN: Final = "admin"
PREFIX: Final = "u-"
"""What ids of accounts begin with, and ids of keys do not."""

ONCE_DAYS: Final = 3
LEAST_LETTERS: Final = 12
MOST_LETTERS: Final = 256
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,127}")
_COMMON: Final = ("password", "katasandi", "rahasia", "indonesia", "qwerty", "123456", "bp2mi", "kp2mi", "admin")


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id as RFC 9106 has it for little memory: 64 MiB, three passes


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher().hash(os.urandom(16))


def add(
    store: Store, *, by: Principal, login: str, name: str, role: str, office: str | None, password: bool, now_us: int
) -> tuple[User, str | None]:
    """Make an account.

    Parameters
    ----------
    by
        Who makes it; has to be allowed to manage accounts.
    login, name, role, office
        As in `User`; blanks around them and capital letters of the login do not count.
    password
        Whether it signs in with a password; otherwise the provider alone vouches for it.

    Returns
    -------
    tuple
        The account, and its password: good once, for three days, and not to be had again.

    Raises
    ------
    NotAllowedError, InvalidError, ConflictError
        Not allowed; something that cannot be; the login is taken.
    """
    by.require("user.manage")
    login, name, office = login.strip().lower(), name.strip(), (office or "").strip() or None
    if not _LOGIN.fullmatch(login):
        raise _invalid(
            "Nama akun terdiri atas 2 sampai 128 huruf, angka, dan . _ @ + -, diawali huruf atau angka.",
            "A login has 2 to 128 letters, digits and . _ @ + -, and starts with a letter or digit.",
        )
    if not name or len(name) > 128:
        raise _invalid(
            "Akun memerlukan nama orangnya, paling banyak 128 huruf.",
            "An account needs a name of at most 128 letters: who it is for.",
        )
    _check_role(role, office)
    secret = _once() if password else None
    user = User(
        user_id=f"{PREFIX}{_letters(5)}",
        login=login,
        name=name,
        role=role,
        office=office,
        password=None if secret is None else _hasher().hash(secret),
        password_once=secret is not None,
        password_until_us=None if secret is None else now_us + ONCE_DAYS * US_PER_DAY,
        created_at_us=now_us,
    )
    with store.writing() as connection:
        if not repository.add_user(connection, user):
            said = Text("Nama akun ini sudah dipakai.", "There is an account of this login already.")
            raise ConflictError(said.en, text=said)
        _note(connection, by, now_us, action="user.create", subject=user.user_id, role=role, office=office)
    return user, secret


def first(store: Store, *, by: Principal, now_us: int) -> str | None:
    """Make the first administrator where there is no account yet.

    Returns
    -------
    str or None
        Password of the login `FIRST_LOGIN`, good once; None if there is an account.
    """
    with store.reading() as connection:
        if repository.any_user(connection):
            return None
    try:
        return add(
            store, by=by, login=FIRST_LOGIN, name="Admin", role="admin", office=None, password=True, now_us=now_us
        )[1]
    except ConflictError:
        return None  # another process was quicker


def judge(store: Store, *, login: str, password: str, now_us: int) -> tuple[User | None, bool]:
    """Judge a login and a password.

    Returns
    -------
    tuple
        The account of that login, if there is one; and whether it may sign in with this password. Takes as long for a
        login that does not exist.
    """
    with store.reading() as connection:
        user = repository.find_login(connection, login.strip().lower())
    kept = user.password if user is not None and user.password is not None else _nobodys()
    try:
        fits = len(password) <= MOST_LETTERS and _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        fits = False
    if user is None or user.password is None:
        return user, False
    over = user.password_until_us is not None and now_us >= user.password_until_us
    return user, fits and not over and user.disabled_at_us is None


def choose_password(
    store: Store, *, by: Principal, present: str, chosen: str, session: bytes | None, now_us: int
) -> None:
    """Let somebody choose a password of their own; all their other sessions end.

    Parameters
    ----------
    session
        Digest of the session that goes on.

    Raises
    ------
    InvalidError
        The present one does not fit, or the chosen one is too easy to guess.
    """
    with store.reading() as connection:
        user = repository.find_user(connection, by.key_id)
    if user is None:
        raise NotFoundError("This sign-in has no account, so it has no password.")
    if not judge(store, login=user.login, password=present, now_us=now_us)[1]:
        raise _invalid("Kata sandi sekarang tidak cocok.", "The present password does not fit.")
    check_password(chosen, login=user.login, present=present)
    hashed = _hasher().hash(chosen)
    with store.writing() as connection:
        repository.change_user(connection, user.user_id, password=hashed, password_once=0, password_until_us=None)
        session_rows.end_sessions(connection, at_us=now_us, by=user.user_id, user_id=user.user_id, but=session)
        _note(connection, by, now_us, action="user.password", subject=user.user_id)


def check_password(chosen: str, *, login: str, present: str = "") -> None:
    """Pass only a password that is not easily guessed: long, and neither the login nor a common word.

    Raises
    ------
    InvalidError
        It is; the message says in what way and never quotes it.
    """
    plain = chosen.casefold()
    for common in (*_COMMON, login.partition("@")[0]):
        plain = plain.replace(common.casefold(), "")
    if not LEAST_LETTERS <= len(chosen) <= MOST_LETTERS:
        raise _invalid(
            f"Kata sandi terdiri atas {LEAST_LETTERS} sampai {MOST_LETTERS} huruf atau tanda.",
            f"A password has {LEAST_LETTERS} to {MOST_LETTERS} letters or signs.",
        )
    if len(set(plain)) < 5:
        raise _invalid(
            "Kata sandi ini terlalu mudah ditebak. Pakai beberapa kata yang tidak disangka orang.",
            "This password is too easy to guess. Take a few words that nobody expects.",
        )
    if chosen == present:
        raise _invalid(
            "Ini kata sandi yang sekarang. Pilih yang lain.", "This is the present password. Choose another one."
        )


def reset(store: Store, *, by: Principal, user_id: str, now_us: int) -> str:
    """Give an account a password that is good once, and end its sessions; returns the password."""
    by.require("user.manage")
    secret = _once()
    hashed, until_us = _hasher().hash(secret), now_us + ONCE_DAYS * US_PER_DAY
    with store.writing() as connection:
        _known(connection, user_id)
        repository.change_user(connection, user_id, password=hashed, password_once=1, password_until_us=until_us)
        session_rows.end_sessions(connection, at_us=now_us, by=by.key_id, user_id=user_id)
        _note(connection, by, now_us, action="user.reset", subject=user_id)
    return secret


def change(store: Store, *, by: Principal, user_id: str, role: str, office: str | None, now_us: int) -> None:
    """Give an account another role or office; its sessions have them from the next request on.

    Raises
    ------
    NotAllowedError, NotFoundError, InvalidError, ConflictError
        Not allowed; no such account or role, or one that needs an office; the last administrator would be none any
        more.
    """
    by.require("user.manage")
    office = (office or "").strip() or None
    _check_role(role, office)
    with store.writing() as connection:
        user = _known(connection, user_id)
        _keep_an_admin(connection, user, replace(user, role=role))
        repository.change_user(connection, user_id, role=role, office=office)
        _note(connection, by, now_us, action="user.change", subject=user_id, role=role, office=office)


def disable(store: Store, *, by: Principal, user_id: str, now_us: int) -> None:
    """Let an account sign in no longer, and end its sessions; it can be enabled again."""
    by.require("user.manage")
    with store.writing() as connection:
        user = _known(connection, user_id)
        if user.disabled_at_us is not None:
            said = Text("Akun ini sudah dinonaktifkan.", "This account is disabled already.")
            raise ConflictError(said.en, text=said)
        _keep_an_admin(connection, user, replace(user, disabled_at_us=now_us))
        repository.change_user(connection, user_id, disabled_at_us=now_us)
        session_rows.end_sessions(connection, at_us=now_us, by=by.key_id, user_id=user_id)
        _note(connection, by, now_us, action="user.disable", subject=user_id)


def enable(store: Store, *, by: Principal, user_id: str, now_us: int) -> None:
    """Let an account sign in again."""
    by.require("user.manage")
    with store.writing() as connection:
        if _known(connection, user_id).disabled_at_us is None:
            said = Text("Akun ini tidak sedang dinonaktifkan.", "This account is not disabled.")
            raise ConflictError(said.en, text=said)
        repository.change_user(connection, user_id, disabled_at_us=None)
        _note(connection, by, now_us, action="user.enable", subject=user_id)


def listed(store: Store, *, by: Principal) -> Sequence[User]:
    """Return all accounts by login."""
    by.require("user.manage")
    with store.reading() as connection:
        return repository.list_users(connection)


def named(store: Store, login_or_id: str) -> User:
    """Return the account of a login or an id.

    Raises
    ------
    NotFoundError
        There is none.
    """
    with store.reading() as connection:
        user = repository.find_login(connection, login_or_id.lower()) or repository.find_user(connection, login_or_id)
    if user is None:
        raise NotFoundError("There is no such account.", what_to_do="risk-service users list shows them.")
    return user


def vouched_for(store: Store, *, provider: str, subject: str, login: str | None, now_us: int) -> User | None:
    """Return the account that a provider vouches for; None if it may not sign in.

    Somebody the provider vouches for the first time is known by the login, if an administrator has made an account of
    that login that no provider vouches for yet; from then on by the provider's own name for them alone.
    """
    with store.writing() as connection:
        user = repository.find_subject(connection, provider, subject)
        if user is None and login is not None:
            user = repository.find_login(connection, login.strip().lower())
            if user is None or user.provider is not None:
                return None
            repository.change_user(connection, user.user_id, provider=provider, provider_subject=subject)
            _note(connection, principal_of(user), now_us, action="user.link", subject=user.user_id, provider=provider)
    return None if user is None or user.disabled_at_us is not None else user


def principal_of(user: User) -> Principal:
    """Return an account as who asks."""
    return Principal(
        key_id=user.user_id,
        name=user.name,
        role=cast(Role, user.role),
        office=user.office,
        must_choose_password=user.password_once and user.provider is None,
    )


def _known(connection: Connection, user_id: str) -> User:
    user = repository.find_user(connection, user_id)
    if user is None:
        raise NotFoundError("There is no such account.", what_to_do="risk-service users list shows them.")
    return user


def _keep_an_admin(connection: Connection, before: User, after: User) -> None:
    def runs(user: User) -> bool:
        return user.role == "admin" and user.disabled_at_us is None

    others = any(runs(user) for user in repository.list_users(connection) if user.user_id != before.user_id)
    if runs(before) and not runs(after) and not others:
        said = Text(
            "Ini satu-satunya admin. Buat admin lain terlebih dahulu.",
            "This is the only administrator. Make another one first.",
        )
        raise ConflictError(said.en, text=said)


def _check_role(role: str, office: str | None) -> None:
    if role not in ROLES:
        raise InvalidError(f"There is no role {role[:40]!r}.", what_to_do=f"Roles: {', '.join(ROLES)}.")
    check_bound(role, office)


def _invalid(indonesian: str, english: str) -> InvalidError:
    return InvalidError(english, text=Text(indonesian, english))


def _once() -> str:
    letters = _letters(10)
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _letters(random_bytes: int) -> str:
    return base64.b32encode(os.urandom(random_bytes)).decode().lower()


def _note(connection: Connection, by: Principal, now_us: int, *, action: str, subject: str, **detail: Any) -> None:
    audit.append(
        connection,
        Reading(principal=by, purpose=None, now_us=now_us),
        action=action,
        subject=subject,
        detail=detail or None,
    )
