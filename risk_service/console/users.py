"""Accounts and sessions of everybody, for administrators."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from risk_service.auth import context, now_us, principal, session_secret
from risk_service.console._frame import page, pages
from risk_service.errors import InvalidError, ServiceError
from risk_service.policy import ROLE_TEXTS
from risk_service.services import sessions
from risk_service.services import users as service


@pages.get("/users")
def users() -> Response:
    """List accounts and open sessions."""
    return _listed()


@pages.post("/users")
def add_user() -> Response:
    """Make an account and show its password, once."""
    form = request.form
    try:
        user, secret = service.add(
            context().store,
            by=principal(),
            login=form.get("login", ""),
            name=form.get("name", ""),
            role=form.get("role", ""),
            office=form.get("office"),
            password=form.get("password") == "yes",
            now_us=now_us(),
        )
    except ServiceError as error:
        return _listed(error.status, fault=error)
    return _listed(login=user.login, secret=secret)


@pages.post("/users/<opaque:user_id>")
def change_user(user_id: str) -> Response:
    """Change an account: role and office, a new password, disabled or enabled, its sessions."""
    store, who, form = context().store, principal(), request.form
    wanted = form.get("do")
    try:
        if wanted == "reset":
            user = service.named(store, user_id)
            return _listed(login=user.login, secret=service.reset(store, by=who, user_id=user_id, now_us=now_us()))
        if wanted == "change":
            service.change(
                store,
                by=who,
                user_id=user_id,
                role=form.get("role", ""),
                office=form.get("office"),
                now_us=now_us(),
            )
        elif wanted == "disable":
            service.disable(store, by=who, user_id=user_id, now_us=now_us())
        elif wanted == "enable":
            service.enable(store, by=who, user_id=user_id, now_us=now_us())
        elif wanted == "end":
            sessions.end_of(store, by=who, user_id=user_id, but=None, now_us=now_us())
        else:
            raise InvalidError("Nothing was asked for.")
    except ServiceError as error:
        return _listed(error.status, fault=error)
    return redirect(url_for("console.users"), 303)


@pages.post("/sessions/<opaque:session_id>")
def end_session(session_id: str) -> Response:
    """End anybody's session."""
    sessions.end(context().store, by=principal(), session_id=session_id, now_us=now_us())
    return redirect(url_for("console.users"), 303)


def _listed(
    status: int = 200, *, fault: ServiceError | None = None, login: str | None = None, secret: str | None = None
) -> Response:
    store, who = context().store, principal()
    return page(
        "users",
        status,
        users=service.listed(store, by=who),
        sessions=sessions.listed(store, by=who, secret=session_secret(), everybody=True, now_us=now_us()),
        roles=ROLE_TEXTS,
        fault=fault,
        login=login,
        secret=secret,
        provider=bool(context().settings.oidc_issuer),
        section="users",
    )
