"""Rows of casework as dataclasses: one way to read, add and change a record that carries a version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from risk_service.store.bulk import changed

Item = TypeVar("Item")


@dataclass(frozen=True)
class Records(Generic[Item]):
    """The rows of a table, each as an item of a dataclass with the table's columns.

    Parameters
    ----------
    table
        With a single key column and a column ``version``.
    item
        The dataclass.
    """

    table: sa.Table
    item: type[Item]

    @property
    def key(self) -> sa.Column[Any]:
        """The key column."""
        return self.table.primary_key.columns[0]

    def add(self, connection: Connection, item: Item) -> None:
        """Add a record."""
        connection.execute(sa.insert(self.table).values(vars(item)))

    def get(self, connection: Connection, key: str) -> Item | None:
        """The record of that key."""
        found = self.find(connection, self.key == key, limit=1)
        return found[0] if found else None

    def find(
        self,
        connection: Connection,
        *conditions: sa.ColumnElement[bool],
        order: Sequence[sa.ColumnElement[Any]] = (),
        limit: int | None = None,
    ) -> list[Item]:
        """Records under all conditions."""
        query = sa.select(self.table).where(*conditions).order_by(*order, self.key)
        if limit is not None:
            query = query.limit(limit)
        return [self._item(row) for row in connection.execute(query).mappings()]

    def change(self, connection: Connection, key: str, version: int, **values: Any) -> bool:
        """Change a record if it still has this version, and give it the next; whether it had."""
        update = sa.update(self.table).where(self.key == key, self.table.c.version == version)
        return changed(connection, update.values(values | {"version": version + 1})) == 1

    def _item(self, row: Any) -> Item:
        names = [field.name for field in fields(self.item)]  # type: ignore[arg-type]
        values = {name: row[name] for name in names}
        return self.item(**{k: bytes(v) if isinstance(v, memoryview) else v for k, v in values.items()})
