"""Deliveries in the contract's form: reading, validating, rejecting.

``read_delivery(path)`` gives everything in memory (:class:`Delivery`); ``open_delivery(path)`` checks folder, manifest,
hashes and headers and then yields validated batches feed by feed (:class:`OpenDelivery`), so that a store can take a
delivery of any size. Whatever makes a delivery useless as a whole is one :class:`~models.errors.ContractError`; a bad
row is a reject and never holds up good ones.
"""

from __future__ import annotations

from models.delivery.checks import Checked
from models.delivery.manifest import FeedEntry, Manifest, read_manifest, sha256_of
from models.delivery.reader import Delivery, OpenDelivery, open_delivery, read_delivery
from models.delivery.rejects import REJECTS, Reject, RejectsFile, rejects_of

__all__ = [
    "REJECTS",
    "Checked",
    "Delivery",
    "FeedEntry",
    "Manifest",
    "OpenDelivery",
    "Reject",
    "RejectsFile",
    "open_delivery",
    "read_delivery",
    "read_manifest",
    "rejects_of",
    "sha256_of",
]
