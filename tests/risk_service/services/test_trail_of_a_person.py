"""Entries about a person are found by an index, whether they are about that person alone or a list that named them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from risk_service.policy import Principal
from risk_service.services import audit
from risk_service.services.audit import Reading
from risk_service.store import audit as trail
from risk_service.store import migrate, open_store
from risk_service.store.tables import audit_people

READING = Reading(principal=Principal(key_id="k1", name="Sari", role="viewer"), purpose="case_work", now_us=1)
SITI, BUDI = "0a" * 16, "f1" * 16


def about(store, subject):
    with store.reading() as connection:
        return [entry.action for entry in trail.entries(connection, wanted=trail.Wanted(subject=subject))]


def fill(store):
    audit.record(store, READING, action="case.read", subject=SITI)
    audit.record(store, READING, action="case.list", detail={"people": [SITI, BUDI, SITI]})
    audit.record(store, READING, action="case.read", subject=BUDI)
    audit.record(store, READING, action="key.rotate-master", detail={"people": 2})


def test_a_person_is_found_in_entries_of_their_own_and_in_lists(store):
    fill(store)

    assert about(store, SITI) == ["case.read", "case.list"]
    assert about(store, BUDI) == ["case.list", "case.read"]
    assert about(store, "0a" * 8 + "00" * 8) == []  # begins alike
    assert about(store, "R-1") == []


def test_whoever_was_on_a_list_before_the_index_was_made_is_in_it(store):
    fill(store)
    migrate.downgrade(store, "0009")
    migrate.upgrade(store)

    assert about(store, SITI) == ["case.read", "case.list"]
    with store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(audit_people)).scalar() == 2


def test_no_read_of_a_persons_entries_scans_the_trail(sqlite_template):
    asked = []
    kept = open_store(f"sqlite:///{sqlite_template}")
    with kept.reading() as connection:
        note = lambda _c, _cur, statement, parameters, *_: asked.append((statement, parameters))  # noqa: E731
        sa.event.listen(connection, "before_cursor_execute", note)
        list(trail.entries(connection, wanted=trail.Wanted(subject=SITI)))
        statement, parameters = asked[0]
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    kept.close()

    assert not [step for step in plan if step.startswith("SCAN")], plan


def test_entries_kept_together_are_kept_in_their_order_even_when_the_block_fails(store):
    def read_and_fail():
        with audit.together(store, READING) as reading:
            audit.record(store, reading, action="case.read", subject=SITI)
            audit.record(store, reading, action="finding.list", detail={"people": [SITI]})
            assert about(store, SITI) == []
            raise KeyError(SITI)

    with pytest.raises(KeyError):
        read_and_fail()

    assert about(store, SITI) == ["case.read", "finding.list"]
    assert audit.verify(store).broken is None
