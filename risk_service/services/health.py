"""Whether the service can answer, and what kind of data it holds."""

from __future__ import annotations

from risk_service.store import Store
from risk_service.store import deliveries as kept


def reach(store: Store) -> None:
    """Pass if the store answers.

    Raises
    ------
    StoreError
        It does not.
    """
    with store.reading() as connection:
        kept.last_seq(connection)


def holds_simulated(store: Store) -> bool | None:
    """Return whether the store holds simulated data; None before its first delivery."""
    with store.reading() as connection:
        return kept.is_simulated(connection)
