"""What forms of casework share: reading them, carrying them out, and showing again what was typed but did not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from flask import Response, current_app, redirect, request, session, url_for
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from models.texts import Text
from risk_service.console._frame import SAID, back, words
from risk_service.errors import BusyError, ConflictError, InvalidError, PreconditionFailedError


@dataclass(frozen=True, kw_only=True)
class Again:
    """A page that is shown once more because a form on it did not fit.

    Parameters
    ----------
    said
        What does not fit, in the language of the request.
    status
        Of the answer.
    form
        Which form it was, as its hidden field ``form`` names it.
    typed
        What was typed into it.
    here
        Address of the page.
    """

    said: str
    status: int
    form: str
    typed: Mapping[str, str]
    here: str

    def was(self, form: str, name: str) -> str:
        """Return what was typed into a field of a form; nothing for any other form."""
        return self.typed.get(name, "") if form and form == self.form else ""


_Page = TypeVar("_Page", bound=Callable[..., Response])
_AGAIN: Final[dict[str, Callable[..., Response]]] = {}
_NAMED: Final = frozenset(
    {"finding", "state_found", "help_given", "examined_because", "checked_on", "departed_on", "note", "reason", "band"}
)
_VALUES: Final = "values"
_CALLED: Final = {
    _VALUES: "new_value",
    "key": "datum",
    "feed": "datum",
    "expires_on": "override_until",
    "view": "own_view",
}


def shown_again(endpoint: str) -> Callable[[_Page], _Page]:
    """Have a function show the page of ``endpoint`` once more: it takes the page's arguments and ``again``."""

    def keep(show: _Page) -> _Page:
        _AGAIN[endpoint] = show
        return show

    return keep


def given(*names: str) -> dict[str, str]:
    """Return the fields of the form that were filled in; line breaks as everywhere else."""
    found = {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in names}
    return {name: value for name, value in found.items() if value}


def version() -> int | None:
    """Return the version that the form was made for, if it says so."""
    seen = request.form.get("version", "")
    return int(seen) if seen.isdecimal() else None


def carried_out(
    schema: Schema,
    fields: Mapping[str, Any],
    do: Callable[[Mapping[str, Any]], str | AnyResponse],
    *,
    wanted: str | None = None,
) -> AnyResponse:
    """Carry out what a form asks for, and say so where it came from; or show the form again and say what does not fit.

    Parameters
    ----------
    schema
        Loads the fields.
    do
        Does it, and returns the name of the text that says so, or where it leads.
    wanted
        What the form's ``values`` should look like, said where they do not fit.
    """
    try:
        stated: Any = schema.load(fields)
        done = do(stated)
        return said(done) if isinstance(done, str) else done
    except ValidationError as error:
        messages: Any = error.messages
        return _again(_does_not_fit(messages, wanted if _VALUES in messages else None), 422)
    except InvalidError as error:
        pointers = [fault.pointer for fault in error.faults if fault.pointer]
        more = wanted if any(pointer.startswith(f"#/{_VALUES}") for pointer in pointers) else None
        names = [pointer.rsplit("/", 1)[-1] for pointer in pointers]
        return _again(_of(error.text) or _does_not_fit(names, more), error.status)
    except (ConflictError, PreconditionFailedError, BusyError) as error:
        now = words()
        return _again(_of(error.text) or f"{now.t('problem_409')}. {now.t('problem_409_hint')}", error.status)


def confirmed(confirm: Callable[[], Mapping[str, Any]]) -> AnyResponse:
    """Confirm what another officer recorded, and lead on to the others that wait; or say where the form is why not."""

    def do(_stated: Mapping[str, Any]) -> AnyResponse:
        session[SAID] = {"text": words().t("confirmed_ok", case=confirm()["case_id"])}
        waiting, came_from = url_for("console.list_findings"), back()
        return redirect(came_from if urlsplit(came_from).path == waiting else waiting, 303)

    return carried_out(Schema(), {}, do)


def said(name: str, **values: str) -> AnyResponse:
    """Go back to where the form came from, and say there what was done."""
    return _told(words().t(name, **values))


def _told(text: str) -> AnyResponse:
    session[SAID] = {"text": text}
    target = back()
    return redirect(target if target != url_for("console.home") else url_for("console.list_findings"), 303)


def _again(text: str, status: int) -> AnyResponse:
    """Show the page that the form came from with what was typed; one that cannot be shown so says the text alone."""
    where = back()
    try:
        endpoint, arguments = current_app.url_map.bind("").match(urlsplit(where).path, method="GET")
    except HTTPException:
        return _told(text)
    if endpoint not in _AGAIN:
        return _told(text)
    again = Again(said=text, status=status, form=request.form.get("form", ""), typed=request.form.to_dict(), here=where)
    return _AGAIN[endpoint](**arguments, again=again)


def _does_not_fit(names: Any, wanted: str | None) -> str:
    now = words()
    said = now.t("does_not_fit", what=", ".join(dict.fromkeys(_name(name) for name in names)) or now.t("new_value"))
    return said if wanted is None else f"{said}. {wanted}"


def _name(field: str) -> str:
    """What the form calls a field."""
    return words().t(_CALLED.get(field, field if field in _NAMED else "new_value")).lower()


def _of(text: Text | None) -> str | None:
    return None if text is None else words().say(text)
