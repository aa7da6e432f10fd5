"""Agencies: what is on record of one as of a time."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.asof import visible
from models.ledger import Ledger, ledgers
from models.times import day_number
from risk_service.policy import Principal, not_found
from risk_service.services.evidence import agency_record
from risk_service.services.reader import CaseReader
from risk_service.store import Store


def get(store: Store, principal: Principal, *, reader: CaseReader, agency_id: str, as_of_us: int) -> dict[str, Any]:
    """Return an agency and its ledger as they were knowable.

    Parameters
    ----------
    as_of_us
        UTC microseconds.

    Returns
    -------
    dict
        As `risk_service.schemas.case.Agency`.

    Raises
    ------
    NotAllowedError, NotFoundError
        Not allowed; nothing was known of such an agency.
    """
    principal.require("agency.read")
    with store.reading() as connection:
        references = reader.references(connection)
    mine = pl.col("agency_id") == agency_id
    rows = {name: references[name].filter(mine) for name in ("agencies", "agency_events")}
    seen = visible(rows, as_of_us)
    today = day_number(as_of_us)
    events = seen["agency_events"]
    ledger = ledgers(events, today=today, rules=reader.rules_at(as_of_us)).get(agency_id, Ledger())
    found = agency_record(agency_id, agencies=seen["agencies"], events=events, ledger=ledger, today=today)
    if found is None:
        raise not_found("agency")
    return found
