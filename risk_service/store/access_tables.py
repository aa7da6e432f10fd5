"""Tables of who may sign in: people with accounts, their sessions, attempts to sign in, and what was erased.

They join the metadata of :mod:`risk_service.store.tables`; import this module wherever all tables are meant.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, Table

from risk_service.store.tables import METADATA, TEXT

users = Table(
    "users",
    METADATA,
    Column("user_id", TEXT, primary_key=True, comment="names the account in sessions and in the trail"),
    Column("login", TEXT, nullable=False, unique=True, comment="small letters"),
    Column("name", TEXT, nullable=False),
    Column("role", TEXT, nullable=False),
    Column("office", TEXT, comment="null: every office"),
    Column("password", TEXT, comment="argon2id; null: signs in through the provider alone"),
    Column("password_once", SmallInteger, nullable=False, comment="1: good for choosing another one, nothing else"),
    Column("password_until_us", BigInteger, comment="end of a password that is good once"),
    Column("provider", TEXT, comment="issuer that vouches for the account"),
    Column("provider_subject", TEXT, comment="the account's name at the issuer"),
    Column("created_at_us", BigInteger, nullable=False),
    Column("disabled_at_us", BigInteger),
    sa.UniqueConstraint("provider", "provider_subject"),
)
sessions = Table(
    "sessions",
    METADATA,
    Column("digest", LargeBinary, primary_key=True, comment="of the secret that the cookie carries"),
    Column("session_id", TEXT, nullable=False, unique=True, comment="names it in lists and in the trail"),
    Column("user_id", TEXT, sa.ForeignKey("users.user_id")),
    Column("key_id", TEXT, sa.ForeignKey("api_keys.key_id")),
    Column("address", TEXT, nullable=False),
    Column("opened_at_us", BigInteger, nullable=False),
    Column("seen_at_us", BigInteger, nullable=False),
    Column("ends_at_us", BigInteger, nullable=False),
    Column("ended_at_us", BigInteger),
    Column("ended_by", TEXT, comment="who ended it before its time"),
    Index("ix_sessions_user_id", "user_id"),
)
attempts = Table(
    "attempts",
    METADATA,
    Column("about", LargeBinary, primary_key=True, comment="keyed hash of an account's name or an address"),
    Column("since_us", BigInteger, nullable=False),
    Column("failed", Integer, nullable=False),
    comment="attempts to sign in that failed lately",
)
