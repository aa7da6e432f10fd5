"""Effective-dated rules as data: what is required, closed, usual or stale on a day, as known at a time.

Use
---
``load_rules(directory=None) -> RuleBook``
    Packaged tables, each replaced by ``directory/<table>.csv`` where a deployment has its own. A cell that does not fit
    raises :class:`RuleFileError` (a ``RuleError``) with ``file, line, column, value, reason`` and what to do.
``RuleBook.version`` -> ``"2026.11-<hash>"``; ``RuleBook.at(day, known_at_us=None) -> Rules``
    The rules in force on a Jakarta date, as recorded by UTC microseconds (None: all). Cheap to call again: moments
    between two changes share one object.

``Rules`` (immutable)
---------------------
Steps
    ``step_plan(scheme, placement, country, *, agency_declared) -> StepPlan`` with ``.steps`` (``PlannedStep``: step,
    position, required, usual_lead_days, usual_duration_days, issuers, source, disputed), ``.required``,
    ``plan["passport"]``.
    ``plan_number(scheme, placement, country, *, agency_declared) -> int``; ``plan_numbers(cases) -> int64 (n,)`` over
    the columns scheme, placement, destination_country, agency_declared (-1 where scheme or placement is null).
    ``plans -> DensePlans``: ``.plans`` and arrays (plan, 21 steps in ``models.schema.STEPS`` order): ``required``,
    ``listed``, ``position`` (-1 not listed), ``lead``, ``duration``, ``issuer`` (index into ``OFFICE_KINDS``, -1),
    ``issued_by`` (plan, step, kind), ``order`` (step columns in lawful order).
Destinations
    ``closed(country, occupation, scheme) -> RuleHit | None``, ``no_channel(...)``; bulk ``closed_mask(cases)``,
    ``no_channel_mask(cases) -> bool (n,)`` over destination_country, occupation, scheme.
Licences
    ``regime(name, day) -> Regime | None``: the regime in force when a licence was granted (``extends_itself``).
Places
    ``canonical_point(code)``, ``point(code) -> Point | None``, ``is_border(code)``, ``usual_gateways(region)``,
    ``is_usual_gateway(region, code)``.
Calendar, freshness, numbers
    ``season(day) -> "none" | "nataru" | "idulfitri"``, ``season_codes(days int64 since 1970) -> index into SEASONS``;
    ``stale_after_days(feed)``, ``essential_feeds()`` (stale means ``insufficient``); ``constant(name) -> float``,
    ``whole(name) -> int``. Names in ``data/constants.csv``.
"""

from __future__ import annotations

from models.rules.book import SEASONS, Point, Regime, RuleBook, RuleHit, Rules, Season, load_rules
from models.rules.plans import DensePlans, PlannedStep, StepPlan
from models.rules.reader import RuleFileError

__all__ = [
    "SEASONS",
    "DensePlans",
    "PlannedStep",
    "Point",
    "Regime",
    "RuleBook",
    "RuleFileError",
    "RuleHit",
    "Rules",
    "Season",
    "StepPlan",
    "load_rules",
]
