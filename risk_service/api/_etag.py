"""Versions of things that several officers may change: ETag on answers, If-Match on changes."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import request

from risk_service.errors import Fault, PreconditionFailedError

IF_MATCH: Final = "If-Match"
_FORM: Final = re.compile(r'"([0-9]{1,9})"')
DOC: Final = {
    "parameters": [
        {
            "in": "header",
            "name": IF_MATCH,
            "required": False,
            "description": "The ETag that was read; if the thing has been changed since, the answer is 412.",
            "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
        }
    ]
}
"""Documents the header; for ``blueprint.doc``."""


def seen_version() -> int | None:
    """Return the version that the client has read, of If-Match; None if it does not say.

    Raises
    ------
    PreconditionFailedError
        It is no version that was given out.
    """
    given = request.headers.get(IF_MATCH)
    if given is None or given.strip() == "*":
        return None
    match = _FORM.fullmatch(given.strip())
    if match is None:
        fault = Fault("no ETag of this interface", header=IF_MATCH)
        raise PreconditionFailedError("That version was never given out.", faults=[fault])
    return int(match[1])


def tagged(found: dict[str, Any], status: int = 200, **headers: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return a thing with its version as the ETag of the answer."""
    return found, status, {"ETag": f'"{found["version"]}"', **headers}
