"""Agencies: what is on record of one as of a time."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from models.asof import visible
from models.times import day_number
from risk_service.policy import Principal, not_found
from risk_service.services.evidence import agency_record
from risk_service.services.reader import CaseReader
from risk_service.store import Store

MOST_FOUND: Final = 50


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
        known = reader.known(connection, as_of_us)
    today = day_number(as_of_us)
    found = agency_record(
        agency_id,
        agencies=known.rows("agencies", agency_id),
        events=known.rows("agency_events", agency_id),
        ledger=known.ledger(agency_id, today=today, rules=reader.rules_at(as_of_us)),
        today=today,
    )
    if found is None:
        raise not_found("agency")
    return found


def find(
    store: Store, principal: Principal, *, reader: CaseReader, q: str, now_us: int, most: int = MOST_FOUND
) -> list[dict[str, Any]]:
    """Return agencies whose name or id holds some text, by name and id, at most `most`.

    Returns
    -------
    list of dict
        As `risk_service.schemas.agency.AgencyItem`.

    Raises
    ------
    NotAllowedError
        The role reads no agencies.
    """
    principal.require("agency.read")
    with store.reading() as connection:
        rows = visible({"agencies": reader.references(connection)["agencies"]}, now_us)["agencies"]
    text = q.strip().lower()
    fits = pl.any_horizontal(
        pl.col(name).str.to_lowercase().str.contains(text, literal=True) for name in ("name", "agency_id")
    )
    found = rows.filter(fits.fill_null(value=False)).sort("name", "agency_id", nulls_last=True).head(most)
    return found.select("agency_id", "name", "kind", "head_region").to_dicts()
