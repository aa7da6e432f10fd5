"""Turning the pages of a page's lists: each list has a name in the address, and the others stay where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from flask import request, url_for

from risk_service.console._forms import Again
from risk_service.services.cursors import Page

PER_PAGE: Final = 50


@dataclass(frozen=True, kw_only=True)
class Part:
    """The part of a list that is shown.

    Parameters
    ----------
    items
        In the list's order.
    first_url, next_url
        Where the list begins, and where it goes on; None: it is shown from its beginning, or to its end.
    """

    items: Sequence[Mapping[str, Any]]
    first_url: str | None
    next_url: str | None


class Places:
    """Where each list of a page is, as the page's address says.

    Parameters
    ----------
    endpoint
        Of the page.
    names
        Of its lists, in the address.
    again
        The page that is shown once more, because a form on it did not fit: its address counts, not the form's.
    kept
        What else the address says on every page of the lists.
    """

    def __init__(
        self,
        endpoint: str,
        names: Sequence[str],
        *,
        again: Again | None = None,
        kept: Mapping[str, str] | None = None,
    ) -> None:
        given = request.args.to_dict(flat=False) if again is None else parse_qs(urlsplit(again.here).query)
        self._endpoint = endpoint
        self._kept = dict(kept or {})
        self._cursors = {name: given[name][0] for name in names if given.get(name, [""])[0]}

    def part(self, name: str, find: Callable[[Mapping[str, Any]], Page]) -> Part:
        """Return the part of a list that is shown: what ``find`` returns for its ``limit`` and ``cursor``.

        Raises
        ------
        InvalidError
            The address holds a cursor of another list.
        """
        cursor = self._cursors.get(name)
        found = find({"limit": PER_PAGE} if cursor is None else {"limit": PER_PAGE, "cursor": cursor})
        return Part(
            items=found.items,
            first_url=None if cursor is None else self._url(name, None),
            next_url=None if found.next is None else self._url(name, found.next),
        )

    def _url(self, name: str, cursor: str | None) -> str:
        query: dict[str, Any] = {**self._kept, **self._cursors, name: cursor}
        return url_for(self._endpoint, _anchor=name, **query)
