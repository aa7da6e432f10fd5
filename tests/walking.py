"""Every page of the console and who may open it, for tests that walk all of them."""

from __future__ import annotations

import re

from risk_service.policy import ACTIONS, ROUTES
from tests.pages import OFFICE, PAGES

__all__ = ["ELSEWHERE", "NOBODY", "OFFICE", "console_routes", "every_page", "pages_of", "path_of"]

ELSEWHERE = "O-BP3MI-5203"
IDS = {"case_id": "R-FULL", "candidate_id": "C-FULL", "agency_id": "AG-ACT", "office_id": "O-DISNAKER-7471"}
NOBODY = PAGES["not-found"][1]
NO_PAGES = re.compile(r"^/(api|static|healthz|readyz|metrics|openapi|sign-in/)|\.(pdf|csv|xlsx|json)$|/export$|^/$")


def console_routes(method="GET"):
    """Rules of the console with what they ask for; without files."""
    for route, access in ROUTES.items():
        asked, _, rule = route.partition(" ")
        if asked == method and not NO_PAGES.search(rule):
            yield rule, access


def path_of(rule, **ids):
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: (IDS | ids).get(found[1], "none"), rule)


def pages_of(role):
    """Addresses of all pages that a role may open."""
    routes = [path_of(rule) for rule, access in console_routes() if access in ACTIONS and role in ACTIONS[access]]
    return dict.fromkeys((*routes, *(path for whose, path in PAGES.values() if whose == role)))


def every_page():
    """Every page by the role that looks at it."""
    found = {}
    for role, path in PAGES.values():
        found.setdefault(role or "supervisor", []).append(path)
    return found
