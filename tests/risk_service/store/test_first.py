"""A row asked for by itself: as it stands at this moment, and what is wrong in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from models.errors import StoreError
from risk_service.store import Store, open_store
from risk_service.store.engine import make_engine
from risk_service.store.keys import ApiKey, add_key, find_key, present_key, revoke_key

KEY = ApiKey(
    key_id="aaaaaaaa", name="desk", role="viewer", office=None, digest=b"\x00\xff", created_at_us=1,
    expires_at_us=9_000_000_000_000_000, actions=("case.read",),
)  # fmt: skip


def test_a_key_is_the_one_that_a_transaction_finds(store: Store) -> None:
    plain = replace(KEY, key_id="bbbbbbbb", actions=None, expires_at_us=None, office="BP3MI-1", replaces="aaaaaaaa")
    with store.writing() as connection:
        add_key(connection, KEY)
        add_key(connection, plain)

    assert present_key(store, "aaaaaaaa") == KEY
    assert present_key(store, "bbbbbbbb") == plain
    assert present_key(store, "cccccccc") is None
    with store.reading() as connection:
        assert [find_key(connection, name) for name in ("aaaaaaaa", "bbbbbbbb", "cccccccc")] == [KEY, plain, None]


def test_what_another_process_has_revoked_is_revoked_at_once(store: Store) -> None:
    with store.writing() as connection:
        add_key(connection, KEY)
    assert present_key(store, "aaaaaaaa") == KEY  # from now on a connection is open
    other = open_store(store.engine.url.render_as_string(hide_password=False))
    with other.writing() as connection:
        revoke_key(connection, "aaaaaaaa", at_us=7)
    other.close()

    assert present_key(store, "aaaaaaaa") == replace(KEY, revoked_at_us=7)


def test_within_a_transaction_its_own_changes_are_seen(store: Store) -> None:
    with store.writing() as connection:
        add_key(connection, KEY)
        revoke_key(connection, "aaaaaaaa", at_us=7)
        assert find_key(connection, "aaaaaaaa") == replace(KEY, revoked_at_us=7)
        assert present_key(store, "aaaaaaaa") is None  # nobody else sees them yet


def test_what_was_read_stays_as_it_was_until_the_transaction_ends(store: Store) -> None:
    with store.writing() as connection:
        add_key(connection, KEY)
    with store.reading() as connection:
        assert find_key(connection, "aaaaaaaa") == KEY
        with store.writing() as other:
            revoke_key(other, "aaaaaaaa", at_us=7)
        assert find_key(connection, "aaaaaaaa") == KEY
    assert present_key(store, "aaaaaaaa") == replace(KEY, revoked_at_us=7)


def test_a_read_leaves_no_transaction_open(store: Store) -> None:
    present_key(store, "aaaaaaaa")
    with store.writing() as connection:
        add_key(connection, KEY)

    assert present_key(store, "aaaaaaaa") == KEY


def test_a_file_that_is_no_database_is_told_in_words(tmp_path) -> None:
    path = tmp_path / "risk.db"
    path.write_bytes(b"no database, whatever its name says" * 200)

    with pytest.raises(StoreError, match="is no database"):
        present_key(Store(make_engine(f"sqlite:///{path}")), "aaaaaaaa")


def test_a_fault_of_the_program_keeps_its_traceback(tmp_path) -> None:
    with pytest.raises(sa.exc.OperationalError, match="no such table"):
        present_key(Store(make_engine(f"sqlite:///{tmp_path / 'empty.db'}")), "aaaaaaaa")
