"""What every page of the console has in common: its blueprint, its language, its form token, its frame.

A section of the console is a module with routes on `pages`, a module of texts, templates, and a line in
`navigation.NAVIGATION` if it can be reached from everywhere.
"""

from __future__ import annotations

import base64
import gzip
import hmac
import secrets
from functools import cache
from typing import Any, Final

from flask import Blueprint, Response, g, make_response, render_template, request, session, url_for

from models.times import date_of
from risk_service.auth import context, now_us, request_id
from risk_service.console.navigation import entries_for
from risk_service.console.texts import BANDS, LANES, TEXTS
from risk_service.console.words import FILTERS, LANGUAGES, Words
from risk_service.errors import BadRequestError, Problem
from risk_service.geography import hours_east
from risk_service.policy import PURPOSES, ROLE_TEXTS

pages: Final = Blueprint("console", __name__, template_folder="templates")
CAME_FROM: Final = "came_from"
"""What a session keeps of the list that a case was opened from: its address, with its filters."""
SAID: Final = "said"
"""What a session keeps to be said on the next page: that something was done, or what does not fit."""
_LIKE: Final = {405: 404, 412: 409, 413: 422, 414: 422, 415: 400}
"""Problems that read as another one to a person."""
_LEVEL: Final = 4
_LONGEST_ADDRESS: Final = 500
_TOKEN_BYTES: Final = 24
_WORTH_IT: Final = 1000
"""Bytes from which on a page is compressed."""
_WIB: Final = 7
_OF_A_CLOCK: Final = frozenset({"moment", "stamp", "value"})


def words(*, clock: bool = False) -> Words:
    """Return the language of this request: chosen, else the browser's, else the installation's.

    Parameters
    ----------
    clock
        Show times as the clock of the page's region does, else that of the person's office, else that of Jakarta.
    """
    chosen = session.get("language")
    if chosen not in LANGUAGES:
        chosen = _unchosen()
    return _words_of(str(chosen), _hours_east() if clock else _WIB)


@cache
def _words_of(language: str, hours: int) -> Words:
    return Words(language, hours)


def _unchosen() -> str:
    """The language of a request whose person has chosen none; asked for by every value that a page shows."""
    if "unchosen" not in g:
        own = context().settings.language
        best = request.accept_languages.best_match(list(LANGUAGES), default=own)
        g.unchosen = own if best == "en" else best  # a browser in English is no choice of the person's
    return str(g.unchosen)


def _hours_east() -> int:
    if "hours_east" not in g:
        who = g.get("principal")
        office = who.office if who is not None else None
        g.hours_east = _WIB if office is None else hours_east(context().reader.office_region(context().store, office))
    return int(g.hours_east)


def form_token() -> str:
    """Return the token that every form of this session carries, written anew each time.

    Pages are compressed; a secret that stood in each of them in the same way could be told from their sizes.
    """
    pad = secrets.token_bytes(_TOKEN_BYTES)
    return base64.urlsafe_b64encode(pad + _other(pad, _session_token())).decode()


def token_fits() -> bool:
    """Whether the form that was sent carries the token of this session."""
    try:
        sent = base64.urlsafe_b64decode(request.form.get("token", "").encode())
    except ValueError:
        return False
    pad, masked = sent[:_TOKEN_BYTES], sent[_TOKEN_BYTES:]
    return len(masked) == _TOKEN_BYTES and hmac.compare_digest(_other(pad, masked), _session_token())


def _session_token() -> bytes:
    if "form_token" not in session:
        session["form_token"] = secrets.token_hex(_TOKEN_BYTES)
    return bytes.fromhex(session["form_token"])


def _other(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def require_token() -> None:
    """Pass only if `token_fits`.

    Raises
    ------
    BadRequestError
        The form is of another session, or of another site.
    """
    if not token_fits():
        raise BadRequestError("The form has expired.", what_to_do="Open the page again and send it once more.")


@pages.before_request
def _held_to_its_token() -> None:
    """Hold every form of the console to its session, whatever it does."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        require_token()


@pages.after_request
def _compressed(answer: Response) -> Response:
    """Compress a page for a browser that takes it so; files are compressed by themselves."""
    answer.vary.add("Accept-Encoding")
    if (
        answer.mimetype == "text/html"
        and not answer.direct_passthrough
        and request.accept_encodings["gzip"]
        and (answer.content_length or 0) > _WORTH_IT
    ):
        answer.set_data(gzip.compress(answer.get_data(), _LEVEL, mtime=0))
        answer.content_encoding = "gzip"
    return answer


def back() -> str:
    """Return the page of this console that the form that was sent names, to go back to."""
    given = request.form.get("back", "")
    local = given.startswith("/") and not given.startswith(("//", "/\\")) and "\n" not in given
    return given if local else url_for("console.home")


def office_name(office_id: str | None) -> str:
    """Return the name of an office; of one that has none, its number."""
    if office_id is None:
        return "–"
    known: dict[str, str] = g.setdefault("office_names", {})
    if office_id not in known:
        known[office_id] = context().reader.office_name(context().store, office_id) or office_id
    return known[office_id]


def remember_list() -> None:
    """Keep the address of the list that is shown, so that pages about a case lead back to it."""
    address = _address()
    session[CAME_FROM] = address if len(address) <= _LONGEST_ADDRESS else request.path


def page(
    template: str, status: int = 200, *, section: str | None = None, region: str | None = None, **values: Any
) -> Response:
    """Return a page in the language of the request, with what every page shows.

    Parameters
    ----------
    template
        Name below ``templates/console``, without ``.html``.
    section
        The entry of the navigation that the page belongs to.
    region
        Region whose clock shows the page's times; None: that of the person's office.
    values
        What the template needs besides.
    """
    if region is not None:
        g.hours_east = hours_east(region)
    now = words()
    who = g.get("principal")
    html = render_template(
        f"console/{template}.html",
        t=now.t,
        language=now.language,
        languages=LANGUAGES,
        principal=who,
        office_name=office_name,
        came_from=session.get(CAME_FROM),
        role=now.say(ROLE_TEXTS[who.role]) if who is not None else None,
        purpose=session.get("purpose"),
        purposes=PURPOSES,
        simulated=context().simulated(),
        form_token=form_token(),
        here=values.pop("here", None) or _address(),
        navigation=entries_for(who),
        section=section,
        bands=BANDS,
        lanes=LANES,
        today=date_of(now_us()),
        **values,
    )
    response = make_response(html, status)
    response.headers["Content-Language"] = now.language
    return response


@pages.record_once
def _register_filters(state: Any) -> None:
    for name in FILTERS:
        state.app.jinja_env.filters[name] = _filter(name)


def _filter(name: str) -> Any:
    def apply(value: Any, *more: Any) -> str:
        return str(getattr(words(clock=name in _OF_A_CLOCK), name)(value, *more))

    return apply


def _address() -> str:
    """Where a choice made on this page leads back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else url_for("console.home")


def problem_page(problem: Problem) -> Response:
    """Return a problem as a page."""
    status = _LIKE.get(problem.status, problem.status)
    known = status if f"problem_{status}" in TEXTS else 500
    hint = f"problem_{known}_hint"
    response = page(
        "problem",
        problem.status,
        title=words().t(f"problem_{known}"),
        hint=words().t(hint) if hint in TEXTS else None,
        request_number=request_id(),
        here=url_for("console.home"),  # an address that failed may say anything, a number of a person even
    )
    response.headers.update(problem.headers)
    return response
