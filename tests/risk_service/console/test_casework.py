"""The worklist and what is recorded about a case, as an officer without script sees them."""

from __future__ import annotations

import re

import pytest

from models.times import US_PER_DAY
from tests.browsing import Browser
from tests.service import NOW_US

OFFICE = "O-BP3MI"


def signed_in(service, role="investigator", office=OFFICE):
    browser = Browser(service)
    browser.sign_in(key=service.make_key(role, office=office))
    return browser


def cases_of(browser):
    return re.findall(r'name="cases" value="([^"]+)"', browser.page.text)


@pytest.fixture
def officer(service):
    return signed_in(service)


def test_signing_in_leads_to_the_offices_list_of_the_day(officer):
    assert "Daftar kerja Kantor Contoh bp3mi 74.71 · 11 Sep 2025" in officer.text
    assert "Kemampuan kantor: 20 berkas sehari" in officer.text
    assert "dipilih dengan undian" in officer.text
    assert "Hubungi dulu" in officer.text
    assert len(cases_of(officer)) == 20


def test_filters_are_in_the_address_and_can_be_kept(officer):
    everything = cases_of(officer)
    officer.get("/worklist?lane=contact_first&assigned=nobody")
    chosen = cases_of(officer)
    assert chosen
    assert set(chosen) < set(everything)
    officer.post("/worklist/filters", name="pagi", query="lane=contact_first", back="/worklist")
    assert 'href="/worklist?lane=contact_first">pagi</a>' in officer.page.text
    officer.post("/worklist/filters", name="pagi", drop="1", back="/worklist")
    assert ">pagi</a>" not in officer.page.text
    officer.post(
        "/worklist/filters", name="pagi / sore", query="lane=contact_first", back="/worklist?lane=contact_first"
    )
    assert "tanpa garis miring" in officer.text
    assert set(chosen) <= set(cases_of(officer)) < set(everything)
    assert officer.get("/worklist?lane=nonsense&destination=hk").status_code == 200
    assert "tidak dikenal" in officer.text


@pytest.mark.parametrize("path", ["/worklist", "/cases"])
def test_a_destination_can_be_typed_by_name_or_code(officer, path):
    found = {}
    for typed in ("HK", "hk", "Hong Kong DAK Tiongkok", "hong kong sar china"):
        assert officer.get(f"{path}?destination={typed}").status_code == 200
        assert 'name="destination" value="Hong Kong DAK Tiongkok"' in officer.page.text
        found[typed] = sorted(set(re.findall(r'href="/cases/([^"/?#]+)"', officer.page.text)))
    assert found["HK"]
    assert len(set(map(tuple, found.values()))) == 1
    officer.get(f"{path}?destination=Negeri Khayal")
    assert "tidak dikenal" in officer.text or officer.page.status_code == 422


def test_the_list_can_be_taken_along_with_its_filters(officer):
    officer.get("/worklist?lane=contact_first")
    shown = cases_of(officer)
    link = re.search(r'href="(/exports/worklist\.csv[^"]*)"', officer.page.text)[1].replace("&amp;", "&")
    taken = officer.client.get(link).data.decode("utf-8-sig")
    assert [row.split(",")[2] for row in taken.splitlines()[1:] if not row.startswith(('"#', "#"))] == shown


def test_findings_contested_data_and_changes_can_be_taken_along(officer):
    for path, name in (("/findings", "findings"), ("/corrections", "corrections"), ("/worklist/changes", "changes")):
        officer.get(path)
        for form in ("csv", "xlsx"):
            link = re.search(rf'href="(/exports/{name}\.{form}[^"]*)"', officer.page.text)[1].replace("&amp;", "&")
            assert officer.client.get(link).headers["Content-Disposition"].endswith(f'.{form}"')


