"""What every list that is taken along has in common: language, simulated data, its end, Excel or CSV, the trail.

A list says in a module of its own what is in it (`Content`); everything else is said here, once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from babel import Locale

from models.texts import Text
from models.times import date_of
from risk_service.code_texts import CODES
from risk_service.geography import region_name
from risk_service.policy import Action
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.services.keys import Secrets
from risk_service.services.sheets import CUT, SIMULATED, Column, File, Kind, Language, Sheet, to_csv, to_xlsx
from risk_service.store import MasterKey, Store
from risk_service.store import deliveries as kept

if TYPE_CHECKING:
    from risk_service.services.reader import CaseReader
    from risk_service.services.worklist import Making

FORMS: Final = {"xlsx": to_xlsx, "csv": to_csv}
"""What a list can be taken along as."""
MOST_ROWS: Final = 2000

Titled = tuple[Text, Kind, int]
"""Title, kind and width of a column."""

DEPARTS: Final[Titled] = (Text("Berangkat", "Departs"), "date", 12)
CASE_NO: Final[Titled] = (Text("No. berkas", "Case no."), "text", 22)
OFFICE: Final[Titled] = (Text("Kantor", "Office"), "text", 16)
STATE: Final[Titled] = (Text("Keadaan", "State"), "text", 22)
LANE: Final[Titled] = (Text("Jalur", "Lane"), "text", 18)
DESTINATION: Final[Titled] = (Text("Negara tujuan", "Destination"), "text", 20)
SCHEME: Final[Titled] = (Text("Skema", "Scheme"), "text", 18)
AGENCY: Final[Titled] = (Text("P3MI/perusahaan", "Agency"), "text", 18)
NAME: Final[Titled] = (Text("Nama", "Name"), "text", 34)
CODE: Final[Titled] = (Text("Kode", "Code"), "text", 14)
KIND: Final[Titled] = (Text("Jenis", "Kind"), "text", 22)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asks for a list, for which, and what it is made with.

    Parameters
    ----------
    query
        As loaded by the list's own schema.
    making
        What a worklist that is made now is made with.
    """

    store: Store
    reading: Reading
    master: MasterKey
    secrets: Secrets
    reader: CaseReader
    making: Callable[[], Making]
    query: Mapping[str, Any]


@dataclass(frozen=True)
class Say:
    """One language of a file."""

    language: Language

    def __call__(self, text: Text | Mapping[str, str], **values: object) -> str:
        """Return a text in this language."""
        chosen = text[self.language] if isinstance(text, Mapping) else str(getattr(text, self.language))
        return chosen.format(**values) if values else chosen

    def code(self, kind: str, value: str | None) -> str | None:
        """Return a code of the contract in words; one that has none stays as it is."""
        known = CODES[kind].get(value) if value is not None else None
        return value if known is None else self(known)

    def country(self, code: str | None) -> str | None:
        """Return a country's name; of one that is not known, its code."""
        return None if code is None else str(Locale(self.language).territories.get(code, code))

    def region(self, code: str | None) -> str | None:
        """Return a region's name; of one that is not known, its code."""
        return None if code is None else region_name(code) or code


@dataclass(frozen=True, kw_only=True)
class Content:
    """What is in a list.

    Parameters
    ----------
    name, title
        Of the file, without day and ending; of the list, in its language.
    columns, rows
        As `sheets.Sheet` has them, titles not yet in a language.
    notes
        What has to be known to read it.
    day
        Of which the list is; None: the day it is made.
    cut
        After how many rows it ends early; None: it is whole.
    trail, subject, entry
        What the trail is told besides how many rows there are, whom it is about, and the kind of entry.
    """

    name: str
    title: str
    columns: Sequence[Titled]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()
    day: dt.date | None = None
    cut: int | None = None
    trail: Mapping[str, Any] = field(default_factory=dict)
    subject: str | None = None
    entry: str = "list.export"


Make = Callable[[Asked, Say], Content]


def hand_out(asked: Asked, make: Make, *, action: Action, form: str, language: Language = "id") -> File:
    """Return a list as a file, and keep in the trail that it was taken along.

    Parameters
    ----------
    make
        Says what is in it.
    action
        What somebody has to be allowed to take it along.
    form
        One of `FORMS`.

    Raises
    ------
    NotAllowedError, NotFoundError
        The role takes no such list along; what is asked for is another office's.
    """
    asked.reading.principal.require(action)
    say = Say(language)
    content = make(asked, say)
    detail = {**content.trail, "form": form, "rows": len(content.rows)}
    audit.record(asked.store, asked.reading, action=content.entry, subject=content.subject, detail=detail)
    with asked.store.reading() as connection:
        simulated = kept.is_simulated(connection)
    notes = [*content.notes, *([say(SIMULATED)] if simulated else [])]
    notes += [say(CUT, n=content.cut)] if content.cut is not None else []
    columns = [Column(say(title), kind, width) for title, kind, width in content.columns]
    made = Sheet(title=content.title, columns=columns, rows=content.rows, notes=notes)
    day = date_of(asked.reading.now_us) if content.day is None else content.day
    return FORMS[form](made, name=f"{content.name}-{day.isoformat()}")


def tokens(master: MasterKey, people: Sequence[str]) -> list[str]:
    """Return the people of a list as the trail names them."""
    return [audit.subject_token(master, person) for person in people]
