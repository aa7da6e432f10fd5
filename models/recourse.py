"""The way back to a procedural departure, by kind (design: recourse has a kind, it is never an accusation).

``protection``       a minor
``no_lawful_route``  destination closed or without a channel
``ask_first``        records contradict each other
``change_agency``    the agency cannot place anybody now
``postpone``         the missing steps usually take longer than the days left
``steps``            steps are missing
``complete``         nothing is missing
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.directory import Office
from models.ledger import EXPIRED, NONE
from models.schema import STEPS
from models.steps import NEVER
from models.texts import OFFICE_TITLES, SAFETY, SAFETY_STEPS, STEP_TITLES, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.facts import SomeFacts
    from models.single.case import OneCase
    from models.situation import Situation

KINDS: Final = {
    "protection": Text(
        "Anak di bawah 18 tahun: rujuk ke layanan perlindungan anak.", "Under 18: refer to child protection services."
    ),
    "no_lawful_route": Text(
        "Saat ini tidak ada jalur resmi ke tujuan ini; bicarakan tujuan lain.",
        "There is no lawful route to this destination now; talk about others.",
    ),
    "ask_first": Text(
        "Catatan saling bertentangan: tanyakan dahulu kepada calon, berdua saja.",
        "Records contradict each other: ask the candidate first, alone.",
    ),
    "change_agency": Text(
        "P3MI ini tidak dapat menempatkan saat ini: bantu pindah P3MI.",
        "This agency cannot place anybody now: help to change agency.",
    ),
    "postpone": Text(
        "Waktu tersisa kurang untuk langkah yang belum ada: bantu menunda keberangkatan.",
        "Too little time is left for the missing steps: help to postpone.",
    ),
    "steps": Text("Bantu lengkapi langkah berikut, sesuai urutan.", "Help complete the following steps, in order."),
    "complete": Text("Berkas lengkap.", "File complete."),
}

CONTRADICTIONS: Final = {
    "dest_mismatch": Text(
        "Perjalanan yang tercatat menuju negara lain daripada yang didaftarkan.",
        "The itinerary on record leads to another country than the registration.",
    ),
    "visa_purpose_gap": Text(
        "Visa yang tercatat untuk kunjungan atau umrah, sedangkan rencananya bekerja.",
        "The visa on record is for a visit or umrah, while the plan is to work.",
    ),
    "nik_dob_gap": Text(
        "Tanggal lahir tidak cocok dengan NIK; dapat karena sebab yang wajar.",
        "The birth date does not fit the NIK; the cause may be innocent.",
    ),
}
"""What makes records contradict each other, by feature: what to ask the candidate about."""


_NAMES: Final = tuple(KINDS)
_ELSE: Final = "complete"
_FIRST_DESK: Final = ("disnaker",)


def kind_codes(situation: Situation) -> NDArray[np.int8]:
    """Kind of way back of every case as its place in :data:`KINDS`, shape (n,)."""
    lane = situation.cases["lane"]
    result = np.full(len(lane), _NAMES.index(_ELSE), dtype=np.int8)
    for name, holds in _kinds_of(
        situation.facts,
        situation.feature,
        register=(lane == "register").to_numpy(),
        protection=(lane == "protection").to_numpy(),
    ):
        result[holds] = _NAMES.index(name)
    return result


def kind_of(case: OneCase) -> str:
    """Kind of way back of one case."""
    lane = case.row["lane"]
    found = _kinds_of(case.facts, case.feature, register=lane == "register", protection=lane == "protection")
    return next((name for name, holds in reversed(found) if holds), _ELSE)


def _kinds_of(
    facts: SomeFacts, feature: Callable[[str], Any], *, register: Any, protection: Any
) -> Sequence[tuple[str, Any]]:
    """Kinds with what they hold for, from the weakest to the strongest: the last that holds decides.

    Parameters
    ----------
    feature
        A feature of the same cases by its name.
    register, protection
        Which are in these lanes.
    """
    steps, how = facts.steps, facts.how
    missing = steps.some(steps.missing)
    licence = feature("licence_state")
    contradicts = how.any_of([feature(name) == 1 for name in CONTRADICTIONS])
    return (
        ("steps", missing | register),
        ("postpone", missing & (steps.days_missing > feature("days_to_departure"))),
        ("change_agency", (licence >= EXPIRED) & (licence <= NONE)),
        ("ask_first", contradicts & how.no(register)),
        ("no_lawful_route", facts.flag["closed"] | facts.flag["no_channel"]),
        ("protection", protection),
    )


def kinds(situation: Situation) -> NDArray[np.str_]:
    """Kind of way back of every case, shape (n,)."""
    return np.array(_NAMES)[kind_codes(situation)]


def contradictions(case: OneCase) -> list[Text]:
    """What of one case's records contradicts, in the order of :data:`CONTRADICTIONS`."""
    return [text for name, text in CONTRADICTIONS.items() if case.feature(name) == 1]


class NextStep(NamedTuple):
    """One missing step: who issues it, where, how long it usually takes, what to say."""

    step: str
    issuer: str
    office: Office | None
    usual_days: int
    can_tell: bool
    text: Text


def next_steps(case: OneCase) -> list[NextStep]:
    """Missing steps of one case, in lawful order."""
    steps, row = case.facts.steps, case.row
    plan = steps.plan
    wanted = [j for j in plan.order if steps.done[j] == NEVER]
    if row["lane"] == "register":
        wanted = [STEPS.index("registration")]
    result = []
    for j in wanted:
        issuers = plan.issuers[j] or _FIRST_DESK
        office = case.directory.find(issuers, row["region"], row["office"])
        result.append(
            NextStep(
                step=STEPS[j],
                issuer=issuers[0],
                office=office,
                usual_days=plan.duration[j],
                can_tell=not steps.has(steps.unknown, STEPS[j]),
                text=_step_text(
                    STEPS[j], issuers[0] if office is None else None, "" if office is None else office.name
                ),
            )
        )
    return result


@lru_cache(maxsize=2048)
def _step_text(step: str, issuer: str | None, office: str) -> Text:
    """What to say of a step: where it is done, by the kind of office where none is known."""
    title, place = STEP_TITLES[step], Text(office, office) if issuer is None else OFFICE_TITLES[issuer]
    text = Text(f"{title.id} → {place.id}", f"{title.en} → {place.en}")
    return Text(f"{text.id}. {SAFETY.id}", f"{text.en}. {SAFETY.en}") if step in SAFETY_STEPS else text
