"""Where training and evaluation read from: a delivery folder, or the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.asof import Feeds
from models.delivery import read_delivery
from models.errors import StoreError
from models.freshness import DeliveryStamp, stamp_of
from risk_service.cli._common import opened_store


@dataclass(frozen=True)
class Data:
    """All versions of all rows, the deliveries they came in, and whether they are simulated."""

    feeds: Feeds
    stamps: list[DeliveryStamp]
    simulated: bool


def read_data(folder: Path | None) -> Data:
    """Everything in a delivery folder, or in the store if no folder is given.

    Raises
    ------
    ContractError
        The folder cannot be used.
    StoreError
        Nothing has been delivered to the store yet.
    """
    if folder is not None:
        delivery = read_delivery(folder)
        return Data(delivery.feeds, [stamp_of(delivery.manifest, 1)], delivery.simulated)
    from risk_service.store import deliveries
    from risk_service.store.feeds import load_feeds

    store = opened_store()
    with store.reading() as connection:
        simulated = deliveries.is_simulated(connection)
        if simulated is None:
            raise StoreError(
                "The store holds nothing to learn from.",
                what_to_do="Run risk-service ingest FOLDER first, or name a delivery folder with --feeds.",
            )
        return Data(load_feeds(connection), deliveries.stamps(connection), simulated)