def test_several_cases_are_taken_rested_and_put_back(officer):
    one, two = cases_of(officer)[:2]
    officer.post("/worklist/actions", action="assign", cases=[one, two], back="/worklist?assigned=me")
    assert "2 berkas diambil atau diserahkan." in officer.text
    assert cases_of(officer) == [one, two]
    undo = re.search(r'name="action_id" value="([^"]+)"', officer.page.text)[1]
    officer.post("/worklist/undo", action_id=undo, back="/worklist?assigned=me")
    assert "2 berkas dikembalikan seperti semula." in officer.text
    assert cases_of(officer) == []

    officer.get("/worklist")
    officer.post("/worklist/actions", action="snooze", cases=[one], back="/worklist")
    assert "Pilih hari (paling lama 30 hari)" in officer.text
    rest = {"until": "2025-09-20", "because": "waiting_document"}
    officer.post("/worklist/actions", action="snooze", cases=[one], back="/worklist", **rest)
    assert one not in cases_of(officer)
    officer.get("/worklist?state=resting")
    assert "istirahat sampai 20 Sep 2025" in officer.text
    officer.post("/worklist/actions", action="lock", back="/worklist")
    assert "Pilih berkas lebih dulu." in officer.text


def test_a_supervisor_hands_over_and_states_the_capacity(service):
    officer, supervisor = signed_in(service), signed_in(service, "supervisor")
    case = cases_of(supervisor)[0]
    to = re.search(r'<option value="([^"]+)">investigator of tests</option>', supervisor.page.text)[1]
    supervisor.post("/worklist/actions", action="hand", cases=[case], to=to, back="/worklist")
    officer.get("/worklist?assigned=me")
    assert cases_of(officer) == [case]
    assert "Serahkan kepada" not in officer.text

    supervisor.post("/worklist/capacity", office=OFFICE, capacity="7", back="/worklist")
    assert "Kemampuan kantor disimpan." in supervisor.text
    service.now_us = NOW_US + US_PER_DAY
    officer = signed_in(service)
    assert len(cases_of(officer)) == 7


def test_whoever_sees_all_offices_chooses_one_and_an_empty_list_says_so(service):
    browser = signed_in(service, "supervisor", office=None)
    assert "Pilih kantor" in browser.text
    assert "Kantor Contoh bp3mi 74.71 O-BP3MI" in browser.text
    browser.get(f"/worklist?office={OFFICE}")
    assert len(cases_of(browser)) == 20
    browser.get(f"/worklist/changes?office={OFFICE}")
    assert "baru" in browser.text
    assert "Belum ada daftar untuk hari ini" in signed_in(service, office="O-OTHER").text


def test_a_viewer_sees_the_list_and_no_forms(service):
    viewer = signed_in(service, "viewer")
    assert "Daftar kerja" in viewer.text
    assert cases_of(viewer) == []
    assert "Catat hasil" not in viewer.text
    viewer.get("/cases/R-BACK/work")
    assert "Belum ada hasil yang tercatat." in viewer.text
    assert "<textarea" not in viewer.page.text


def once_of(browser):
    return re.search(r'name="once" value="([^"]+)"', browser.page.text)[1]


def test_a_finding_is_recorded_once_confirmed_by_a_second_officer_and_retracted(service, officer):
    colleague = signed_in(service, office="O-OTHER")
    officer.get("/cases/R-BACK/work")
    form = {
        "once": once_of(officer),
        "own_view": "unsure",
        "finding": "non_procedural",
        "state_found": "incomplete",
        "note": "tiket\r\nsekali jalan",
        "back": "/cases/R-BACK/work",
    }
    for _ in range(2):
        officer.post("/cases/R-BACK/findings", **form)
    assert "menunggu petugas kedua" in officer.text
    assert officer.text.count("tiket sekali jalan") == 1
    assert "Pandangan Anda: Belum bisa dikatakan." in officer.text
    assert "Konfirmasi sebagai petugas kedua" not in officer.text

    colleague.get("/findings")
    finding = re.search(r'action="/findings/([^"/]+)/confirm"', colleague.page.text)[1]
    colleague.post(f"/findings/{finding}/confirm", version="1", back="/findings")
    assert "Berkas R-BACK: dikonfirmasi sebagai petugas kedua. Yang masih menunggu:" in colleague.text
    assert "Tidak ada yang menunggu." in colleague.text
    officer.get("/cases/R-BACK/work")
    officer.post(f"/findings/{finding}/retract", reason="orang lain", back="/cases/R-BACK/work")
    assert "Hasil ditarik." in officer.text
    assert "orang lain" in officer.text


