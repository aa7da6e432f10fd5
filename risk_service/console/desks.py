"""Desks: the weekly list of steps waiting at an office, to look at, to print and to take along."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request, url_for
from marshmallow import ValidationError

from models.texts import OFFICE_TITLES
from models.times import date_of
from risk_service.auth import context, now_us, principal, reading
from risk_service.console._frame import page, pages
from risk_service.schemas.offices import KINDS, DesksQuery, StepsQuery
from risk_service.services import desks as service

_SHOWN: Final = 100
_PRINTED: Final = 500


@pages.get("/desks")
def desks() -> Response:
    """List the desks at which steps wait; whoever belongs to a desk is led to its list."""
    who = principal()
    given = {name: value.strip() for name, value in request.args.items() if value.strip()}
    filters: dict[str, Any] = {"kind": given.get("kind"), "region": given.get("region")}
    here = context()
    try:
        query = DesksQuery(exclude=("purpose",)).load({**given, "limit": str(_SHOWN)})
    except ValidationError:
        return page("desks", 422, section="desks", items=[], filters=filters, kinds=_kinds(), message=True)
    found = service.listed(here.store, reading(), reader=here.reader, secrets=here.secrets, **query)
    plain = {name: value for name, value in filters.items() if value}
    return page(
        "desks",
        section="desks",
        items=found.items,
        filters=filters,
        kinds=_kinds(),
        own=who.role == "desk",
        next_url=f"{url_for('console.desks')}?{urlencode({**plain, 'cursor': found.next})}" if found.next else None,
        first_url=f"{url_for('console.desks')}?{urlencode(plain)}" if "cursor" in query else None,
    )


@pages.get("/desks/<opaque:office_id>")
def desk(office_id: str) -> Response:
    """Show what waits at a desk; ``?print=1`` gives the version for paper."""
    printed = request.args.get("print") == "1"
    given = {"cursor": request.args["cursor"]} if request.args.get("cursor") and not printed else {}
    query = StepsQuery(exclude=("purpose",)).load(given)
    here = context()
    found = service.steps(
        here.store,
        reading(),
        master=here.master,
        reader=here.reader,
        secrets=here.secrets,
        office_id=office_id,
        limit=_PRINTED if printed else _SHOWN,
        cursor=query.get("cursor"),
    )
    as_of = found["as_of"]
    day = date_of(now_us() if as_of is None else as_of)
    monday = day - dt.timedelta(days=day.weekday())
    here_url = url_for("console.desk", office_id=office_id)
    return page(
        "desk_print" if printed else "desk",
        section="desks",
        office=found["office"],
        as_of=as_of,
        items=found["items"],
        first=monday,
        last=monday + dt.timedelta(days=6),
        states=service.STATE_TEXTS,
        turns=service.TURN_TEXTS,
        most=_PRINTED,
        more=found["next"] is not None,
        at_start="cursor" not in query,
        first_url=here_url,
        next_url=f"{here_url}?{urlencode({'cursor': found['next']})}" if found["next"] else None,
    )


def _kinds() -> dict[str, Any]:
    return {kind: OFFICE_TITLES[kind] for kind in KINDS}
