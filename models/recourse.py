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

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.directory import Office
from models.features.catalogue import INDEX
from models.ledger import EXPIRED, NONE
from models.schema import STEPS
from models.texts import OFFICE_TITLES, SAFETY, SAFETY_STEPS, STEP_TITLES, Text

if TYPE_CHECKING:
    from models.facts import Facts, Flags
    from models.features.catalogue import Matrix
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


def kind_codes(situation: Situation) -> NDArray[np.int8]:
    """Kind of way back of every case as its place in :data:`KINDS`, shape (n,)."""
    lane = situation.cases["lane"]
    return codes_from(
        situation.facts,
        situation.x,
        register=(lane == "register").to_numpy(),
        protection=(lane == "protection").to_numpy(),
    )


def kind_of(facts: Facts, x: Matrix, *, lane: str) -> str:
    """Kind of way back of one case."""
    register, protection = (np.array([lane == name]) for name in ("register", "protection"))
    return _NAMES[int(codes_from(facts, x, register=register, protection=protection)[0])]


def codes_from(facts: Facts, x: Matrix, *, register: Flags, protection: Flags) -> NDArray[np.int8]:
    """As :func:`kind_codes`, from the facts and features of some cases and which are in these lanes."""
    steps = facts.steps
    missing = steps.missing
    any_missing = missing.any(axis=1)
    durations = (steps.plans.duration[steps.plans.of_case] * missing).sum(axis=1)
    days_left = x[:, INDEX["days_to_departure"]]
    licence = x[:, INDEX["licence_state"]]
    contradicts = np.logical_or.reduce([x[:, INDEX[name]] == 1 for name in CONTRADICTIONS])
    # The last that holds decides, so the order is that of the kinds from the weakest to the strongest.
    result = np.full(len(x), _NAMES.index("complete"), dtype=np.int8)
    for name, holds in (
        ("steps", any_missing | register),
        ("postpone", any_missing & (durations > days_left)),
        ("change_agency", (licence >= EXPIRED) & (licence <= NONE)),
        ("ask_first", contradicts & ~register),
        ("no_lawful_route", facts.flag["closed"] | facts.flag["no_channel"]),
        ("protection", protection),
    ):
        result[holds] = _NAMES.index(name)
    return result


def kinds(situation: Situation) -> NDArray[np.str_]:
    """Kind of way back of every case, shape (n,)."""
    return np.array(_NAMES)[kind_codes(situation)]


def contradictions(case: OneCase) -> list[Text]:
    """What of one case's records contradicts, in the order of :data:`CONTRADICTIONS`."""
    return [text for name, text in CONTRADICTIONS.items() if case.x[0, INDEX[name]] == 1]


@dataclass(frozen=True)
class NextStep:
    """One missing step: who issues it, where, how long it usually takes, what to say."""

    step: str
    issuer: str
    office: Office | None
    usual_days: int
    can_tell: bool
    text: Text


def next_steps(case: OneCase) -> list[NextStep]:
    """Missing steps of one case, in lawful order."""
    steps = case.facts.steps
    plans = steps.plans
    plan = int(plans.of_case[0])
    row = case.row
    result = []
    missing = steps.missing[0]
    wanted = [j for j in plans.orders[plan] if missing[j]]
    if row["lane"] == "register":
        wanted = [STEPS.index("registration")]
    for j in wanted:
        issuers = plans.issuers[plans.issuer[plan, j]] if plans.issuer[plan, j] >= 0 else ("disnaker",)
        office = case.directory.find(issuers, row["region"], row["office"])
        title = STEP_TITLES[STEPS[j]]
        place = Text(office.name, office.name) if office is not None else OFFICE_TITLES[issuers[0]]
        text = Text(f"{title.id} → {place.id}", f"{title.en} → {place.en}")
        if STEPS[j] in SAFETY_STEPS:
            text = Text(f"{text.id}. {SAFETY.id}", f"{text.en}. {SAFETY.en}")
        result.append(
            NextStep(
                step=STEPS[j],
                issuer=issuers[0],
                office=office,
                usual_days=int(plans.duration[plan, j]),
                can_tell=not bool(steps.unknown[0, j]),
                text=text,
            )
        )
    return result