CONFIRMED = {
    "id": ("Berkas {case}: dikonfirmasi sebagai petugas kedua. Yang masih menunggu:", "Menunggu petugas kedua"),
    "en": ("Case {case}: confirmed as the second officer. Still waiting:", "Waiting for a second officer"),
}


@pytest.mark.parametrize("language", CONFIRMED)
@pytest.mark.parametrize(("what", "confirmed"), [("findings", "R-BACK"), ("overrides", "R-JPHK")])
def test_whoever_confirms_on_a_case_is_led_to_the_others_that_wait(service, officer, language, what, confirmed):
    said, waiting = CONFIRMED[language]
    colleague = signed_in(service)
    colleague.post("/language", language=language, back="/findings")
    for case, kind in ((confirmed, what), ("R-LATE", "findings")):
        work = f"/cases/{case}/work"
        officer.get(work)
        officer.post(f"/cases/{case}/own-view", view="unsure", back=work)
        found = {"once": once_of(officer), "finding": "non_procedural"}
        band = {"band": "first", "reason": "x", "expires_on": "2025-09-20"}
        officer.post(f"/cases/{case}/{kind}", back=work, **(found if kind == "findings" else band))
    work = f"/cases/{confirmed}/work"
    colleague.get(work)
    confirm = re.search(rf'action="(/{what}/[^"/]+/confirm)"', colleague.page.text)[1]
    colleague.post(confirm, version="1", back=work)
    assert said.format(case=confirmed) in colleague.text
    assert f'<h2 id="awaiting">{waiting}</h2>' in colleague.page.text
    assert 'href="/cases/R-LATE/work"' in colleague.page.text.split('id="recent"')[0]

    colleague.get(work)
    colleague.post(confirm, version="1", back=work)
    assert colleague.page.status_code == 412
    assert 'id="awaiting"' not in colleague.page.text


TYPED = {
    "step": ("Paspor: tanggal selesai", "Passport: completed on", "date"),
    "planned_departure_on": ("Rencana berangkat", "Planned departure", "date"),
    "birth_date": ("Tanggal lahir", "Date of birth", "date"),
    "destination_country": ("Negara tujuan", "Destination", "country"),
    "occupation": ("Jabatan", "Occupation", "occupation"),
    "agency_id": ("P3MI/perusahaan", "Agency", "id"),
    "permit_id": ("Nomor SIP2MI", "Recruitment permit", "id"),
    "departure_point": ("Tempat berangkat", "Departure point", "text"),
    "full_name": ("Nama", "Name", "text"),
    "nik": ("NIK", "NIK", "text"),
    "passport_no": ("Nomor paspor", "Passport number", "text"),
    "phone": ("Telepon", "Phone", "text"),
}
"""Whatever may be typed into the form of contested data: what it is called, and its kind."""
FORMS = {
    "date": ("tulis tanggal seperti 2025-09-30 atau 30/9/2025.", "write a day as 2025-09-30 or 30/9/2025."),
    "country": ("tulis negara seperti Malaysia, atau kodenya seperti MY.", "write a country as Malaysia, or its code"),
    "occupation": ("tulis jabatan seperti juru masak, atau kodenya", "write an occupation as cook, or its code as"),
    "id": ("tulis nomor seperti pada catatan, paling banyak 128 huruf.", "write a number as on records, of at most"),
    "text": ("tulis teks satu baris, paling banyak 500 huruf.", "write text of one line, of at most 500 characters."),
}


