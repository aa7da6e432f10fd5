"""Prometheus metrics: what every server process counts of requests, and what the store holds when asked.

Requests are counted in files that all processes of a server share (``PROMETHEUS_MULTIPROC_DIR``, which `serve` sets
before the first of them starts), so that whichever process answers tells of all. No label carries anything that a
client writes: routes are rules, statuses are numbers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Final

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import risk_service
from risk_service.auth import context, now_us, principal
from risk_service.services.watching import DRIFT, Watched, watch

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class _Store(Collector):
    """Gauges of one answer."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = self._watched
        told = GaugeMetricFamily("risk_service_info", "Version at work.", labels=["version"])
        told.add_metric([risk_service.__version__], 1)
        yield told
        cases = GaugeMetricFamily("risk_cases", "Cases of the queue.", labels=["lane", "band"])
        for (lane, band), number in found.cases.items():
            cases.add_metric([lane, band], number)
        yield cases
        ages = GaugeMetricFamily("risk_feed_age_seconds", "Time since a feed is complete.", labels=["feed"])
        for feed, age in found.feed_age.items():
            ages.add_metric([feed], age)
        yield ages
        for name, value, meaning in (
            ("risk_run_age_seconds", found.run_age, "Time since the last rescoring ended."),
            ("risk_run_cases", found.run_cases, "Cases that the last rescoring scored."),
            ("risk_run_changed", found.run_changed, "Results that the last rescoring changed."),
            (
                "risk_drift",
                None if found.drift is None else DRIFT.index(found.drift),
                f"Verdict of the last rescoring on drift: {', '.join(f'{i} {one}' for i, one in enumerate(DRIFT))}.",
            ),
            ("risk_audit_entries", found.entries, "Entries of the audit trail; it never shrinks."),
            ("risk_audit_head", found.head, "First 48 bits of the digest of the trail's last entry."),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, meaning, value=value)


def install(app: Flask) -> None:
    """Count every request of `app`, and answer ``GET /metrics``."""
    own = None if SHARED in os.environ else CollectorRegistry()
    requests = Counter("risk_requests", "Requests answered.", ["method", "route", "status"], registry=own)
    seconds = Histogram("risk_request_seconds", "Time to an answer.", ["route"], registry=own, buckets=_SECONDS)

    def begin() -> None:
        g.begun = time.perf_counter()

    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        requests.labels(request.method, route, str(response.status_code)).inc()
        if "begun" in g:
            seconds.labels(route).observe(time.perf_counter() - g.begun)
        return response

    def metrics() -> Response:
        registry = CollectorRegistry()
        registry.register(_Store(watch(context().store, principal(), now_us=now_us())))
        if own is None:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        counted = b"" if own is None else generate_latest(own)
        return Response(counted + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.before_request(begin)
    app.after_request(count)
    app.add_url_rule("/metrics", "metrics", metrics)
