"""Whether those scored today are still like those a release was made for.

A *tally* counts what was scored: bins of every feature the release uses, contributions of every reason, log-odds,
offices, bands. It is made chunk by chunk and added up, and the tally of the population a release was made for travels
with the release as plain JSON. Comparing the two gives effect sizes with intervals. With a million cases any test finds
any difference; what counts is whether the smallest difference the data allow is still large enough to matter.
"""

from __future__ import annotations

from models.drift.comparison import LIMITS, MOVED, STEADY, WATCH, Drift, Promise, Shift, compare
from models.drift.tally import Found, Moments, Tally, tally, tally_of
from models.drift.watch import LATELY_DAYS, arrivals, drawn_findings, drift_line, watch

__all__ = [
    "LATELY_DAYS",
    "LIMITS",
    "MOVED",
    "STEADY",
    "WATCH",
    "Drift",
    "Found",
    "Moments",
    "Promise",
    "Shift",
    "Tally",
    "arrivals",
    "compare",
    "drawn_findings",
    "drift_line",
    "tally",
    "tally_of",
    "watch",
]
