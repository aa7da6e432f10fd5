"""The agency ledger: what state a licence is in on a day, and what else the ledger says."""

from __future__ import annotations

import math

import pytest

from models.ledger import ACTIVE, EXPIRED, NONE, PART, REVOKED, SUSPENDED, Ledger, closed_window, ledgers
from models.times import day_number, parse_moment
from tests.models.worlds import World, day, rules_at

T_US = parse_moment("2025-09-10")
TODAY = day_number(T_US)


def number(text: str) -> int:
    """Day number of a date."""
    return (day(text) - day("1970-01-01")).days


def read(*events: dict[str, object]) -> Ledger:
    """The ledger of one agency with these events."""
    world = World()
    for k, event in enumerate(events):
        world.add("agency_events", str(event["effective_on"]), event_id=f"E{k}", agency_id="A", **event)
    return ledgers(world.frames()["agency_events"], today=TODAY, rules=rules_at(T_US))["A"]


GRANT = {"event": "licence_granted", "effective_on": "2021-01-01", "valid_to": "2026-01-01", "regime": "sip3mi"}


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([], ACTIVE),
        ([{"event": "suspended", "effective_on": "2025-01-01", "scope": "part"}], PART),
        ([{"event": "suspended", "effective_on": "2025-01-01", "scope": "all"}], SUSPENDED),
        ([{"event": "suspended", "effective_on": "2025-01-01"}], SUSPENDED),
        (
            [
                {"event": "suspended", "effective_on": "2025-01-01", "scope": "all"},
                {"event": "reinstated", "effective_on": "2025-04-01"},
            ],
            ACTIVE,
        ),
        ([{"event": "revoked", "effective_on": "2025-02-01"}], REVOKED),
        (
            [
                {"event": "revoked", "effective_on": "2024-02-01"},
                {"event": "licence_granted", "effective_on": "2024-08-01", "valid_to": "2029-08-01"},
            ],
            ACTIVE,
        ),
        ([{"event": "revoked", "effective_on": "2025-12-01"}], ACTIVE),
        ([{"event": "warned", "effective_on": "2025-02-01"}], ACTIVE),
    ],
)
def test_the_last_thing_that_touched_the_licence_decides(later: list[dict[str, object]], expected: int) -> None:
    assert read(GRANT, *later).state_on(TODAY) == expected


def test_a_licence_expires_the_day_after_its_last_day() -> None:
    ledger = read({**GRANT, "valid_to": "2025-09-09"})
    assert [ledger.state_on(number(d)) for d in ("2025-09-09", "2025-09-10")] == [ACTIVE, EXPIRED]
    assert ledger.state_on(number("2020-12-31")) == NONE


def test_an_extension_moves_the_end_and_keeps_a_suspension() -> None:
    stop = {"event": "suspended", "effective_on": "2024-01-01", "scope": "part"}
    extension = {"event": "licence_extended", "effective_on": "2025-01-01", "valid_to": "2030-01-01"}
    ledger = read({**GRANT, "valid_to": "2025-02-01"}, stop, extension)
    assert ledger.state_on(TODAY) == PART
    assert ledger.valid_to == number("2030-01-01")


def test_a_licence_granted_under_a_regime_that_extends_by_itself_does_not_expire() -> None:
    ledger = read(
        {"event": "licence_granted", "effective_on": "2025-02-01", "valid_to": "2025-03-01", "regime": "sip3mi"}
    )
    assert ledger.extends_itself
    assert ledger.state_on(TODAY) == ACTIVE


def test_an_expired_licence_that_is_suspended_counts_as_suspended() -> None:
    stop = {"event": "suspended", "effective_on": "2024-01-01", "scope": "all"}
    assert read({**GRANT, "valid_to": "2025-02-01"}, stop).state_on(TODAY) == SUSPENDED


def test_sanctions_count_for_24_months_and_restoring_a_deposit_is_none() -> None:
    ledger = read(
        GRANT,
        {"event": "warned", "effective_on": "2023-09-10"},
        {"event": "warned", "effective_on": "2023-09-11"},
        {"event": "suspended", "effective_on": "2024-05-01"},
        {"event": "deposit_cashed", "effective_on": "2025-01-01"},
        {"event": "deposit_restored", "effective_on": "2025-02-01"},
        {"event": "deposit_cashed", "effective_on": "2025-09-11"},
    )
    assert ledger.sanctions == 3
    assert not ledger.deposit_shortfall


def test_open_claims_are_the_opened_less_the_settled_never_below_zero() -> None:
    opened = {"event": "claim_opened", "effective_on": "2025-01-01", "amount_idr": 150_000_000}
    settled = {"event": "claim_settled", "effective_on": "2025-03-01", "amount_idr": 50_000_000}
    assert read(GRANT, opened, settled).open_claims == round(math.log1p(100_000_000), 6)
    assert read(GRANT, {**settled, "amount_idr": 900_000_000}).open_claims == 0.0


def test_complaints_count_in_the_window_that_closed_30_days_ago() -> None:
    rules = rules_at(T_US)
    after, until = closed_window(TODAY, rules)
    assert (after, until) == (number("2023-08-11"), number("2025-08-11"))
    days = ("2023-08-11", "2023-08-12", "2025-08-11", "2025-08-12")
    events = [{"event": "complaint_upheld", "effective_on": d} for d in days]
    assert read(GRANT, *events).complaints == 2
