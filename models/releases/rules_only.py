"""The rules-only release: points written by hand, in force until findings from random checks suffice to learn from.

Points add up like the log-odds of a trained release, but they are no probability: they order a queue. A case in which
nothing stands out has about 0 points; each point says how strongly practice takes the sign (domain notes on
procedure, agencies and travel). The weights obey the same laws as a learned model: a recorded step never adds points,
what is not known is never counted as worse than the mildest known value, and what is known only about others cannot
reach the band ``first`` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.bands import Bands
from models.features.catalogue import CATALOGUE, CATALOGUE_VERSION, INDEX
from models.registry.manifest import RULES_ONLY, Manifest
from models.registry.releases import Release, make_release, publish_release
from models.terms import Axis, Term, Terms, to_grid

NAME: Final = "rules-only-1"

#: A case with this many points is to be contacted first; with that many its file is to be checked.
BANDS: Final = Bands(scale="points", first=5.0, check=2.0)

#: Feature: (cuts, points per bin). A value up to and including the first cut is in the first bin. Missing: 0 points.
POINTS: Final[Mapping[str, tuple[Sequence[float], Sequence[float]]]] = {
    # The file. Overdue means: usual by this distance from departure, required, and it can be told that it is not there.
    "steps_overdue": ((0, 1, 2, 3, 4), (0, 0.5, 1, 1.5, 2, 2.5)),
    "steps_orderly": ((0, 2, 4, 6, 8), (0, -0.125, -0.25, -0.375, -0.5, -0.625)),
    "stalled_days": ((30, 60, 90), (0, 0.25, 0.5, 0.75)),
    "days_reg_to_dep": ((14, 30), (0.5, 0.25, 0)),
    "work_visa": ((0,), (0, 1)),
    "contract": ((0,), (0, 0.75)),
    "placement_agreement": ((0,), (0, 0.5)),
    "orientation": ((0,), (0, 0.5)),
    "insurance": ((0,), (0, 0.5)),
    "worker_id": ((0,), (0, 0.5)),
    "passport": ((0,), (0, 0.25)),
    "family_consent": ((0,), (0, 0.25)),
    "competency_certificate": ((0,), (0, 0.25)),
    "medical": ((0,), (0, 0.25)),
    "permit_state": ((0, 1, 2, 3), (0, 0.25, 1, 1, 1.5)),
    "dest_closed": ((0,), (0, 2)),
    "no_channel": ((0,), (0, 1)),
    # The agency. Public sanctions lag misconduct by up to two years, so weaker signs count as well.
    "agency_declared": ((0,), (1, 0)),
    "licence_state": ((0, 1, 2, 3, 4), (0, 0.5, 1, 2, 3, 3)),
    "licence_ends_before_departure": ((0,), (0, 0.5)),
    "sanctions_24m": ((0, 1, 2), (0, 0.5, 0.75, 1)),
    "deposit_shortfall": ((0,), (0, 0.75)),
    "complaint_rate": ((1, 3, 5), (0, 0.25, 0.5, 0.75)),
    "open_claims": ((0, 18.5), (0, 0.25, 0.5)),
    "failed_departure_rate": ((0.1, 0.2), (0, 0.25, 0.5)),
    "orientation_skip_rate": ((0.1, 0.3), (0, 0.25, 0.5)),
    "confirmed_rate": ((0.05, 0.1, 0.2), (0, 0.25, 0.5, 0.75)),
    "quota_use": ((1,), (0, 0.5)),
    "branch_registered": ((0,), (0.5, 0)),
    # A popular recruiter may be an honest one: many registrations say little, confirmed cases say more.
    "recruiter_degree": ((5, 10), (0, 0.125, 0.25)),
    "recruiter_cases": ((0, 1, 2), (0, 0.5, 0.75, 1)),
    # The itinerary. A return ticket never lowers anything; syndicates buy them.
    "visa_purpose_gap": ((0,), (0, 2)),
    "one_way_on_visit": ((0,), (0, 0.5)),
    "stay_over_visa": ((0,), (0, 0.5)),
    "lead_days": ((3, 7), (0.5, 0.25, 0)),
    "third_party_payer": ((0,), (0, 0.5)),
    "payer_degree": ((2, 5), (0, 0.25, 0.5)),
    "group_size": ((5, 10), (0, 0.25, 0.5)),
    "dest_mismatch": ((0,), (0, 1)),
    "route_rate": ((0.05, 0.1, 0.2), (0, 0.25, 0.5, 0.75)),
    "border_hop": ((0,), (0, 1)),
    "passport_replaced": ((0,), (0, 0.25)),
    # Identity. A mismatch is usually innocent, so it weighs next to nothing.
    "nik_valid": ((0,), (0.25, 0)),
    "nik_dob_gap": ((0,), (0, 0.125)),
    "prior_procedural": ((0, 1), (0, -0.25, -0.5)),
}

#: Overdue steps weigh more the nearer the departure: extra points per overdue step, by days to departure (up to and
#: including).
CLOSE: Final[tuple[Sequence[float], Sequence[float]]] = ((7, 14, 30), (0.5, 0.375, 0.125, 0))

_CARD: Final = """# {name}

