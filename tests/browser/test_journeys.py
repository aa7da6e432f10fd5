"""What people come for, from beginning to end, in a real browser; each says how many clicks and keys it took.

``python -m pytest tests/browser/test_journeys.py -s`` prints the counts that ``docs/casework.md`` shows.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from models.bands import Bands
from models.registry import load_release, make_release, publish_release
from models.releases.rules_only import rules_only_release
from models.rules import load_rules
from risk_service.cli import main
from risk_service.services import audit
from risk_service.services.installation import Installation
from risk_service.services.rescoring import rescore
from tests.figures import put_figures
from tests.service import DAY_US

OFFICE = "O-BP3MI"

pytestmark = pytest.mark.browser


def say(line):
    """Said only where pytest is told not to keep it (``-s``)."""
    sys.stdout.write(f"\n{line}\n")


def total(hand):
    """The sum of the case that is shown."""
    return float(hand.page.locator("table.sum tfoot td").get_attribute("title"))


def test_from_the_morning_queue_to_a_recorded_finding_by_keyboard(service, person):
    officer = person("investigator", office=OFFICE)
    assert "Daftar kerja Kantor Contoh bp3mi" in officer.text
    open_before = int(officer.page.locator("nav.tabs .count").first.inner_text())
    officer.press("j")
    case = officer.page.locator(":focus").inner_text()
    officer.go("Enter")
    officer.page.wait_for_url(f"**/cases/{case}")
    assert officer.page.locator(".callout, .ways").count()
    officer.follow("button[value=unsure]")
    officer.follow("main a[href$='/work']")
    officer.click("input[name=finding][value=procedural]")
    officer.choose("#w-help_given", "steps_completed")
    officer.follow("section[aria-labelledby=finding] button.button")
    assert "Hasil tercatat." in officer.text
    say(officer.account("queue to recorded finding"))

    officer.open("/worklist")
    assert int(officer.page.locator("nav.tabs .count").first.inner_text()) == open_before - 1
    found = service.get("/api/v1/findings").json["items"]
    assert [(one["case_id"], one["finding"], one["state"]) for one in found] == [(case, "procedural", "confirmed")]
    assert officer.clicks + officer.keys <= 10


def test_keys_move_select_filter_and_help_on_the_queue(person):
    officer = person("investigator", office=OFFICE)
    rows = officer.page.locator("a.row").all_inner_texts()
    for key, focused in (("j", rows[0]), ("j", rows[1]), ("k", rows[0])):
        officer.press(key)
        assert officer.page.locator(":focus").inner_text() == focused
    officer.press("x")
    assert officer.page.locator("input[name=cases]:checked").get_attribute("value") == rows[0]
    officer.press("/")
    assert officer.page.locator(":focus").get_attribute("id") == "f-assigned"
    officer.page.locator("h1").click()
    officer.press("?")
    assert officer.page.locator("#keys[open]").is_visible()
    officer.go("s")
    officer.page.wait_for_url("**/search")


def test_from_a_search_with_a_typing_error_to_the_printed_sheet(service, person, tmp_path):
    officer = person("investigator", office=OFFICE)
    officer.go("s")
    officer.page.wait_for_url("**/search")
    officer.type("#s-text", "fiktif contho minor")
    officer.go("Enter")
    officer.follow("table.list a[href='/cases/R-MINOR']")
    sheet = officer.save("a[href='/cases/R-MINOR/sheet.pdf']")
    say(officer.account("search to printed sheet"))

    sheet.save_as(tmp_path / "sheet.pdf")
    assert (tmp_path / "sheet.pdf").read_bytes().startswith(b"%PDF-")
    actions = [entry["action"] for entry in audit.listed(service.store, limit=1000)]
    assert [one for one in actions if one in ("person.search", "paper.sheet")] == ["person.search", "paper.sheet"]
    assert officer.clicks <= 4


def test_from_a_contested_datum_to_a_changed_score(person):
    officer, supervisor = person("investigator", office=OFFICE), person("supervisor", office=OFFICE)
    officer.open("/cases/R-BACK")
    officer.follow("button[value=unsure]")
    before = total(officer)
    officer.follow("main a[href$='/work']")
    datum = next(
        value
        for value in officer.page.locator("#w-datum option").evaluate_all("all => all.map(one => one.value)")
        if value.startswith("step|R-BACK|insurance|")
    )
    officer.choose("#w-datum", datum)
    officer.type("#w-value", "2025-09-01")
    officer.type("#w-contest", "kartu dibawa")
    officer.follow("section[aria-labelledby=contest] button.button")
    assert "menunggu keputusan penyelia" in officer.text
    say(officer.account("contest, by the officer"))

    supervisor.open("/corrections")
    supervisor.type("textarea[name=reason]", "dilihat")
    supervisor.follow("button[name=accept][value=true]")
    assert "Tidak ada bantahan yang menunggu." in supervisor.text
    say(supervisor.account("contest, decided by the supervisor"))
    officer.open("/cases/R-BACK")
    assert total(officer) < before
    insurance = officer.page.locator("table.steps tr", has_text="1 Sep 2025").first
    assert "tercatat" in insurance.inner_text()


def test_from_the_region_view_to_the_desk_where_a_step_stalls(service, person):
    put_figures(service.store)
    head = person("supervisor", office=OFFICE)
    head.follow("header nav a[href='/region']")
    head.click("nav.parts a[href='#stalls']")
    row = head.page.locator("section[aria-labelledby=stalls] tbody tr").first
    assert "Pemeriksaan kesehatan" in row.inner_text()
    head.follow("section[aria-labelledby=stalls] tbody a")
    head.page.wait_for_url("**/desks/O-CLINIC-7471")
    say(head.account("head of office to stalled step"))

    assert "Pemeriksaan kesehatan" in head.text
    assert not re.search("peluang|Hubungi dulu", head.text)
    assert head.clicks <= 3


def test_from_a_release_on_trial_to_the_release_in_force(service, person):
    here = Installation(registry=service.settings.registry, keys=service.settings.keys)
    rules = rules_only_release(rules_version=load_rules().version)
    eager = Bands("points", rules.bands.first - 1.5, rules.bands.check - 1.5)
    trial = make_release(replace(rules.manifest, name="eager"), rules.terms, None, eager)
    publish_release(here.registry, trial, here.signing_key(), card="# eager\nLooks at more people.\n")
    analyst = person("analyst")
    analyst.open("/cases?band=none")
    before = analyst.page.locator("table.list tbody tr").count()
    analyst.follow("header nav a[href='/releases']")
    assert "belum pernah" in analyst.page.locator("tr", has_text="eager").inner_text()
    analyst.follow("a[href='/releases/eager']")
    assert "Looks at more people." in analyst.text

    words = ("promote", "eager", "--reason", "tried", "--by", "an analyst")
    done = CliRunner().invoke(main, list(words), env=service.environment)
    assert done.exit_code == 0, done.output
    analyst.follow("main a[href='/releases']")
    row = analyst.page.locator("table.list tbody tr").first.inner_text()
    assert "eager" in row
    assert "berlaku" in row
    say(analyst.account("release on trial to release in force"))

    promoted = load_release(here.registry, "eager", here.trusted())
    rescore(service.store, release=promoted, rules=load_rules(), as_of_us=DAY_US, clock=lambda: service.now_us)
    analyst.open("/cases?band=none")
    assert analyst.page.locator("table.list tbody tr").count() < before
