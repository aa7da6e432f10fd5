"""The store: append-only feeds, scores with their history, runs, keys, audit; on SQLite or PostgreSQL.

``open_store(url) -> Store`` opens it; a new SQLite file is made ready at once. ``with store.reading() as connection``
sees one state until it is left; ``with store.writing() as connection`` keeps all changes or none. The modules beside
this one are functions over such a connection: `deliveries`, `feeds`, `persons`, `scores`, `runs`, `counts`, `keys`,
`audit`. :class:`MasterKey` seals what identifies a person; nothing but ingest and the look-up of a person needs it.
"""

from __future__ import annotations

from risk_service.store.crypto import MasterKey, PersonKey
from risk_service.store.engine import Store
from risk_service.store.opening import open_store

__all__ = ["MasterKey", "PersonKey", "Store", "open_store"]
