"""A page of a list of casework records: what its findings, corrections and overrides share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.services.cursors import read, write
from risk_service.store.records import Item, Records


def page_of(
    records: Records[Item],
    connection: Connection,
    *conditions: sa.ColumnElement[bool],
    by: sa.Column[Any],
    query: Mapping[str, Any],
    key: bytes,
    of: Mapping[str, Any],
    latest_first: bool = True,
) -> tuple[list[Item], str | None]:
    """Return a page's records under all conditions, and the cursor of what follows; None at the end.

    Parameters
    ----------
    by
        A time that orders the list, set for every record under the conditions; the key settles ties.
    query
        ``limit``, and ``cursor`` for a page after the first.
    key
        Signs cursors.
    of
        What the list is: filters and order.

    Raises
    ------
    InvalidError
        The cursor is of another list.
    """
    place = (by, records.key)
    if "cursor" in query:
        after = sa.tuple_(*(sa.literal(value) for value in read(query["cursor"], key=key, of=of)))
        conditions += ((sa.tuple_(*place) < after) if latest_first else (sa.tuple_(*place) > after),)
    order = [column.desc() if latest_first else column.asc() for column in place]
    limit = query["limit"]
    found = records.find(connection, *conditions, order=order, limit=limit + 1)
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], write(tuple(getattr(last, column.name) for column in place), key=key, of=of)
