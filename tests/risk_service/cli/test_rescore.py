from __future__ import annotations

from click.testing import CliRunner

from risk_service.cli import main
from risk_service.settings import Settings
from risk_service.store import open_store
from risk_service.store.runs import list_runs


def test_the_store_is_not_rescored_as_of_a_time_to_come(tmp_path):
    got = CliRunner().invoke(main, ["rescore", "--as-of", "2099-01-01"], env={"RISK_HOME": str(tmp_path)})

    assert got.exit_code == 2
    assert "as of a time to come" in got.stderr
    assert "Name a day up to" in got.stderr
    store = open_store(Settings(home=tmp_path).database_url)
    with store.reading() as connection:
        assert list_runs(connection, limit=10) == []
    store.close()
