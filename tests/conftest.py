"""Settings of every test: quiet engines, and properties that are searched the same way on every machine."""

from __future__ import annotations

import os

# Before polars and numpy are loaded: several workers share the cores.
os.environ.setdefault("POLARS_MAX_THREADS", "2")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import HealthCheck, settings

# No deadline: a test never judges by the clock. In CI the examples are the same on each run; elsewhere they vary, so
# that new ones are found.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, print_blob=True)
settings.register_profile(
    "fuzz", settings.get_profile("here"), max_examples=10 * int(os.environ.get("FUZZ_REQUESTS", "10")), print_blob=True
)
settings.load_profile("fuzz" if "FUZZ_REQUESTS" in os.environ else "ci" if os.environ.get("CI") else "here")

pytest_plugins = ["tests.stores", "tests.service"]
