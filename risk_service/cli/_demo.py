"""What the demonstration remembers between starts, and what it says once it serves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from risk_service.settings import Settings

NOTES: Final = "demo.json"


class Notes:
    """A small file beside the store, readable by its owner alone: it holds a sign-in key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, str]:
        """Return what was noted; nothing where the file is missing or damaged."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write(self, **values: str) -> None:
        """Note something beside what is noted already."""
        content = json.dumps({**self.read(), **values})
        draft = self._path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(content, encoding="utf-8")
        draft.replace(self._path)


def greeting(chosen: Settings, *, address: str) -> str:
    """Return how to sign in to the demonstration, and one line that works when pasted."""
    key = Notes(chosen.home / NOTES).read().get("key", "(make one: risk-service keys create --role supervisor)")
    some = f"{address}/api/v1/cases?order=risk&limit=1"
    return f"""
Open      {address}/
Sign in   {key}
Interface {address}/docs
Try       curl -H "Authorization: Bearer {key}" -H "X-Purpose: quality_check" "{some}"

All people, agencies and offices are invented. Ctrl-C ends it; the data stay in {chosen.home}."""
