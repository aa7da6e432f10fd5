"""The region view: what the head of an office steers by."""

from __future__ import annotations

from typing import Any, Final

from babel.numbers import format_decimal
from flask import Response, request
from marshmallow import ValidationError

from risk_service.auth import context, now_us, principal
from risk_service.console._frame import page, pages, words
from risk_service.schemas.region_view import ExpectedQuery
from risk_service.services import region_view as service
from risk_service.services.desks import DESKS
from risk_service.services.publishing import KINDS

_FIGURES: Final = ("completed", "helped", "examined", "found", "drawn", "drawn_found")
_TABLES: Final = (
    ("by_region", "table_by_region"),
    ("by_agency", "table_by_agency"),
    ("by_month", "table_by_month"),
)


@pages.get("/region")
def region_view() -> Response:
    """Show the region view of an office, or of all."""
    given = {name: value.strip() for name, value in request.args.items() if value.strip()}
    try:
        query = ExpectedQuery().load(given)
    except ValidationError:
        query, message = ExpectedQuery().load({}), True
    else:
        message = False
    here, office = context(), query.get("office")
    of: dict[str, Any] = {"reader": here.reader, "now_us": now_us(), "office": office}
    view = service.view(here.store, principal(), **of)
    told = service.expected(here.store, principal(), capacity=query["capacity"], **of)
    with here.store.reading() as connection:
        offices = here.reader.offices_at(connection, now_us())
    busiest = max((stall["waiting"] for stall in view["stalls"]), default=1)
    return page(
        "region_view",
        422 if message else 200,
        section="region_view",
        view=view,
        expected=_rounded(told),
        capacity=query["capacity"],
        most=service.MOST_CAPACITY,
        message=message,
        figures=_FIGURES,
        kinds=KINDS,
        tables=[(name, text, view[name]) for name, text in _TABLES],
        busiest=busiest,
        listed=DESKS,
        office_names={office: row["name"] for office, row in offices.items() if row["name"]},
    )


def _rounded(told: dict[str, Any]) -> dict[str, str] | None:
    """Return expected finds in words' numbers; None: there are none."""
    if told["cases"] is None or told["by_lot"] is None:
        return None
    locale = words().locale
    return {
        "cases": str(told["cases"]),
        "n": format_decimal(told["expected"], "0", locale=locale),
        "low": format_decimal(told["low"], "0", locale=locale),
        "high": format_decimal(told["high"], "0", locale=locale),
        "lot": format_decimal(told["by_lot"], "0.#", locale=locale),
    }
