"""The worklist: an office's cases of the day, who works on them, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, redirect, request, session, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as AnyResponse

from models.times import date_of
from models.worklist import LANES
from risk_service.auth import acting, context, now_us, principal, reading
from risk_service.console._frame import SAID, back, page, pages, remember_list, require_token, words
from risk_service.console._turning import Places
from risk_service.console.words import country_code
from risk_service.errors import InvalidError
from risk_service.schemas.worklist import (
    LARGEST_CAPACITY,
    CapacityRequest,
    ChangesQuery,
    SavedFilterRequest,
    WorklistFilters,
    WorkRequest,
    usable_name,
)
from risk_service.services import casework_actions as actions
from risk_service.services import changes
from risk_service.services import worklist as service
from risk_service.services.cursors import Page
from risk_service.services.worklist import STATES

_FILTERS: Final = ("office", "day", "lane", "state", "assigned", "destination", "changed", "returned")


@pages.get("/worklist")
def worklist() -> Response:
    """Show an office's list of a day."""
    query, left_out = _query()
    remember_list()
    here = context()
    found = service.view(here.store, reading(), master=here.master, making=here.making(), query=query)
    filters = {name: query.get(name) for name in _FILTERS} | {"office": found["office"]}
    plain = {name: _plain(value) for name, value in filters.items() if value not in (None, False)}
    if principal().office is not None:
        plain.pop("office", None)
    with here.store.reading() as connection:
        colleagues = actions.colleagues(connection, principal()) if principal().may("worklist.manage") else []
        offices = here.reader.offices_at(connection, now_us())
    return page(
        "worklist",
        section="worklist",
        found=found,
        filters=filters,
        left_out=left_out,
        narrowed=bool(plain.keys() - {"office", "state", "lane"}),
        url=lambda **more: _url(plain, **more),
        query=urlencode({name: value for name, value in plain.items() if name != "day"}),
        listed_lanes=LANES,
        states=STATES,
        colleagues=colleagues,
        office_names={office: row["name"] for office, row in offices.items()},
        export=plain | {"office": found["office"]},
        may_export=principal().may("list.export"),
        saved=service.filters(here.store, acting()),
        rest_reasons=actions.REST_REASONS,
        last_day=lambda us: words().day(date_of(us)),
        may_work=principal().may("casework.write"),
        may_manage=principal().may("worklist.manage"),
        largest=LARGEST_CAPACITY,
        said=session.pop(SAID, None),
    )


@pages.get("/worklist/changes")
def worklist_changes() -> Response:
    """Show what the last rescoring changed in an office's cases."""
    here = context()
    wanted = ChangesQuery(only=("office",)).load({k: v for k, v in request.args.items() if k == "office" and v})
    places = Places("console.worklist_changes", ("changed",), kept=wanted)
    found: dict[str, Any] = {}

    def changed(query: Mapping[str, Any]) -> Page:
        found.update(
            changes.find(here.store, reading(), master=here.master, secrets=here.secrets, query={**wanted, **query})
        )
        return Page(found["items"], found["next"])

    return page("worklist_changes", section="worklist", found=found, changed=places.part("changed", changed))


@pages.post("/worklist/actions")
def worklist_act() -> AnyResponse:
    """Do something to the selected cases."""
    require_token()
    given: dict[str, Any] = {"action": request.form.get("action", ""), "cases": request.form.getlist("cases")}
    if given["action"] == "hand":
        given |= {"action": "assign", "to": request.form.get("to", "")}
    if given["action"] == "snooze":
        given |= {name: request.form[name] for name in ("until", "because") if request.form.get(name)}
    if not given["cases"]:
        return _said("none_selected")
    try:
        stated: Any = WorkRequest().load(given)
        done = actions.act(context().store, acting(), master=context().master, stated=stated)
    except (ValidationError, InvalidError):
        return _said("rest_needs" if given["action"] == "snooze" else "cannot_be_done")
    return _said(f"done_{done['action']}", n=len(done["done"]), refused=len(done["refused"]), undo=done["action_id"])


@pages.post("/worklist/undo")
def worklist_undo() -> AnyResponse:
    """Undo what was done to several cases."""
    require_token()
    action_id = request.form.get("action_id", "")
    done = actions.undo(context().store, acting(), master=context().master, action_id=action_id)
    return _said("done_undo", n=len(done["done"]), refused=len(done["refused"]))


@pages.post("/worklist/capacity")
def worklist_capacity() -> AnyResponse:
    """State how many cases the office can look at in a day."""
    require_token()
    number = request.form.get("capacity", "")
    stated: Any = _loaded(CapacityRequest(), {"capacity": int(number) if number.isdecimal() else number})
    service.set_capacity(context().store, acting(), office=request.form.get("office", ""), capacity=stated["capacity"])
    return _said("capacity_set")


@pages.post("/worklist/filters")
def worklist_filters() -> AnyResponse:
    """Keep or forget a filter of one's own."""
    require_token()
    name = request.form.get("name", "").strip()
    if request.form.get("drop"):
        service.drop_filter(context().store, acting(), name=name)
        return redirect(back(), 303)
    stated: Any = _loaded(SavedFilterRequest(), {"query": request.form.get("query") or "state=open"})
    if not usable_name(name):
        return _said("filter_name")
    service.save_filter(context().store, acting(), name=name, query=stated["query"])
    return redirect(back(), 303)


def _query() -> tuple[dict[str, Any], bool]:
    """What the address asks for; what it gets wrong is left out, and whether anything was."""
    schema = WorklistFilters(exclude=("purpose",))
    given = {name: value.strip() for name, value in request.args.items() if name in _FILTERS and value.strip()}
    if "destination" in given:
        given["destination"] = country_code(given["destination"])
    wrong = schema.validate(given)
    query: Any = schema.load({name: value for name, value in given.items() if name not in wrong})
    return dict(query), bool(wrong)


def _loaded(schema: Any, given: Mapping[str, Any]) -> Any:
    try:
        return schema.load(given)
    except ValidationError:
        raise InvalidError("The form does not fit.") from None


def _plain(value: Any) -> str:
    return "true" if value is True else str(value)


def _url(filters: Mapping[str, str], **more: str | None) -> str:
    """Address of the list with some filters changed; None takes one off."""
    wanted = {name: value for name, value in {**filters, **more}.items() if value is not None}
    return f"{url_for('console.worklist')}?{urlencode(wanted)}" if wanted else url_for("console.worklist")


def _said(name: str, *, n: int | None = None, refused: int = 0, undo: str | None = None) -> AnyResponse:
    """Go back, and say there what was done."""
    text = words().t(name, n=n) if n is not None else words().t(name)
    more = words().t("some_refused", n=refused) if refused else None
    session[SAID] = {"text": text, "more": more, "undo": undo}
    return redirect(back(), 303)
