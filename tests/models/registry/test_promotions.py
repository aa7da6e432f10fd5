from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.errors import ReleaseError
from models.registry import promote, promoted, publish_release, read_promotions, rollback
from models.registry.promotions import LOG
from tests.models.registry.conftest import Office, trained_release

NAMES = ("a", "b", "c")


@pytest.fixture
def filled(office: Office) -> Office:
    for i, name in enumerate(NAMES):
        publish_release(office.registry, trained_release(name, base=-1.0 - i), office.key, card="")
        _promote(office, name, at_us=1000 * (i + 1))
    return office


def _promote(office: Office, name: str, *, at_us: int) -> None:
    promote(office.registry, name, office.key, office.trusted, at_us=at_us, by="analyst", reason="better")


def _rollback(office: Office, *, at_us: int) -> str:
    return rollback(office.registry, office.key, office.trusted, at_us=at_us, by="analyst", reason="worse").release


@pytest.mark.parametrize(("at", "name"), [(1000, "a"), (1999, "a"), (2000, "b"), (3000, "c"), (9999, "c"), (None, "c")])
def test_the_release_in_force_is_the_one_promoted_last_by_then(filled: Office, at: int | None, name: str) -> None:
    assert promoted(filled.registry, filled.trusted, as_of_us=at) == name


def test_for_a_time_before_any_promotion_the_present_release_answers(filled: Office) -> None:
    assert promoted(filled.registry, filled.trusted, as_of_us=999) == "c"


def test_each_line_says_what_was_in_force_before(filled: Office) -> None:
    assert [p.previous for p in read_promotions(filled.registry, filled.trusted)] == [None, "a", "b"]


def test_rolling_back_twice_goes_two_releases_back_and_no_further(filled: Office) -> None:
    assert _rollback(filled, at_us=4000) == "b"
    assert _rollback(filled, at_us=5000) == "a"
    with pytest.raises(ReleaseError, match="No earlier release"):
        _rollback(filled, at_us=6000)
    assert promoted(filled.registry, filled.trusted) == "a"
    assert promoted(filled.registry, filled.trusted, as_of_us=4500) == "b"
    _promote(filled, "c", at_us=7000)
    assert _rollback(filled, at_us=8000) == "a"


def test_a_release_promoted_twice_in_a_row_is_left_by_one_rollback(filled: Office) -> None:
    _promote(filled, "c", at_us=4000)
    assert _rollback(filled, at_us=5000) == "b"
    _promote(filled, "b", at_us=6000)
    _promote(filled, "a", at_us=7000)
    assert _rollback(filled, at_us=8000) == "b"
    assert _rollback(filled, at_us=9000) == "a"


def test_without_a_promotion_the_message_says_what_to_do(office: Office) -> None:
    with pytest.raises(ReleaseError, match="risk-service promote"):
        promoted(office.registry, office.trusted)


def test_a_release_that_does_not_verify_is_not_promoted(filled: Office) -> None:
    (filled.registry / "b" / "bands.json").write_text("{}")
    with pytest.raises(ReleaseError, match="changed after signing"):
        _promote(filled, "b", at_us=9000)
    with pytest.raises(ReleaseError, match="There is no release"):
        _promote(filled, "nothing", at_us=9000)
    with pytest.raises(ReleaseError, match="changed after signing"):
        _rollback(filled, at_us=9000)
    assert len(read_promotions(filled.registry, filled.trusted)) == len(NAMES)


def test_a_promotion_is_not_dated_before_the_last(filled: Office) -> None:
    with pytest.raises(ReleaseError, match="before the last"):
        _promote(filled, "a", at_us=2999)


def test_a_line_changed_taken_out_or_moved_is_noticed(filled: Office) -> None:
    path = filled.registry / LOG
    lines = path.read_bytes().splitlines(keepends=True)
    for changed, message in (
        (lines[0] + lines[2], "does not follow"),
        (lines[1] + lines[0] + lines[2], "does not follow"),
        (lines[0].replace(b'"release":"a"', b'"release":"c"') + lines[1] + lines[2], "signature does not fit"),
        (lines[0] + b"{}\n", "not a promotion"),
        (lines[0] + b"noise\n", "not a promotion"),
    ):
        path.write_bytes(changed)
        with pytest.raises(ReleaseError, match=message):
            promoted(filled.registry, filled.trusted)


def test_a_promotion_by_a_key_that_is_not_trusted_is_not_in_force(filled: Office) -> None:
    promote(
        filled.registry, "a", Ed25519PrivateKey.generate(), filled.trusted, at_us=9000, by="somebody", reason="mine"
    )
    with pytest.raises(ReleaseError, match="not trusted"):
        promoted(filled.registry, filled.trusted)
