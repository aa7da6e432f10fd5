"""The public ledger of agencies: what becomes known of their hidden quality, and when."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from models.schema import FEEDS
from models.times import EPOCH_DATE
from training.simulate import places
from training.simulate.agencies import COMPANY, KINDS, MANNING, P3MI, Agencies
from training.simulate.draws import NEVER, NONE, Ints, between, days, lag, office_hours, span
from training.simulate.frames import dates, labels, moments, numbered, numbers
from training.simulate.settings import Settings

OWN_RENEWAL_FROM: Final = (dt.date(2025, 1, 1) - EPOCH_DATE).days
"""Licences granted since are valid a year and extend by themselves (Permen P2MI 1/2025, as reported)."""
MANNING_UNDER_SIP3MI_FROM: Final = (dt.date(2024, 6, 8) - EPOCH_DATE).days
FIVE_YEARS: Final = 1826
EVENTS: Final = FEEDS["agency_events"].field("event").codes
REGIMES: Final = ("sip3mi", "siuppak")
SCOPES: Final = ("all", "part")
DEPOSIT_IDR: Final = 1_500_000_000

Row = tuple[int, str, int, int, int, int, int, int]
"""Agency, event, effective day, valid to, regime, scope, other agency, amount; -1 for nothing."""


def _licences(rng: np.random.Generator, settings: Settings, agencies: Agencies, i: int) -> list[Row]:
    """Grant and extensions; agencies gone bad often let a licence lapse, one in forty has none on record."""
    rows: list[Row] = []
    if rng.random() < 0.025 and agencies.kind[i] == P3MI:
        return rows
    day, event = int(agencies.licensed[i]), "licence_granted"
    while day <= settings.last and day < agencies.revoked[i]:
        manning = agencies.kind[i] == MANNING and day < MANNING_UNDER_SIP3MI_FROM
        own = agencies.kind[i] == P3MI and day >= OWN_RENEWAL_FROM
        regime = NONE if agencies.kind[i] == COMPANY else int(manning)
        end = day + (365 if own else FIVE_YEARS)
        rows.append((i, event, day, end, regime, NONE, NONE, NONE))
        bad = agencies.turned[i] < end
        if own or rng.random() < (0.5 if bad else 0.06):
            break
        day, event = end - int(rng.integers(0, 45)), "licence_extended"
    return rows


def _sanctions(rng: np.random.Generator, settings: Settings, agencies: Agencies, i: int) -> list[Row]:
    """Warnings, suspension, deposit and revocation of one agency."""
    rows: list[Row] = []

    def add(event: str, day: int, *, scope: int = NONE, other: int = NONE, amount: int = NONE) -> None:
        rows.append((i, event, day, NONE, NONE, scope, other, amount))

    seen, turned, revoked = int(agencies.suspended[i]), int(agencies.turned[i]), int(agencies.revoked[i])
    for _ in range(int(rng.poisson(0.06 * settings.length / 365.0))):
        add("warned", settings.first + int(rng.integers(0, settings.length)))
    if seen != NEVER:
        partly = turned == NEVER and rng.random() < 0.6
        add("suspended", seen, scope=int(partly))
        if revoked == NEVER:
            add("reinstated", int(agencies.suspended_until[i]), scope=int(partly))
    if turned != NEVER:
        if rng.random() < 0.7:
            add("warned", turned + int((seen - turned) * (0.5 + 0.4 * rng.random())))
        cashed = seen + int(rng.integers(60, 200))
        if cashed < min(revoked, NEVER) and rng.random() < 0.7:
            add("deposit_cashed", cashed, amount=int(rng.integers(2, 15)) * 100_000_000)
            if revoked == NEVER:
                add("deposit_restored", cashed + int(rng.integers(10, 60)), amount=DEPOSIT_IDR)
        if revoked != NEVER:
            add("revoked", revoked)
            others = np.flatnonzero((agencies.kind == agencies.kind[i]) & (agencies.revoked == NEVER))
            if len(others) and rng.random() < 0.6:
                add("placements_transferred", revoked + int(rng.integers(5, 60)), other=int(rng.choice(others)))
    return rows


def _grievances(rng: np.random.Generator, settings: Settings, agencies: Agencies, placed: Ints) -> list[Row]:
    """Upheld complaints and claims, by month, in proportion to how many an agency serves and how bad it is.

    Parameters
    ----------
    placed
        Registrations of each agency in the whole time.
    """
    rows: list[Row] = []
    months = np.arange(settings.first - 180, settings.last, 30)
    everybody = np.arange(agencies.size)
    for month in months.tolist():
        bad = np.maximum(agencies.badness(everybody, np.full(agencies.size, month)), 0.0)
        volume = placed * 30.0 / settings.length
        complaints = rng.poisson(volume * (0.004 + 0.016 * bad))
        claims = rng.poisson(volume * (0.003 + 0.008 * bad))
        for i in np.flatnonzero(complaints).tolist():
            delays = days(span(rng, int(complaints[i]), median=130, sigma=0.5)).tolist()
            rows += [(i, "complaint_upheld", month + 30 + d, NONE, NONE, NONE, NONE, NONE) for d in delays]
        for i in np.flatnonzero(claims).tolist():
            for late in days(span(rng, int(claims[i]), median=90, sigma=0.5)).tolist():
                opened, amount = month + 30 + late, int(rng.integers(4, 80)) * 1_000_000
                rows.append((i, "claim_opened", opened, NONE, NONE, NONE, NONE, amount))
                if rng.random() < (0.3 if bad[i] > 1 else 0.85):
                    settled = opened + int(rng.integers(20, 150))
                    rows.append((i, "claim_settled", settled, NONE, NONE, NONE, NONE, amount))
    return rows


def events(rng: np.random.Generator, settings: Settings, agencies: Agencies, placed: Ints) -> pl.DataFrame:
    """The feed ``agency_events``, with its delays: licences in days, the rest in weeks."""
    rows: list[Row] = []
    for i in range(agencies.size):
        rows += _licences(rng, settings, agencies, i)
        rows += _sanctions(rng, settings, agencies, i)
    rows += _grievances(rng, settings, agencies, placed)
    table = np.array([(a, EVENTS.index(e), *rest) for a, e, *rest in rows], dtype=np.int64)
    table = table[np.argsort(table[:, 2], kind="stable")]
    agency, event, day, valid_to, regime, scope, other, amount = table.T
    n = len(table)
    delay = np.where(np.isin(event, [EVENTS.index("licence_granted"), EVENTS.index("licence_extended")]), 2, 12)
    recorded = office_hours(rng, day + np.minimum(lag(rng, n, mean=1.0, late=0.05) * delay, 240))
    return pl.DataFrame(
        {
            "event_id": numbered("E", settings.seed, np.arange(n), width=6),
            "agency_id": numbered("A", settings.seed, agency, width=4),
            "event": labels(EVENTS, event),
            "effective_on": dates(day),
            "valid_to": dates(valid_to),
            "regime": labels(REGIMES, regime),
            "scope": labels(SCOPES, scope),
            "to_agency_id": numbered("A", settings.seed, other, width=4),
            "amount_idr": numbers(amount),
            "recorded_at": moments(recorded),
        }
    )


def agencies_feed(rng: np.random.Generator, settings: Settings, agencies: Agencies) -> pl.DataFrame:
    """The feed ``agencies``."""
    n = agencies.size
    return pl.DataFrame(
        {
            "agency_id": numbered("A", settings.seed, np.arange(n), width=4),
            "name": pl.Series(agencies.names()),
            "kind": labels(KINDS, agencies.kind),
            "head_region": labels(places.REGIONS.codes, agencies.head),
            "recorded_at": moments(office_hours(rng, agencies.licensed + between(rng, 0, 3, n))),
        }
    )


def branches_feed(rng: np.random.Generator, settings: Settings, agencies: Agencies) -> pl.DataFrame:
    """The feed ``branches``: registered branch offices, a few closed again."""
    agency, region = np.nonzero(agencies.branch_since < NEVER)
    since = np.maximum(agencies.branch_since[agency, region], agencies.licensed[agency] + 20)
    closed = np.where(rng.random(len(agency)) < 0.02, since + between(rng, 300, 1500, len(agency)), NONE)
    kept = since <= settings.last
    closed = np.where(closed <= settings.last, closed, NONE)
    n = int(kept.sum())
    return pl.DataFrame(
        {
            "agency_id": numbered("A", settings.seed, agency[kept], width=4),
            "region": labels(places.REGIONS.codes, region[kept]),
            "registered_on": dates(since[kept]),
            "closed_on": dates(closed[kept]),
            "recorded_at": moments(office_hours(rng, since[kept] + between(rng, 1, 20, n))),
        }
    )
