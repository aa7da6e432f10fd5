"""A person's own account: the password, and where they are signed in."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from risk_service.auth import context, now_us, principal, session_secret
from risk_service.console._frame import page, pages
from risk_service.console.texts import TEXTS
from risk_service.errors import InvalidError
from risk_service.services import sessions, users


@pages.get("/account")
def account() -> Response:
    """Show where one is signed in."""
    here = context()
    found = sessions.listed(here.store, by=principal(), secret=session_secret(), everybody=False, now_us=now_us())
    return page("account", sessions=found, has_password=_by_password(), section="account")


@pages.post("/account/sessions")
def end_own_session() -> Response:
    """End one of one's own sessions, or all but this one."""
    here, who = context(), principal()
    if "session" in request.form:
        sessions.end(here.store, by=who, session_id=request.form["session"], now_us=now_us())
    else:
        sessions.end_of(here.store, by=who, user_id=who.key_id, but=session_secret(), now_us=now_us())
    return redirect(url_for("console.account"), 303)


@pages.get("/account/password")
def password() -> Response:
    """Ask for another password."""
    return page("password", fault=None, section="account")


@pages.post("/account/password")
def choose_password() -> Response:
    """Take another password."""
    here, secret = context(), session_secret()
    if request.form.get("chosen") != request.form.get("again"):
        said = TEXTS["password_twice"]
        return page("password", 422, fault=InvalidError(said.en, text=said), section="account")
    try:
        users.choose_password(
            here.store,
            by=principal(),
            present=request.form.get("present", ""),
            chosen=request.form.get("chosen", ""),
            session=None if secret is None else sessions.digest_of(secret),
            now_us=now_us(),
        )
    except InvalidError as error:
        return page("password", 422, fault=error, section="account")
    return redirect(url_for("console.home"), 303)


def _by_password() -> bool:
    return principal().key_id.startswith(users.PREFIX)