WRONG = {"date": "31/31/2025", "country": "Khayal", "occupation": "qqqq", "id": "x" * 200, "text": ""}


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_contested_value_that_does_not_fit_says_which_form_is_expected(officer, language):
    work = "/cases/R-NAM-A/work"
    officer.post("/language", language=language, back=work)
    officer.get(work)
    codes = re.findall(r'<option value="(set\|[^"|]+\|[^"|]+\|[^"|]+)">', officer.page.text)
    offered = {code.split("|")[3]: code for code in codes}
    offered["step"] = re.search(r'<option value="(step\|[^"|]+\|passport\|[^"]+)">', officer.page.text)[1]
    assert set(offered) == set(TYPED)
    for name, datum in offered.items():
        called = TYPED[name][language == "en"]
        said = FORMS[TYPED[name][2]][language == "en"]
        for value in {"", "?" * 501, WRONG[TYPED[name][2]]}:
            officer.post("/cases/R-NAM-A/corrections", datum=datum, value=value, reason="x", back=work)
            assert officer.page.status_code == 422, (name, value)
            assert f"\u201c{called}\u201d {said}" in officer.text, (name, value)


def test_what_is_chosen_and_not_typed_says_no_form(officer):
    officer.get(WORK)
    officer.post("/cases/R-BACK/corrections", datum="set|registrations|R-BACK|status|odd", reason="x", back=WORK)
    assert officer.page.status_code == 422
    assert "tulis" not in officer.text.split("Isian tidak sesuai")[1][:60]


def test_a_form_that_does_not_fit_says_what(officer):
    officer.get("/cases/R-BACK/work")
    officer.post("/cases/R-BACK/findings", once=once_of(officer), back="/cases/R-BACK/work")
    assert "Isian tidak sesuai: hasil" in officer.text
    officer.post("/cases/R-BACK/corrections", datum="", reason="salah", back="/cases/R-BACK/work")
    assert "Isian tidak sesuai: data" in officer.text
    officer.post(
        "/cases/R-BACK/corrections",
        datum="set|registrations|R-BACK|planned_departure_on",
        value="besok",
        reason="salah",
        back="/cases/R-BACK/work",
    )
    assert "Isian tidak sesuai: seharusnya" in officer.text
    officer.post(
        "/cases/R-BACK/findings",
        once="x" * 20,
        finding="procedural",
        checked_on="2026-01-01",
        back="/cases/R-BACK/work",
    )
    assert "Tanggal pemeriksaan dan keberangkatan tidak boleh sesudah hari ini." in officer.text


def test_a_contested_step_is_decided_by_a_supervisor_and_changes_the_score(service, officer):
    supervisor = signed_in(service, "supervisor")
    before = service.get("/api/v1/cases/R-BACK/score").json["log_odds"]
    officer.get("/cases/R-BACK/work")
    datum = re.search(r'<option value="(step\|R-BACK\|insurance\|[^"]+)">', officer.page.text)[1]
    officer.post(
        "/cases/R-BACK/corrections",
        datum=datum,
        value="2025-09-01",
        raised_for="candidate",
        reason="kartu dibawa",
        back="/cases/R-BACK/work",
    )
    assert "menunggu keputusan penyelia" in officer.text
    supervisor.get("/corrections")
    correction = re.search(r'action="/corrections/([^"/]+)/decide"', supervisor.page.text)[1]
    supervisor.post(f"/corrections/{correction}/decide", accept="true", reason="dilihat", back="/corrections")
    assert "Tidak ada bantahan yang menunggu." in supervisor.text
    assert "diterima" in supervisor.text
    assert service.get("/api/v1/cases/R-BACK/score").json["log_odds"] < before


