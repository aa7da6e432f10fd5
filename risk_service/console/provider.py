"""Signing in through an OpenID provider: a code flow with PKCE, state and nonce (OpenID Connect Core 1.0).

The provider says who somebody is; the account, which an administrator has made, says what they may do.
"""

from __future__ import annotations

from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app, request, session, url_for
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from risk_service import logs
from risk_service.auth import context, now_us
from risk_service.console._frame import pages
from risk_service.console.sign_in import asked, enter
from risk_service.errors import NotFoundError
from risk_service.services import users
from risk_service.settings import Settings

log: Final = logs.logger(__name__)

_EXTENSION: Final = "risk-service provider"
_SECONDS: Final = 10
_PUBLIC: Final = ("token_endpoint_auth_method", "none")


def connect(app: Flask, settings: Settings) -> None:
    """Make the provider of the settings known to `app`, if there is one; nothing is asked of it yet."""
    if not settings.oidc_issuer:
        return
    oauth = OAuth(app)
    app.extensions[_EXTENSION] = oauth.register(
        "provider",
        client_id=settings.oidc_client,
        client_secret=settings.oidc_secret or None,
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": _SECONDS,
            **({} if settings.oidc_secret else dict([_PUBLIC])),
        },
    )


@pages.get("/sign-in/provider")
def go_to_provider() -> Response:
    """Lead to the provider."""
    client = _client()
    try:
        answer: Response = client.authorize_redirect(url_for("console.back_from_provider", _external=True))
    except (AuthlibBaseError, requests.RequestException, ValueError) as error:
        return _failed(error)
    return answer


@pages.get("/sign-in/return")
def back_from_provider() -> Response:
    """Judge what the provider says, and open a session."""
    client = _client()
    try:
        token = client.authorize_access_token()
    except (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError) as error:
        return _failed(error)
    said = token.get("userinfo")
    if not said or not said.get("sub"):
        return asked(403, message="provider_failed")
    user = users.vouched_for(
        context().store,
        provider=str(said["iss"]),
        subject=str(said["sub"]),
        login=_login(said, context().settings.oidc_login),
        now_us=now_us(),
    )
    if user is None:
        return asked(403, message="provider_refused")
    return enter(users.principal_of(user), purpose=session.get("purpose"))


def _login(said: dict[str, Any], claim: str) -> str | None:
    """Return the claim that names the account; an address that the provider has not verified names nobody."""
    value = said.get(claim)
    if not isinstance(value, str) or (claim == "email" and said.get("email_verified") is not True):
        return None
    return value


def _client() -> Any:
    found = current_app.extensions.get(_EXTENSION)
    if found is None:
        raise NotFoundError("No provider is set up here.")
    return found


def _failed(error: Exception) -> Response:
    log.warning("provider", error=logs.where(error), endpoint=request.endpoint)
    return asked(502, message="provider_failed")
