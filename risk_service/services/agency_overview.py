"""What is on record around an agency: permits, branches, claims, cases in process, findings, whom it shares.

Facts and counts, in the order of codes and dates. Nothing here judges an agency or compares it with another.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy.engine import Connection

from models.asof import visible
from models.bands import BANDS
from models.suppression import LEAST, hidden, with_totals
from models.times import date_of
from risk_service.occupations import occupation_name
from risk_service.policy import Principal
from risk_service.services import agencies
from risk_service.services.publishing import ALL, KINDS
from risk_service.services.reader import CaseReader
from risk_service.store import Store
from risk_service.store import office_lists as lists
from risk_service.store import scores as queue

MOST_PERMITS: Final = 200
MOST_LINKS: Final = 200

_COMPLAINTS: Final = ("complaint_upheld", "claim_opened", "claim_settled")
_SHOWN_DIGITS: Final = 3
_LONG_NUMBER: Final = re.compile(rf"\d{{6,}}(?=\d{{{_SHOWN_DIGITS}}})")


def overview(store: Store, principal: Principal, *, reader: CaseReader, agency_id: str, now_us: int) -> dict[str, Any]:
    """Return what is on record around an agency.

    Parameters
    ----------
    now_us
        UTC microseconds.

    Returns
    -------
    dict
        As `risk_service.schemas.agency.AgencyOverview`. Cases in process are those within the principal's scope.

    Raises
    ------
    NotAllowedError, NotFoundError
        Not allowed; nothing is known of such an agency.
    """
    found = agencies.get(store, principal, reader=reader, agency_id=agency_id, as_of_us=now_us)
    today = date_of(now_us)
    with store.reading() as connection:
        references = reader.references(connection)
        mine = {
            name: references[name].filter(pl.col("agency_id") == agency_id)
            for name in ("permits", "branches", "agency_events")
        }
        names = dict(
            visible({"agencies": references["agencies"]}, now_us)["agencies"].select("agency_id", "name").iter_rows()
        )
        counts = reader.last_counts(connection)
        bands = queue.count_bands(connection, agency_id, office=principal.office)
        run = lists.last_tallied(connection)
        quarters = _quarters(connection, run, agency_id)
        links = lists.links_of(connection, agency_id, limit=MOST_LINKS)
    seen = visible(mine, now_us)
    cited = {} if counts is None else _cited(counts.tables["permit_id"], seen["permits"]["permit_id"].to_list())
    return {
        "agency": found,
        "as_of": None if run is None else run[1],
        "permits": _permits(seen["permits"], cited, today),
        "branches": seen["branches"].sort("region").select("region", "registered_on", "closed_on").to_dicts(),
        "complaints": _complaints(seen["agency_events"]),
        "open_claims_idr": _open_claims(seen["agency_events"], today),
        "cases": _cases(bands),
        "periods": quarters,
        "shared": [_link(link, names) for link in links],
    }


def _permits(permits: pl.DataFrame, cited: dict[str, int], today: dt.date) -> list[dict[str, Any]]:
    rows = permits.sort("valid_to", "permit_id", descending=[True, False]).head(MOST_PERMITS)
    names = ("permit_id", "destination_country", "occupation", "quota", "valid_from", "valid_to", "withdrawn_on")
    return [
        {name: row[name] for name in names}
        | {
            "occupation_name": name.as_dict() if (name := occupation_name(row["occupation"])) else None,
            "state": _state(row, today),
            "cited": cited.get(row["permit_id"], 0),
        }
        for row in rows.iter_rows(named=True)
    ]


def _state(permit: dict[str, Any], today: dt.date) -> str:
    if permit["withdrawn_on"] is not None and permit["withdrawn_on"] <= today:
        return "withdrawn"
    if today < permit["valid_from"]:
        return "not_yet"
    return "ended" if permit["valid_to"] < today else "in_force"


def _cited(table: pl.DataFrame, permits: list[str]) -> dict[str, int]:
    """Return how many registrations name each permit."""
    return dict(table.filter(pl.col("key").is_in(permits)).select("key", "cited").iter_rows())


def _complaints(events: pl.DataFrame) -> list[dict[str, Any]]:
    rows = events.filter(pl.col("event").is_in(_COMPLAINTS)).sort("effective_on", "event_id", descending=[True, False])
    return rows.select("event_id", "event", "effective_on", "amount_idr").to_dicts()


def _open_claims(events: pl.DataFrame, today: dt.date) -> int:
    """Return claims opened and not settled by a day, in rupiah; never less than none."""
    past = events.filter(pl.col("effective_on") <= today)
    amount = pl.col("amount_idr").fill_null(0)
    sums = past.select(
        opened=amount.filter(pl.col("event") == "claim_opened").sum(),
        settled=amount.filter(pl.col("event") == "claim_settled").sum(),
    ).row(0)
    return max(0, int(sums[0]) - int(sums[1]))


def _cases(found: dict[str, int]) -> dict[str, Any]:
    """Return cases in process by band; a band of fewer than five, none included, is hidden with what tells it."""
    counts = np.array([found.get(name, 0) for name in BANDS], dtype=np.int64)
    full = with_totals(counts, (0,))
    mask = hidden(full, (0,), empty=np.broadcast_to(full[-1] == 0, full.shape))
    shown = [None if secret else int(n) for n, secret in zip(full, mask, strict=True)]
    return {"total": shown[-1], "by_band": dict(zip(BANDS, shown, strict=False))}


def _quarters(connection: Connection, run: tuple[str, int] | None, agency_id: str) -> list[dict[str, Any]]:
    made = None if run is None else lists.load_tally(connection, run[0], part=lists.PUBLISHED)
    if made is None:
        return []
    rows = made.filter(pl.col("about") == "quarter", pl.col("a") == agency_id, pl.col("b") != ALL)
    told = pl.col("examined").is_not_null() & pl.col("found").is_not_null()
    shares = (pl.when(told).then(pl.col(name)).alias(name) for name in ("share", "low", "high"))
    return rows.sort("b").with_columns(*shares).drop("about", "a", *KINDS).rename({"b": "period"}).to_dicts()


def _link(link: lists.Link, names: dict[str, str | None]) -> dict[str, Any]:
    return {
        "kind": link.kind,
        "ref": _masked(link.ref),
        "own_cases": _few(link.own_cases),
        "agency_id": link.agency_id,
        "name": names.get(link.agency_id),
        "cases": _few(link.cases),
    }


def _masked(ref: str) -> str:
    """Return a reference as it was delivered; should somebody deliver a NIK or a phone number as one, its end."""
    return _LONG_NUMBER.sub("…", ref)


def _few(n: int) -> int | None:
    return None if n < LEAST else n
