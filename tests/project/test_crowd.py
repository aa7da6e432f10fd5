"""The benchmark of pages works on a small crowd, on which nothing is judged."""

from __future__ import annotations

from benchmarks import _crowd, pages
from risk_service.settings import Settings
from risk_service.store import MasterKey
from risk_service.store import scores as queue
from risk_service.store.names import latest_identities


def test_a_crowd_is_made_of_people_with_keys_of_their_own_and_every_page_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(_crowd, "WORLD", 300)
    monkeypatch.setattr(pages, "REPEATS", 2)
    store = _crowd.make(tmp_path, cases=200)
    master = MasterKey.open(Settings(home=tmp_path).keys)
    with store.reading() as connection:
        everybody = queue.page(connection, queue.Wanted(), order="planned", limit=1000)
        copies = [score.candidate_id for score in everybody if score.candidate_id.endswith("~1")]
        names = latest_identities(connection, master, copies, t_us=_crowd.NOW_US)
    assert 120 <= len(everybody) <= 200
    assert copies
    assert all(who is not None and who.full_name for who in names.values())
    assert len({score.planned_day for score in everybody}) > 20

    figures = list(pages.figures("x", tmp_path, store, pages=True))
    store.close()
    assert {"x: page /cases/<opaque:case_id>", "x: page /region", "x: page /worklist"} <= {f.what for f in figures}
    assert sum("GET /cases, office + band + " in figure.what for figure in figures) == 20  # p50 and p95
    assert all(figure.value > 0 for figure in figures)