**Bahasa Indonesia.** Rilis ini tidak dilatih dari data: poinnya ditulis tangan menurut praktik pemeriksaan. Poin bukan
peluang; poin hanya mengurutkan antrean. Poin tinggi berarti orang tersebut perlu dibantu atau berkasnya perlu diperiksa
lebih dulu.

**English.** This release is not trained on data: its points are written by hand after the practice of file checks.
Points are no probability; they only order a queue. Many points mean that the person should be helped, or the file
checked, earlier.

| band | points |
|-|-|
| first (*Hubungi dulu*) | {first:g} and more |
| check (*Periksa berkas*) | {check:g} and more |

| feature | points by value; a value on a bound counts to its left |
|-|-|
{table}

Overdue steps weigh more near departure: {close}.
"""


def rules_only_terms() -> Terms:
    """The points as tables over the catalogue's features."""
    axes = [Axis(name, INDEX[name], np.array(cuts, dtype=np.float64)) for name, (cuts, _) in POINTS.items()]
    terms = [Term((name,), to_grid([*points, 0.0])) for name, (_, points) in POINTS.items()]
    ends, extra = CLOSE
    days = Axis("days_to_departure", INDEX["days_to_departure"], np.array(ends, dtype=np.float64))
    overdue = np.arange(len(POINTS["steps_overdue"][1]))
    close = np.outer(np.append(overdue, 0), np.append(extra, 0.0))
    terms.append(Term(("steps_overdue", days.name), to_grid(close)))
    context = [feature.name for feature in CATALOGUE if feature.context]
    return Terms(base=0.0, axes=[*axes, days], terms=terms, context=context)


def rules_only_release(*, rules_version: str) -> Release:
    """The release, not yet published.

    Parameters
    ----------
    rules_version : str
        Version of the rule tables it is used with.
    """
    manifest = Manifest(
        name=NAME,
        kind=RULES_ONLY,
        simulated=None,
        catalogue_version=CATALOGUE_VERSION,
        features=[],
        rules_version=rules_version,
    )
    return make_release(manifest, rules_only_terms(), None, BANDS)


def publish_rules_only(registry: Path, key: Ed25519PrivateKey, *, rules_version: str) -> str:
    """Publish the release and return its name; publishing it again is no error."""
    return publish_release(registry, rules_only_release(rules_version=rules_version), key, card=_card())


def _card() -> str:
    rows = [f"| {name} | {_steps(cuts, points)} |" for name, (cuts, points) in POINTS.items()]
    return _CARD.format(
        name=NAME,
        first=BANDS.first,
        check=BANDS.check,
        table="\n".join(rows),
        close=_steps(*CLOSE) + " points per step",
    )


def _steps(cuts: Sequence[float], points: Sequence[float]) -> str:
    parts = [f"≤ {cut:g}: {point:g}" for cut, point in zip(cuts, points, strict=False)]
    return ", ".join([*parts, f"above: {points[-1]:g}"])
