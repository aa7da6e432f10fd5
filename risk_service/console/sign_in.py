"""Signing in and out, and what a session chooses: language, purpose."""

from __future__ import annotations

from typing import Final

from flask import g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from risk_service.auth import context, now_us, principal, request_id, session_secret
from risk_service.console._frame import back, page, pages, words
from risk_service.console.navigation import entries_for
from risk_service.console.words import LANGUAGES
from risk_service.errors import TooManyError
from risk_service.policy import PURPOSES, ROLE_TEXTS, Principal
from risk_service.services import keys, sessions, users

_KEPT: Final = "language"


@pages.get("/")
def home() -> Response:
    """Lead to the first page that the person may open, or to signing in."""
    return redirect(_first_page(g.principal), 303)


@pages.get("/sign-in")
def sign_in() -> Response:
    """Ask who wants in."""
    return asked()


@pages.post("/sign-in")
def judge_sign_in() -> Response:
    """Judge an account and its password, or a key, and open a session."""
    if "key" in request.form and keys_open():
        return _by_key(request.form["key"].strip())
    if not context().settings.password_sign_in:
        return asked(403, message="account_refused")
    return _by_password(request.form.get("login", ""), request.form.get("password", ""))


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    secret = session_secret()
    if g.principal is not None and secret is not None:
        sessions.sign_out(context().store, secret, by=principal(), now_us=now_us())
    _renew()
    return redirect(url_for("console.sign_in"), 303)


@pages.post("/language")
def choose_language() -> Response:
    """Change the language."""
    if request.form.get("language") in LANGUAGES:
        session["language"] = request.form["language"]
    return redirect(back(), 303)


@pages.post("/purpose")
def choose_purpose() -> Response:
    """Change the purpose that reads of people are recorded with."""
    if request.form.get("purpose") in PURPOSES:
        session["purpose"] = request.form["purpose"]
    return redirect(back(), 303)


def keys_open() -> bool:
    """Whether a key opens the console here."""
    chosen = context().settings.key_sign_in
    return chosen == "always" or (chosen == "simulated" and context().simulated())


def enter(who: Principal, *, purpose: str | None) -> Response:
    """Open a session for somebody who has been judged, and lead to their first page."""
    here = context()
    secret = sessions.open_session(
        here.store,
        who,
        address=request.remote_addr or "",
        hours=here.settings.session_hours,
        now_us=now_us(),
        request_id=request_id(),
    )
    _renew()
    session["sid"] = secret
    session["purpose"] = purpose if purpose in PURPOSES else next(iter(PURPOSES))
    return redirect(_first_page(who), 303)


def _by_password(login: str, password: str) -> Response:
    here = context()
    try:
        sessions.attempt(
            here.store, master=here.master, login=login, address=request.remote_addr or "", now_us=now_us()
        )
    except TooManyError as error:
        answer = asked(429, message="too_many_attempts")
        answer.headers.update(error.headers)
        return answer
    user, fits = users.judge(here.store, login=login, password=password, now_us=now_us())
    if user is None or not fits:
        if user is not None:
            sessions.refused(here.store, user, now_us=now_us(), request_id=request_id())
        return asked(403, message="account_refused")
    sessions.succeeded(here.store, master=here.master, login=login, address=request.remote_addr or "")
    return enter(users.principal_of(user), purpose=request.form.get("purpose"))


def _by_key(presented: str) -> Response:
    here = context()
    address = request.remote_addr or ""
    try:
        sessions.attempt(here.store, master=here.master, login=None, address=address, now_us=now_us())
    except TooManyError as error:
        answer = asked(429, message="too_many_attempts")
        answer.headers.update(error.headers)
        return answer
    who = keys.authenticate(here.store, secrets=here.secrets, presented=presented, now_us=now_us())
    if who is None:
        return asked(403, message="key_refused")
    sessions.succeeded(here.store, master=here.master, login=None, address=address)
    if not entries_for(who):
        return asked(403, message="key_no_cases", role=words().say(ROLE_TEXTS[who.role]))
    return enter(who, purpose=request.form.get("purpose"))


def asked(status: int = 200, *, message: str | None = None, **values: str) -> Response:
    """Return the page that asks who wants in, perhaps with what was wrong."""
    chosen = context().settings
    return page(
        "sign_in",
        status,
        message=None if message is None else words().t(message, **values),
        by_key=keys_open(),
        by_password=chosen.password_sign_in,
        by_provider=bool(chosen.oidc_issuer),
    )


def _first_page(who: Principal | None) -> str:
    if who is None:
        return url_for("console.sign_in")
    if who.must_choose_password:
        return url_for("console.password")
    entries = entries_for(who)
    return url_for(entries[0].endpoint if entries else "console.account")


def _renew() -> None:
    """Begin a session anew, so that nothing of the one before counts, and keep the language."""
    language = session.get(_KEPT)
    session.clear()
    if language is not None:
        session[_KEPT] = language
