"""Where a page of a list ends, as text that a client passes back and cannot make up.

A cursor holds the sort values of the last item and is bound to the list it came from (its filters and order). It is
signed, so that what comes back is what was given out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from risk_service.errors import Fault, InvalidError

_SIGNATURE: Final = 16

Values = tuple[str | int | float | None, ...]


@dataclass(frozen=True)
class Page:
    """A part of a list.

    Attributes
    ----------
    items
        In the list's order.
    next
        Cursor of what follows; None at the end.
    """

    items: Sequence[Mapping[str, Any]]
    next: str | None


def write(values: Values, *, key: bytes, of: Mapping[str, Any]) -> str:
    """Return the cursor after the item with these sort values.

    Parameters
    ----------
    key
        Signs cursors.
    of
        What the list is: filters and order.
    """
    text = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(text, key, of) + text).decode().rstrip("=")


def read(cursor: str, *, key: bytes, of: Mapping[str, Any]) -> Values:
    """Return the sort values in a cursor.

    Raises
    ------
    InvalidError
        It was not given out by this server for this list.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    signature, text = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not hmac.compare_digest(signature, _sign(text, key, of)):
        raise InvalidError(
            "The cursor does not belong to this list.",
            what_to_do="Use `next` of the page before, with the same filters and order.",
            faults=[Fault("not a cursor of this list", parameter="cursor")],
        )
    return tuple(json.loads(text))


def _sign(text: bytes, key: bytes, of: Mapping[str, Any]) -> bytes:
    listed = json.dumps(of, sort_keys=True, default=str, separators=(",", ":")).encode()
    return hmac.digest(key, hashlib.sha256(listed).digest() + text, hashlib.sha256)[:_SIGNATURE]