def test_objection_and_override_are_noted_on_the_same_page(officer):
    officer.get("/cases/R-FULL/work")
    officer.post("/cases/R-FULL/overrides", band="none", reason="x", expires_on="2025-09-20", back="/cases/R-FULL/work")
    assert "Penetapan tercatat." in officer.text
    assert "→" not in officer.text
    officer.post("/cases/R-FULL/own-view", view="unsure", back="/cases/R-FULL/work")
    assert "Hubungi dulu → Tidak ada tindakan" in officer.text
    override = re.search(r'action="/overrides/([^"/]+)/end"', officer.page.text)[1]
    officer.post(f"/overrides/{override}/end", reason="berubah", back="/cases/R-FULL/work")
    assert "Penetapan diakhiri." in officer.text

    officer.post("/candidates/C-FULL/objections", reason="tidak mau", back="/cases/R-FULL/work")
    assert "Keberatan berlaku sejak" in officer.text
    for path in ("/cases", "/cases/R-FULL", "/cases?lane=by_date"):
        assert officer.get(path).status_code == 200
        assert "Menurut tanggal" in officer.text or path == "/cases?lane=by_date"
    officer.get("/cases/R-FULL/work")
    objection = re.search(r'action="/objections/([^"/]+)/lift"', officer.page.text)[1]
    officer.post(f"/objections/{objection}/lift", reason="mau lagi", back="/cases/R-FULL/work")
    assert "Keberatan dicabut." in officer.text


def test_forms_without_their_token_change_nothing(service, officer):
    forged = {"token": "forged", "finding": "procedural"}
    answers = [
        officer.client.post(path, data=forged, headers={"Accept": "text/html"}).status_code
        for path in ("/cases/R-BACK/findings", "/worklist/actions", "/worklist/capacity", "/worklist/filters")
    ]
    assert set(answers) <= {400, 403}
    assert service.get("/api/v1/findings").json["items"] == []


WORK = "/cases/R-BACK/work"


def test_what_did_not_fit_is_shown_again_as_it_was_typed(service, officer):
    officer.get(WORK)
    once = once_of(officer)
    typed = {"form": "w-finding", "once": once, "finding": "procedural", "note": "dua baris\r\npanjang"}
    officer.post("/cases/R-BACK/findings", checked_on="2026-01-01", back=WORK, **typed)
    assert officer.page.status_code == 422
    assert "Tanggal pemeriksaan dan keberangkatan tidak boleh sesudah hari ini." in officer.text
    assert "dua baris\r\npanjang</textarea>" in officer.page.text
    assert re.search(r'value="procedural" required checked', officer.page.text)
    assert once_of(officer) == once
    assert service.get("/api/v1/findings").json["items"] == []

    officer.post("/cases/R-BACK/corrections", form="w-contest", datum="", reason="kartu dibawa", back=WORK)
    assert officer.page.text.count("kartu dibawa</textarea>") == 1


def test_a_state_that_does_not_allow_it_is_said_beside_the_form(service, officer):
    officer.get(WORK)
    band = service.get("/api/v1/cases/R-BACK/score").json["band"]
    form = {"form": "w-override", "band": band, "reason": "sudah dilihat", "expires_on": "2025-09-20", "back": WORK}
    officer.post("/cases/R-BACK/overrides", **form)
    assert officer.page.status_code == 409
    assert "Hasil hitungan sudah sama dengan yang dipilih." in officer.text
    assert "sudah dilihat</textarea>" in officer.page.text
    officer.post("/cases/R-BACK/overrides", **form | {"band": "none", "expires_on": "2026-09-20"})
    assert "dari hari ini sampai 90 hari lagi" in officer.text


def test_what_is_confirmed_a_second_time_says_that_it_has_changed(service, officer):
    colleague = signed_in(service, office="O-OTHER")
    officer.get(WORK)
    officer.post(
        "/cases/R-BACK/findings", once=once_of(officer), finding="non_procedural", own_view="unsure", back=WORK
    )
    colleague.get("/findings")
    assert "R-BACK: Nonprosedural" in colleague.text
    assert 'href="/cases/R-BACK' not in colleague.page.text
    assert "Belum bisa dikatakan" in colleague.text
    finding = re.search(r'action="/findings/([^"/]+)/confirm"', colleague.page.text)[1]
    for said in ("dikonfirmasi sebagai petugas kedua", "Keadaannya sudah berubah."):
        colleague.post(f"/findings/{finding}/confirm", version="1", back="/findings")
        assert said in colleague.text
    assert colleague.page.status_code == 412


