from __future__ import annotations

import re
from dataclasses import replace

import pytest

from models.times import US_PER_DAY
from risk_service.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from risk_service.policy import ACTIONS, ROLES, Principal
from risk_service.services import audit, keys
from risk_service.services.keys import Secrets
from risk_service.store import MasterKey
from risk_service.store import keys as rows

NOW = 1_757_500_000_000_000
ADMIN = Principal(key_id="command-line", name="tests", role="admin")


@pytest.fixture
def secrets(master):
    return Secrets.of(master)


def make(store, secrets, **chosen):
    values = {"name": "a desk", "role": "viewer", "office": None, "expires_at_us": None, "now_us": NOW, "by": ADMIN}
    return keys.create(store, secrets=secrets, **{**values, **chosen})


def test_a_key_opens_what_it_was_made_for(store, secrets):
    key = make(store, secrets, role="investigator", office="BP3MI-74")
    who = keys.authenticate(store, secrets=secrets, presented=key, now_us=NOW)

    assert who == Principal(key_id=key.split("_")[1], name="a desk", role="investigator", office="BP3MI-74")


def test_no_two_keys_are_alike_and_the_store_holds_neither(store, secrets):
    made = {make(store, secrets) for _ in range(5)}

    assert len(made) == 5
    assert all(re.fullmatch(r"rk_[a-z2-7]{8}_[A-Za-z0-9_-]{43}", key) for key in made)
    with store.reading() as connection:
        kept = rows.list_keys(connection)
    for key in made:
        assert key.split("_", 2)[2].encode() not in b"".join(row.digest for row in kept)


def test_the_hash_is_of_no_use_without_the_master_key(store, secrets):
    key = make(store, secrets)
    other = Secrets.of(MasterKey(bytes(32)))

    assert keys.authenticate(store, secrets=other, presented=key, now_us=NOW) is None


def test_a_revoked_key_counts_no_longer(store, secrets):
    key = make(store, secrets)
    key_id = key.split("_")[1]
    keys.revoke(store, by=ADMIN, key_id=key_id, now_us=NOW + 1)

    assert keys.authenticate(store, secrets=secrets, presented=key, now_us=NOW + 2) is None
    assert keys.principal_of(store, key_id=key_id, now_us=NOW + 2) is None
    with pytest.raises(ConflictError, match="was revoked on"):
        keys.revoke(store, by=ADMIN, key_id=key_id, now_us=NOW + 3)


def test_an_expired_key_counts_no_longer(store, secrets):
    key = make(store, secrets, expires_at_us=NOW + US_PER_DAY)

    assert keys.authenticate(store, secrets=secrets, presented=key, now_us=NOW + US_PER_DAY - 1) is not None
    assert keys.authenticate(store, secrets=secrets, presented=key, now_us=NOW + US_PER_DAY) is None
    (line,) = keys.listed(store, by=ADMIN, now_us=NOW + US_PER_DAY)
    assert not line.counts


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"role": "king"}, "no role"),
        ({"name": "  "}, "needs a name"),
        ({"expires_at_us": NOW}, "expired already"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(store, secrets, chosen, message):
    with pytest.raises(InvalidError, match=message):
        make(store, secrets, **chosen)
    assert keys.listed(store, by=ADMIN, now_us=NOW) == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_only_administrators_manage_keys(store, secrets, role):
    other = replace(ADMIN, role=role)
    for attempt in (
        lambda: make(store, secrets, by=other),
        lambda: keys.listed(store, by=other, now_us=NOW),
        lambda: keys.revoke(store, by=other, key_id="x", now_us=NOW),
    ):
        with pytest.raises(NotAllowedError):
            attempt()


def test_an_unknown_key_cannot_be_revoked(store):
    with pytest.raises(NotFoundError):
        keys.revoke(store, by=ADMIN, key_id="nothing", now_us=NOW)


def test_making_and_revoking_stand_in_the_trail(store, secrets):
    key_id = make(store, secrets).split("_")[1]
    keys.revoke(store, by=ADMIN, key_id=key_id, now_us=NOW)

    found = audit.listed(store, limit=10)
    assert [(entry["action"], entry["subject"]) for entry in found] == [("key.create", key_id), ("key.revoke", key_id)]


@pytest.mark.parametrize(
    "presented", ["", "rk_", "rk_aaaaaaaa_", "x" * 10_000, "rk_aaaaaaaa_" + "ü" * 43, "rk_AAAAAAAA_" + "x" * 43]
)
def test_what_is_no_key_is_nobodys(store, secrets, presented):
    assert keys.authenticate(store, secrets=secrets, presented=presented, now_us=NOW) is None


def test_a_narrower_key_does_what_it_names_and_nothing_else_of_its_role(store, secrets):
    key = make(store, secrets, role="supervisor", actions=["agency.read", "case.read"])
    who = keys.authenticate(store, secrets=secrets, presented=key, now_us=NOW)

    assert {action for action in ACTIONS if who.may(action)} == {"agency.read", "case.read"}
    with pytest.raises(NotAllowedError, match="narrower than its role"):
        who.require("candidate.read")
    with pytest.raises(InvalidError, match=r"does not have: key\.manage"):
        make(store, secrets, role="viewer", actions=["key.manage"])


def test_a_key_is_followed_by_another_and_both_count_for_a_while(store, secrets):
    old = make(
        store, secrets, role="feeder", office="O-1", expires_at_us=NOW + 365 * US_PER_DAY, actions=["delivery.write"]
    )
    later = NOW + 300 * US_PER_DAY
    new = keys.rotate(
        store,
        secrets=secrets,
        by=ADMIN,
        key_id=old.split("_")[1],
        overlap_us=7 * US_PER_DAY,
        expires_at_us=None,
        now_us=later,
    )

    def opens(key, at):
        return keys.authenticate(store, secrets=secrets, presented=key, now_us=at)

    assert opens(old, later + 7 * US_PER_DAY - 1)
    assert not opens(old, later + 7 * US_PER_DAY)
    assert opens(new, later).office == "O-1"
    assert opens(new, later).actions == frozenset({"delivery.write"})
    assert opens(new, later + 365 * US_PER_DAY - 1)
    assert not opens(new, later + 365 * US_PER_DAY)
    with pytest.raises(ConflictError, match="does not count any more"):
        rotate_again(store, secrets, old, later + 8 * US_PER_DAY)
    assert "key.rotate" in [entry["action"] for entry in audit.listed(store, limit=10)]


def rotate_again(store, secrets, key, now):
    keys.rotate(
        store, secrets=secrets, by=ADMIN, key_id=key.split("_")[1], overlap_us=0, expires_at_us=None, now_us=now
    )


def test_an_overlap_never_makes_the_old_key_live_longer(store, secrets):
    old = make(store, secrets, expires_at_us=NOW + 10)
    keys.rotate(
        store,
        secrets=secrets,
        by=ADMIN,
        key_id=old.split("_")[1],
        overlap_us=US_PER_DAY,
        expires_at_us=NOW + US_PER_DAY,
        now_us=NOW,
    )

    assert keys.authenticate(store, secrets=secrets, presented=old, now_us=NOW + 10) is None
