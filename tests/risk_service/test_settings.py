from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from risk_service.settings import SettingError, Settings, read_settings, reference


def test_nothing_set_gives_one_folder_for_everything():
    settings = read_settings({})

    assert settings.home == Path.cwd() / "var"
    assert settings.database_url == f"sqlite:///{settings.home / 'risk.db'}"
    assert (settings.registry, settings.keys) == (settings.home / "registry", settings.home / "keys")
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_what_follows_from_home_can_be_chosen_apart(tmp_path):
    settings = read_settings({"RISK_HOME": str(tmp_path), "RISK_REGISTRY": str(tmp_path / "elsewhere")})

    assert settings.registry == tmp_path / "elsewhere"
    assert settings.keys == tmp_path / "keys"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RISK_PORT", "http"),
        ("RISK_PORT", "0"),
        ("RISK_PORT", "９０"),
        ("RISK_MAX_BODY", "2 parsecs"),
        ("RISK_RATE_LIMIT", "lots"),
        ("RISK_SECURE_COOKIES", "perhaps"),
        ("RISK_LANGUAGE", "fr"),
        ("RISK_LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_cannot_be_read_names_its_variable(variable, value):
    with pytest.raises(SettingError, match=f"^{variable}: "):
        read_settings({variable: value})


def test_a_near_miss_of_a_name_is_an_error_and_a_foreign_name_is_not():
    with pytest.raises(SettingError, match="Perhaps RISK_DATABASE_URL was meant"):
        read_settings({"RISK_DATABSE_URL": "sqlite://"})

    read_settings({"RISK_APPETITE": "large", "PATH": "/bin"})


def test_an_empty_value_counts_as_not_set():
    assert read_settings({"RISK_PORT": "  "}).port == 8000


def test_sizes_have_units():
    assert read_settings({"RISK_MAX_BODY": "500kB"}).max_body == 500_000
    assert read_settings({"RISK_MAX_UPLOAD": "2 GB"}).max_upload == 2_000_000_000


def test_settings_are_frozen_and_keep_the_database_url_out_of_their_text():
    settings = Settings(database_url="postgresql+psycopg://risk:hunter2@db/risk")

    assert "hunter2" not in repr(settings)
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


def test_every_setting_is_documented():
    rows = reference()

    assert len(rows) == len(fields(Settings))
    assert all(row.variable.startswith("RISK_") and row.meaning.endswith(".") for row in rows)
