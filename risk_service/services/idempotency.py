"""A request that is sent twice is carried out once: the second time gets the first time's answer."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from models.times import US_PER_DAY, US_PER_SECOND
from risk_service.errors import BusyError, KeyReusedError
from risk_service.policy import Principal
from risk_service.store import MasterKey, Store
from risk_service.store import idempotency as repository

_PURPOSE: Final = "remembered answers"
KEPT_US: Final = 2 * US_PER_DAY
# A request whose process died is given up after this time and may be tried again.
_GIVEN_UP_US: Final = 900 * US_PER_SECOND


@dataclass(frozen=True)
class Answer:
    """Status, body and headers worth keeping of an answer."""

    status: int
    body: Any
    headers: dict[str, str]
    repeated: bool = False


def once(
    store: Store,
    *,
    master: MasterKey,
    principal: Principal,
    key: str,
    request: bytes,
    now_us: int,
    do: Callable[[], Answer],
) -> Answer:
    """Carry a request out, or return its first answer.

    Parameters
    ----------
    master
        Seals the answer while it is remembered: it may say what somebody wrote about a person.
    key
        Chosen by the client, one per intention.
    request
        What the request is: method, route and body. The same key with another request is refused.
    do
        Carries it out. When it raises, nothing is remembered and the request may be tried again.

    Raises
    ------
    KeyReusedError, BusyError
        The key came with another request; the first request is still under way.
    """
    digest = hashlib.sha256(request).digest()
    mine = {"principal": principal.key_id, "key": key}
    remembered = _begin(store, digest=digest, now_us=now_us, **mine)
    if remembered is not None:
        if remembered.request_digest != digest:
            raise KeyReusedError(
                "This idempotency key was sent with another request.", what_to_do="Use a new key for a new request."
            )
        if remembered.response is None:
            raise BusyError("The first request with this idempotency key is still under way.")
        kept = json.loads(master.open_sealed(_PURPOSE, base64.b64decode(remembered.response)))
        return Answer(remembered.status or 200, kept["body"], kept["headers"], repeated=True)
    try:
        answer = do()
    except BaseException:
        with store.writing() as connection:
            repository.forget(connection, **mine)
        raise
    said = json.dumps({"body": answer.body, "headers": answer.headers})
    response = base64.b64encode(master.seal(_PURPOSE, said.encode())).decode()
    with store.writing() as connection:
        repository.finish(connection, status=answer.status, response=response, **mine)
    return answer


def _begin(store: Store, *, principal: str, key: str, digest: bytes, now_us: int) -> repository.Remembered | None:
    """Remember the request as under way, unless it is remembered already."""
    try:
        with store.writing() as connection:
            repository.forget_before(connection, now_us - KEPT_US)
            found = repository.find(connection, principal=principal, key=key)
            if found is not None and found.response is None and found.created_at_us < now_us - _GIVEN_UP_US:
                repository.forget(connection, principal=principal, key=key)
                found = None
            if found is None:
                repository.begin(connection, principal=principal, key=key, request_digest=digest, at_us=now_us)
            return found
    except IntegrityError:  # another process has just begun the same
        with store.reading() as connection:
            return repository.find(connection, principal=principal, key=key)
