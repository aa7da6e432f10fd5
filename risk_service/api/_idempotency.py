"""The header ``Idempotency-Key`` on writes that create something."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, Final

from flask import Response, jsonify, request

from risk_service.auth import context, now_us, principal
from risk_service.errors import Fault, InvalidError
from risk_service.services.idempotency import Answer
from risk_service.services.idempotency import once as carry_out_once

HEADER: Final = "Idempotency-Key"
_FORM: Final = re.compile(r"[\x21-\x7e]{8,200}")
_KEPT: Final = ("Location", "ETag")
_BLOCK: Final = 1 << 20
_DOC: Final = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "One per intention: sent again with the same request, it gets the first answer, for two days.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 200},
}

View = Callable[..., Response]


def idempotent(view: View) -> View:
    """Make a view answer a repeated request with its first answer.

    Stands above ``blueprint.response``, since what is remembered is the answer as it was sent.
    """

    @wraps(view)
    def once(*args: Any, **more: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **more)
        if not _FORM.fullmatch(key):
            fault = Fault("8 to 200 visible ASCII characters", header=HEADER)
            raise InvalidError("The idempotency key cannot be used.", faults=[fault])
        answer = carry_out_once(
            context().store,
            master=context().master,
            principal=principal(),
            key=key,
            request=_request(),
            now_us=now_us(),
            do=lambda: _answer(view(*args, **more)),
        )
        response = jsonify(answer.body)
        response.status_code = answer.status
        response.headers.update(answer.headers)
        if answer.repeated:
            response.headers["Idempotency-Replayed"] = "true"
        return response

    documented = deepcopy(getattr(once, "_apidoc", {}))
    documented.setdefault("manual_doc", {}).setdefault("parameters", []).append(_DOC)
    once._apidoc = documented  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
    return once


def _answer(response: Response) -> Answer:
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    return Answer(response.status_code, response.get_json(), headers)


def _request() -> bytes:
    """Return what the request is, as bytes: method, path and body, files by their content."""
    parts = [request.method.encode(), request.path.encode()]
    if request.files:
        for name, file in sorted(request.files.items()):
            parts += [name.encode(), _digest_of(file.stream)]
    else:
        parts.append(request.get_data())
    return b"\0".join(parts)


def _digest_of(stream: Any) -> bytes:
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    stream.seek(0)
    return digest.digest()
