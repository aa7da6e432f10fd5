"""Opening a store: a new SQLite file is made ready at once, anything else must have been migrated."""

from __future__ import annotations

from pathlib import Path

from models.errors import StoreError
from risk_service.store import migrate
from risk_service.store.engine import Store, make_engine


def open_store(url: str, *, any_revision: bool = False) -> Store:
    """Open the store that ``url`` names.

    Parameters
    ----------
    url
        ``sqlite:///file`` or ``postgresql://user:password@host/name``.
    any_revision
        Do not look at its revision: for migrating it. A new SQLite file is then left empty.

    Raises
    ------
    StoreError
        It cannot be reached, or was made by another version.
    """
    store = Store(make_engine(url))
    try:
        if store.kind == "sqlite":
            _make_folder(Path(str(store.engine.url.database)).parent)
        if not any_revision:
            if store.kind == "sqlite" and migrate.is_empty(store):
                migrate.upgrade(store)
            migrate.require_head(store)
    except BaseException:
        store.close()
        raise
    return store


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be used: {error.strerror}.") from None
