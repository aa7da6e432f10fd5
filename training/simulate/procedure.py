"""The lawful steps, in order, with the days before departure by which the orderly have them: kept here only.

From the table of steps by scheme in the domain notes (§1), with the sequence of the Japanese specified-skills
programme, in which the visa comes last, and the short list of who returns. The days are guesses and the simulator's
own (somewhat earlier than the latest usual day): what a score calls overdue is decided by the effective-dated rules.
"""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np

from models.schema import OFFICE_KINDS, PLACEMENTS, SCHEMES, STEPS
from training.simulate.draws import Bools, Floats, Ints

_START: Final = "registration:70"
_FILE: Final = "marital_letter:54 family_consent:50 competency_certificate:44 medical:38"
_AGENCY: Final = f"{_START} selection:60 {_FILE} placement_agreement:34 passport:30"
_NEW: Final[dict[str, str]] = {
    "g_to_g": _AGENCY,
    "g_to_p": _AGENCY,
    "p_to_p": f"information:74 {_START} recruitment_permit:68 selection:60 {_FILE} placement_agreement:34 passport:30",
    "ukps": f"{_START} marital_letter:54 family_consent:50 medical:38 passport:30",
    "independent": (
        f"{_START} marital_letter:54 family_consent:50 competency_certificate:44 employer_call_letter:42 medical:38"
        " employer_profile:35 own_risk_statement:32 passport:30"
    ),
    "seafarer": (
        f"{_START} selection:60 marital_letter:54 basic_safety_training:52 family_consent:50"
        " competency_certificate:44 medical:38 placement_agreement:34 passport:30"
    ),
}
_TAIL: Final[dict[str, str]] = {
    "seafarer": "insurance:24 orientation:12 contract:7 sea_contract_endorsed:5 worker_id:3",
}
_TAIL_USUAL: Final = "insurance:24 work_visa:18 orientation:11 contract:7 worker_id:4"
_TAIL_JAPAN: Final = "contract:23 insurance:20 orientation:15 worker_id:11 work_visa:8"
_BACK: Final = "leave_letter:50 medical:36 passport:28"
_BACK_TAIL: Final = {"usual": "insurance:23 work_visa:17 contract:7", "japan": "contract:22 insurance:18 work_visa:8"}
_BACK_AT_SEA: Final = "insurance:23 contract:7"

_ISSUERS: Final[dict[str, str]] = {
    "information": "disnaker", "registration": "disnaker", "recruitment_permit": "bp3mi", "selection": "disnaker",
    "marital_letter": "village", "family_consent": "village", "competency_certificate": "blk", "medical": "clinic",
    "placement_agreement": "agency_branch", "passport": "immigration", "insurance": "insurer", "work_visa": "embassy",
    "orientation": "bp3mi", "contract": "bp3mi", "worker_id": "bp3mi", "employer_call_letter": "embassy",
    "employer_profile": "embassy", "own_risk_statement": "village", "leave_letter": "embassy",
    "basic_safety_training": "blk", "sea_contract_endorsed": "disnaker",
}  # fmt: skip
_VALID_DAYS: Final = {
    "medical": 270, "passport": 3650, "competency_certificate": 1095, "work_visa": 180, "insurance": 910,
}  # fmt: skip
PERSONAL: Final = ("passport", "medical", "competency_certificate")
"""Steps that belong to the person and carry over from an earlier case while valid."""


def _text(scheme: str, placement: str, *, japan: bool) -> str:
    japan = japan and scheme != "seafarer"
    if placement == "new":
        tail = _TAIL_JAPAN if japan else _TAIL.get(scheme, _TAIL_USUAL)
        return f"{_NEW[scheme]} {tail}"
    tail = _BACK_AT_SEA if scheme == "seafarer" else _BACK_TAIL["japan" if japan else "usual"]
    return f"{_BACK} {tail}" if placement == "re_entry" else f"passport:28 {tail}"


_TABLES: Final[tuple[dict[str, int], ...]] = tuple(
    {step: int(lead) for step, lead in (part.split(":") for part in _text(s, p, japan=j).split())}
    for s, p, j in product(SCHEMES, PLACEMENTS, (False, True))
)
WIDTH: Final = max(len(t) for t in _TABLES)

ORDER: Final[Ints] = np.array([[STEPS.index(s) for s in t] + [-1] * (WIDTH - len(t)) for t in _TABLES])
"""Step index (``models.schema.STEPS``) by table and position, -1 past the end; shape (tables, ``WIDTH``)."""
LEAD: Final[Floats] = np.array([[*t.values()] + [0] * (WIDTH - len(t)) for t in _TABLES], dtype=np.float64)
"""Days before departure by which the orderly have each step, same shape; falls along each row."""
ISSUER: Final[Ints] = np.array([OFFICE_KINDS.index(_ISSUERS[s]) for s in STEPS])
"""Kind of office (``models.schema.OFFICE_KINDS``) that records each step."""
VALID_DAYS: Final[Ints] = np.array([_VALID_DAYS.get(s, 0) for s in STEPS])
"""Days for which each step is valid, 0 without limit."""


def step_index(step: str) -> int:
    """Position of ``step`` in ``models.schema.STEPS``."""
    return STEPS.index(step)


def table_of(*, scheme: Ints, placement: Ints, japan: Bools) -> Ints:
    """The row of :data:`ORDER` that each case follows; ``scheme`` and ``placement`` index the contract's codes."""
    return (scheme * len(PLACEMENTS) + placement) * 2 + japan


def steps_of(*, scheme: str, placement: str, country: str) -> tuple[str, ...]:
    """Steps of one kind of case, in lawful order."""
    row = (SCHEMES.index(scheme) * len(PLACEMENTS) + PLACEMENTS.index(placement)) * 2 + (country == "JP")
    return tuple(_TABLES[row])
