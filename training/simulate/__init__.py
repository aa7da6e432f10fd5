"""Simulated deliveries with a hidden truth, to try the whole product on.

**What it is.** People with hidden urgency and knowledge set out by the proportions of published figures; offices are
slow or quick; agencies are sound or, from some day on, bad; rings and honest recruiters bring people in equal numbers.
From these alone follows with what probability a case ends in a non-procedural departure (:mod:`.routes`), and then, by
chance, whether it does and by which route. What the feeds carry follows from that route and from the circumstances
with delays, gaps and errors of its own: steps (:mod:`.steps`), itineraries (:mod:`.trips`), the public ledger of
agencies (:mod:`.ledger`), permits, recruiter and payer references. No column of a feed enters the probability, so no
feature is its formula read back; the best that a score can do is bounded by chance and by what is not delivered.

**Order of things.** :mod:`.people`, :mod:`.agencies`, :mod:`.brokers` → :mod:`.cases` → :mod:`.routes` →
:mod:`.steps`, :mod:`.trips` → :mod:`.helping` (help before departure changes what happens; what would have happened is
kept) → :mod:`.checks` (a biased choice of examinations and a small drawn one, with errors) → ``feeds_*`` and
:mod:`.records` (late, corrected, withdrawn, held up) → :mod:`.delivery`.

**What it cannot show.** Its rates, weights and delays are guesses around the few published numbers, so nothing
measured on it says how well a score works on real cases, which features matter there, or how anybody behaves. It shows
that the machinery is right, that a known truth is recovered about as far as it can be, and how it fails when leads,
labels or help are handled wrongly.

Everybody and every agency is invented. One seeded generator is passed down; equal arguments give equal bytes.
"""

from training.simulate.delivery import FORMATS, Written, check_target, write
from training.simulate.settings import Settings, SimulationError
from training.simulate.simulation import Simulation, simulate

__all__ = ["FORMATS", "Settings", "Simulation", "SimulationError", "Written", "check_target", "simulate", "write"]
