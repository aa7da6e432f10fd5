"""The short version of ``make markers``: marked persons, keys and passwords are found nowhere but where they belong."""

from __future__ import annotations

from tests.markers import NAME, NIK, PERSON, Places, look_at_files, walk


def test_markers_are_nowhere_but_where_they_belong(tmp_path):
    places, home = Places(), tmp_path / "home"

    service, markers = walk(home, f"sqlite:///{home / 'risk.db'}", places)
    look_at_files(service, places, database=None)

    assert places.found(markers) == []
    kinds = {
        "log", "standard output and error", "texts of errors", "addresses in pages", "headers", "exports", "the trail",
        "answers of the interface", "backup", "rejects.csv", "files of risk.db", "files of requests.db",
    }  # fmt: skip
    assert kinds <= set(places.looked)
    revealed = service.client.post("/api/v1/candidates/C-MARK/identity", headers=service.headers("supervisor"))
    assert (revealed.json["nik"], revealed.json["full_name"]) == (NIK, NAME), "the markers did get in"
    service.store.close()


def test_a_marker_is_found_in_any_form():
    for form in (b"7471014101950007", b"NzQ3MTAxNDEwMTk1MDAwNw==", b"37343731303134313031393530303037"):
        places = Places()
        places.add("somewhere", b"a" + form + b"b")
        assert places.found(PERSON) == ["NIK in somewhere"]
