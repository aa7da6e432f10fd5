from __future__ import annotations

import pytest

from risk_service.console.navigation import NAVIGATION, entries_for
from risk_service.console.texts import TEXTS
from risk_service.policy import ROLES, ROUTES, Principal


def test_every_entry_leads_to_a_page_for_exactly_those_who_see_it(service):
    rules = {rule.endpoint: rule.rule for rule in service.app.url_map.iter_rules() if "GET" in rule.methods}
    for entry in NAVIGATION:
        assert ROUTES[f"GET {rules[entry.endpoint]}"] == entry.action, entry.section
        assert entry.text in TEXTS, entry.section


def test_every_section_has_one_entry():
    sections = [entry.section for entry in NAVIGATION]

    assert len(sections) == len(set(sections))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_it_may_open(role):
    who = Principal(key_id="k", name="n", role=role)

    assert [e.section for e in entries_for(who)] == [e.section for e in NAVIGATION if who.may(e.action)]


def test_nobody_signed_in_sees_nothing():
    assert entries_for(None) == ()
