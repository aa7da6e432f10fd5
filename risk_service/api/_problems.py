"""Every error that reaches the edge as a `Problem`, and a problem as ``application/problem+json``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Response
from werkzeug.exceptions import HTTPException

from risk_service.errors import PROBLEM, Fault, InvalidError, Problem, problem_of, problem_of_status

# Headers of Flask's own errors that carry meaning beyond the body.
_KEPT: Final = ("Allow", "Retry-After", "WWW-Authenticate")


def respond(problem: Problem, *, request_id: str) -> Response:
    """Return the answer that carries `problem`."""
    body = json.dumps(problem.as_dict(request_id), ensure_ascii=False)
    return Response(body, status=problem.status, content_type=PROBLEM, headers=dict(problem.headers))


def problem_of_exception(error: Exception) -> Problem:
    """Return the problem of any exception: ours, Flask's, or one that nobody expected."""
    if not isinstance(error, HTTPException):
        return problem_of(error)
    messages = getattr(error, "data", {}).get("messages")
    if messages and error.code == InvalidError.status:
        return problem_of(invalid(messages))
    headers = {name: value for name, value in error.get_headers() if name in _KEPT}
    return problem_of_status(error.code or 500, headers=headers)


def invalid(messages: Mapping[str, Any]) -> InvalidError:
    """Return the error of what validation found, by location (``json``, ``query`` …)."""
    faults = [fault for location, found in messages.items() for fault in _faults(location, found)]
    several = "one value does not fit" if len(faults) == 1 else f"{len(faults)} values do not fit"
    return InvalidError(f"The request was read, but {several}.", faults=faults[:100])


def _faults(location: str, found: Any) -> Iterator[Fault]:
    for path, detail in _leaves(found, ()):
        if location in ("json", "files", "form"):
            yield Fault(detail, pointer="#" + "".join(f"/{_escape(part)}" for part in path))
        elif location == "headers":
            yield Fault(detail, header=".".join(path))
        else:
            yield Fault(detail, parameter=".".join(path))


def _leaves(found: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(found, Mapping):
        for name, below in found.items():
            yield from _leaves(below, path if name == "_schema" else (*path, str(name)))
    elif isinstance(found, (list, tuple)):
        for below in found:
            yield from _leaves(below, path)
    else:
        yield path, str(found)


def _escape(part: str) -> str:
    return part[:80].replace("~", "~0").replace("/", "~1")