def test_a_case_says_who_works_on_it_and_is_taken_locked_and_rested_from_its_page(service, officer):
    colleague = signed_in(service)
    officer.get(WORK)
    for action, said in (("assign", "1 berkas diambil"), ("lock", "1 berkas dikunci.")):
        officer.post("/worklist/actions", action=action, cases="R-BACK", back=WORK)
        assert said in officer.text
        assert 'name="action_id"' in officer.page.text
    colleague.get("/cases/R-BACK")
    assert "Petugas: investigator of tests" in colleague.text
    assert "sedang dikerjakan investigator of tests sampai" in colleague.text
    colleague.get(WORK)
    assert "Selama terkunci" in colleague.text
    assert 'value="lock"' not in colleague.page.text
    refused = {"band": "none", "reason": "x", "expires_on": "2025-09-20", "back": WORK}
    colleague.post("/cases/R-BACK/overrides", **refused)
    assert "Petugas lain sedang mengunci berkas ini." in colleague.text

    officer.get(WORK)
    officer.post("/worklist/actions", action="unlock", cases="R-BACK", back=WORK)
    rest = {"until": "2025-09-20", "because": "waiting_office"}
    officer.post("/worklist/actions", action="snooze", cases="R-BACK", back=WORK, **rest)
    assert "istirahat sampai 20 Sep 2025: Menunggu kantor lain" in officer.text
    assert 'value="wake"' in officer.page.text


def test_an_override_in_force_stands_beside_the_score_on_the_case(officer):
    officer.get(WORK)
    officer.post("/cases/R-BACK/overrides", band="none", reason="surat ada", expires_on="2025-09-20", back=WORK)
    officer.get("/cases/R-BACK")
    assert "Ditetapkan petugas" not in officer.text
    officer.post("/cases/R-BACK/own-view", view="unsure", back="/cases/R-BACK")
    assert "Ditetapkan petugas: Tidak ada tindakan, oleh investigator of tests, sampai 21 Sep 2025" in officer.text
    assert "surat ada" in officer.text
    assert "Hubungi dulu" in officer.text


def test_data_are_contested_in_words_and_shown_beside_what_is_on_record(service, officer):
    supervisor = signed_in(service, "supervisor")
    officer.get(WORK)
    offered = re.findall(r'<option value="(set\|[^"]+)">([^<]+)</option>', officer.page.text)
    words = {what: code for code, what in offered}
    assert "Status: sudah berangkat" in words
    assert words["Aman dihubungi: ya"] == "set|candidates|C-BACK|safe_to_contact|true"
    assert not [what for what in words if re.search(r"departed|true|umrah,", what)]
    for datum, value in (
        (words["Negara tujuan: tulis di bawah"], "malaysia"),
        (words["Rencana berangkat: tulis di bawah"], "1/10/2025"),
        (words["Jabatan: tulis di bawah"], "juru masak"),
        (words["Nama: tulis di bawah"], "Contoh Fiktif Lain"),
        (re.search(r'value="(withdraw\|registration_steps\|[^"]+)"', officer.page.text)[1], ""),
    ):
        officer.post("/cases/R-BACK/corrections", datum=datum, value=value, reason="dibawa", back=WORK)
        assert "menunggu keputusan penyelia" in officer.text, datum
    supervisor.get("/corrections")
    for shown in (
        "Tercatat sekarang: Hong Kong DAK Tiongkok → Malaysia",
        "Tercatat sekarang: 22 Sep 2025 → 1 Okt 2025",
        "Tercatat sekarang: C••• F••• B••• → C••• F••• L•••",
        "→ Juru masak (5120)",
        "Seharusnya catatan dihapus",
    ):
        assert shown in supervisor.text
    assert "Fiktif Lain" not in supervisor.page.text

    for number in re.findall(r'action="(/corrections/[^"]+/decide)"', supervisor.page.text):
        accept = "true" if "1 Okt" in supervisor.page.text.split(number)[0].rpartition("<article")[2] else "false"
        supervisor.post(number, accept=accept, reason="cocok", version="1", back="/corrections")
    for page in (supervisor, officer):
        page.get("/corrections" if page is supervisor else WORK)
        assert "Tercatat saat diputuskan: 22 Sep 2025 → 1 Okt 2025" in page.text
        assert "Tercatat saat diputuskan: C••• F••• B••• · diminta: C••• F••• L•••" in page.text
        assert "Tercatat sekarang" not in page.text
        assert "Fiktif Lain" not in page.page.text

    officer.get(WORK)
    officer.post("/cases/R-BACK/corrections", datum=words["Nomor SIP2MI: tulis di bawah"], reason="x", back=WORK)
    assert "Isian tidak sesuai: seharusnya" in officer.text


