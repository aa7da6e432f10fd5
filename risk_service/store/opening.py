"""Opening a store: a new SQLite file is made ready at once, anything else must have been migrated."""

from __future__ import annotations

from pathlib import Path

from models.errors import StoreError
from risk_service.store import migrate
from risk_service.store.engine import CHECK_FILE, Store, make_engine


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
            _make_file(Path(str(store.engine.url.database)))
        if not any_revision:
            if store.kind == "sqlite" and migrate.is_empty(store):
                migrate.upgrade(store)
            migrate.require_head(store)
    except BaseException:
        store.close()
        raise
    return store


def _make_file(path: Path) -> None:
    """Make folder and file where there are none, the file for its owner alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError as error:
        raise StoreError(f"{path} cannot be used: {error.strerror}.", what_to_do=CHECK_FILE) from None
