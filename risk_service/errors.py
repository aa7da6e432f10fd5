"""The service's errors, and the one place that turns any error into a problem (RFC 9457).

Services raise the classes below; the HTTP interface renders `Problem` as ``application/problem+json`` and the console
as a page. Texts of errors outside this tree never reach a client: they may quote data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar, Final

from models.errors import ContractError, ReleaseError, RiskError, RuleError, StoreError
from models.texts import Text

PROBLEM: Final = "application/problem+json"
_URN: Final = "urn:risk-service:problem:"
_RETRY_SECONDS: Final = 10


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request.

    Parameters
    ----------
    detail
        What is wrong; never quotes the value.
    pointer
        JSON pointer into the body, as a URI fragment (``#/registration/scheme``).
    parameter, header
        Name of the query parameter, path parameter or header instead.
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None

    def as_dict(self) -> dict[str, str]:
        """Return the members that are set."""
        members = {"detail": self.detail, "pointer": self.pointer, "parameter": self.parameter, "header": self.header}
        return {name: value for name, value in members.items() if value is not None}


class ServiceError(RiskError):
    """An error with a place in HTTP.

    Parameters
    ----------
    message, what_to_do
        As for `RiskError`; both are shown to the client.
    faults
        The single things that are wrong.
    headers
        Headers of the answer.
    text
        The message in both languages, where a page shows it beside the form it is about.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "The server failed"

    def __init__(
        self,
        message: str,
        *,
        what_to_do: str | None = None,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        text: Text | None = None,
    ) -> None:
        super().__init__(message, what_to_do=what_to_do)
        self.text = text
        self.faults = tuple(faults)
        self.headers = dict(headers or {})


class BadRequestError(ServiceError):
    """The request cannot be read at all."""

    status, slug, title = 400, "bad-request", "The request cannot be read"


class NotAuthenticatedError(ServiceError):
    """No key, or one that does not count (any more)."""

    status, slug, title = 401, "not-authenticated", "A valid key is needed"


class NotAllowedError(ServiceError):
    """The role of the key does not allow this."""

    status, slug, title = 403, "not-allowed", "The key's role does not allow this"


class NotFoundError(ServiceError):
    """No such thing, or none in the key's scope; the two look alike on purpose."""

    status, slug, title = 404, "not-found", "Not found"


class ConflictError(ServiceError):
    """The thing is in another state than the request takes for granted."""

    status, slug, title = 409, "conflict", "In conflict with the present state"


class PreconditionFailedError(ServiceError):
    """The thing has been changed since the client read it."""

    status, slug, title = 412, "changed-meanwhile", "It was changed meanwhile"


class TooLargeError(ServiceError):
    """The body, or what it unpacks to, is too large."""

    status, slug, title = 413, "too-large", "The body is too large"


class MediaTypeError(ServiceError):
    """The body is of a type that is not read here."""

    status, slug, title = 415, "media-type", "This media type is not read here"


class InvalidError(ServiceError):
    """The request was read and does not fit."""

    status, slug, title = 422, "invalid", "The request does not fit"


class KeyReusedError(ServiceError):
    """An idempotency key came back with another request."""

    status, slug, title = 422, "idempotency-key-reused", "The idempotency key was used for another request"


class BusyError(ServiceError):
    """The same work is under way."""

    status, slug, title = 409, "busy", "The same work is under way"


class TooManyError(ServiceError):
    """More than is allowed within a time."""

    status, slug, title = 429, "too-many-requests", "Too many requests"


class UnavailableError(ServiceError):
    """Something the answer needs is not there at the moment."""

    status, slug, title = 503, "unavailable", "Not available at the moment"


class ErasedError(ServiceError):
    """What was asked for has been erased under a retention policy."""

    status, slug, title = 410, "erased", "Erased"


@dataclass(frozen=True)
class Problem:
    """An error as a client sees it."""

    status: int
    slug: str
    title: str
    detail: str
    faults: tuple[Fault, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self, request_id: str) -> dict[str, Any]:
        """Return the members of the problem document of one request."""
        members: dict[str, Any] = {
            "type": f"{_URN}{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{request_id}",
        }
        if self.faults:
            members["errors"] = [fault.as_dict() for fault in self.faults]
        return members


_HTTP: Final[dict[int, tuple[str, str, str]]] = {
    400: ("bad-request", "The request cannot be read", "The request is not well-formed."),
    404: ("not-found", "Not found", "There is nothing at this address."),
    405: ("method-not-allowed", "This method is not allowed here", "The header Allow lists the methods that are."),
    406: ("not-acceptable", "None of the accepted types is to be had", "Answers are application/json."),
    413: ("too-large", "The body is too large", "The body exceeds what the server accepts here."),
    414: ("uri-too-long", "The address is too long", "Shorten the query."),
    415: ("media-type", "This media type is not read here", "Send application/json."),
    429: ("too-many-requests", "Too many requests", "Wait as long as the header Retry-After says."),
    431: ("headers-too-large", "The headers are too large", "Send fewer or shorter headers."),
}
_RISK: Final[tuple[tuple[type[RiskError], int, str, str, str | None], ...]] = (
    # A message of None means: the error's own, which is written for whoever sent the data.
    (ContractError, 422, "contract", "The data do not fit the contract", None),
    (ReleaseError, 503, "no-release", "No usable release", "No release fits these data; nothing can be scored."),
    (StoreError, 503, "store", "The store does not answer", "The database cannot be used at the moment."),
    (
        RuleError,
        422,
        "rules",
        "The rules do not cover this",
        "The rule tables do not reach back to the time asked for.",
    ),
)


def problem_of_status(status: int, *, headers: Mapping[str, str] | None = None) -> Problem:
    """Return the problem of an HTTP status that no code of ours raised."""
    phrase = HTTPStatus(status).phrase
    slug, title, detail = _HTTP.get(status, (phrase.lower().replace(" ", "-"), phrase, f"{phrase}."))
    return Problem(status, slug, title, detail, headers=headers or {})


def problem_of(error: BaseException) -> Problem:
    """Return the problem of any error; one that is not ours says nothing but that the server failed."""
    if isinstance(error, ServiceError):
        headers = {**_later(error.status), **error.headers}
        return Problem(error.status, error.slug, error.title, str(error), error.faults, headers)
    if isinstance(error, RiskError):
        for kind, status, slug, title, detail in _RISK:
            if isinstance(error, kind):
                return Problem(status, slug, title, detail or str(error), headers=_later(status))
    return Problem(
        ServiceError.status,
        ServiceError.slug,
        ServiceError.title,
        "The server failed while answering; the request's number is in its log.",
    )


def _later(status: int) -> dict[str, str]:
    """When to ask again for what is not to be had at the moment."""
    return {"Retry-After": str(_RETRY_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