def test_a_page_about_a_case_leads_back_to_the_list_it_was_opened_from(officer):
    officer.get("/worklist?lane=contact_first")
    for path in ("/cases/R-BACK", WORK):
        officer.get(path)
        assert 'href="/worklist?lane=contact_first">← Kembali ke daftar' in officer.page.text
    officer.get("/cases?order=risk")
    officer.get(WORK)
    assert 'href="/cases?order=risk">← Kembali ke daftar' in officer.page.text


def test_the_worklist_says_how_it_is_chosen_and_the_frame_whose_it_is(officer):
    assert "Dipilih menurut hasil hitungan, sisa hari, dan apa yang masih dapat dibantu" in officer.text
    assert "petugas · Kantor Contoh bp3mi 74.71" in officer.text


def test_a_case_says_what_was_found_before_once_ones_own_view_is_recorded(service, officer):
    colleague = signed_in(service)
    officer.get(WORK)
    officer.post(
        "/cases/R-BACK/findings", once=once_of(officer), finding="non_procedural", own_view="unsure", back=WORK
    )
    said = "Hasil pemeriksaan 11 Sep 2025: Nonprosedural (sementara)."
    assert said in (officer.get("/cases/R-BACK") and officer.text)
    assert said not in (colleague.get("/cases/R-BACK") and colleague.text)
    colleague.post("/cases/R-BACK/own-view", view="procedural", back="/cases/R-BACK")
    assert said in colleague.text


def test_the_warning_before_a_familys_letter_stands_before_the_number_to_call(officer):
    page = officer.get("/cases/R-FULL").text
    letter = page[page.index("<b>Surat status perkawinan</b>") :]
    letter = letter[: letter.index("</li>")]
    assert letter.index("Jangan menghubungi") < letter.index("Kantor Contoh village")


def test_the_list_of_an_earlier_day_can_be_looked_at(service, officer):
    before = cases_of(officer)
    service.now_us = NOW_US + US_PER_DAY
    officer = signed_in(service)
    assert 'name="day" type="date" max="2025-09-12"' in officer.page.text
    officer.get("/worklist?day=2025-09-11")
    assert "Daftar kerja Kantor Contoh bp3mi 74.71 · 11 Sep 2025" in officer.text
    assert cases_of(officer) == before
    officer.get("/worklist?day=2025-09-01")
    assert "Hari itu tidak ada daftar" in officer.text


def test_what_a_rescoring_changed_names_the_lane_of_whoever_is_not_registered(service, officer):
    officer.get("/worklist/changes")
    listed = {
        found[0]: found[1].strip()
        for found in re.findall(r'/cases/([^"]+)">.*?data-label="Tindakan">(.*?)</td>', officer.page.text, re.DOTALL)
    }
    cases = {case: service.get(f"/api/v1/cases/{case}/score").json["lane"] for case in listed}
    unregistered = [case for case, lane in cases.items() if lane == "register"]
    assert unregistered
    assert {listed[case] for case in unregistered} == {"Bantu daftar"}
    assert {listed[case] for case, lane in cases.items() if lane == "scored"} & {"Hubungi dulu", "Periksa berkas"}
    rows = officer.client.get("/exports/changes.csv").data.decode("utf-8-sig")
    assert rows.count("Bantu daftar") == len(unregistered)
