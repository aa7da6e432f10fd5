"""Accounts, sessions and attempts to sign in; narrower keys that follow each other; numbers of erased scores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.add_column("api_keys", sa.Column("actions", TEXT, comment="JSON: the only ones it may do; null: its role's"))
    op.add_column("api_keys", sa.Column("replaces", TEXT, comment="the key it was made to follow"))
    op.create_table(
        "users",
        sa.Column("user_id", TEXT, nullable=False, comment="names the account in sessions and in the trail"),
        sa.Column("login", TEXT, nullable=False, comment="small letters"),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("office", TEXT, comment="null: every office"),
        sa.Column("password", TEXT, comment="argon2id; null: signs in through the provider alone"),
        sa.Column(
            "password_once", sa.SmallInteger, nullable=False, comment="1: good for choosing another one, nothing else"
        ),
        sa.Column("password_until_us", sa.BigInteger, comment="end of a password that is good once"),
        sa.Column("provider", TEXT, comment="issuer that vouches for the account"),
        sa.Column("provider_subject", TEXT, comment="the account's name at the issuer"),
        sa.Column("created_at_us", sa.BigInteger, nullable=False),
        sa.Column("disabled_at_us", sa.BigInteger),
        sa.PrimaryKeyConstraint("user_id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
        sa.UniqueConstraint("provider", "provider_subject", name="uq_users_provider_provider_subject"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="of the secret that the cookie carries"),
        sa.Column("session_id", TEXT, nullable=False, comment="names it in lists and in the trail"),
        sa.Column("user_id", TEXT),
        sa.Column("key_id", TEXT),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("opened_at_us", sa.BigInteger, nullable=False),
        sa.Column("seen_at_us", sa.BigInteger, nullable=False),
        sa.Column("ends_at_us", sa.BigInteger, nullable=False),
        sa.Column("ended_at_us", sa.BigInteger),
        sa.Column("ended_by", TEXT, comment="who ended it before its time"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_sessions_user_id"),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.key_id"], name="fk_sessions_key_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
        sa.UniqueConstraint("session_id", name="uq_sessions_session_id"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "attempts",
        sa.Column("about", sa.LargeBinary, nullable=False, comment="keyed hash of an account's name or an address"),
        sa.Column("since_us", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("about", name="pk_attempts"),
        comment="attempts to sign in that failed lately",
    )


def downgrade() -> None:
    """Remove them, and what is in them."""
    op.drop_table("attempts")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("users")
    op.drop_column("api_keys", "replaces")
    op.drop_column("api_keys", "actions")
