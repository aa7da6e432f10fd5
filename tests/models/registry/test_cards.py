"""A card with what became of its release."""

from __future__ import annotations

from models.registry import promote, publish_release, read_card, rollback
from tests.models.registry.conftest import Office, trained_release


def test_a_card_tells_when_by_whom_and_why_its_release_was_put_in_force(office: Office) -> None:
    for name in ("first", "second"):
        publish_release(office.registry, trained_release(name), office.key, card=f"# {name}\n")
    assert read_card(office.registry, "first", office.trusted) == "# first\n"
    who = {"at_us": 1_700_000_000_000_000, "by": "Siti | Rahma"}
    promote(office.registry, "first", office.key, office.trusted, reason="pilot", **who)
    promote(office.registry, "second", office.key, office.trusted, reason="forced past fairness: we know", **who)
    rollback(office.registry, office.key, office.trusted, reason="*back*", **who)
    first = read_card(office.registry, "first", office.trusted)
    assert first.startswith("# first\n\n## Pemberlakuan / Promotions\n")
    assert "| 2023-11-14T22:13:20Z | promote | Siti \\| Rahma | pilot |" in first
    assert "| rollback | Siti \\| Rahma | \\*back\\* |" in first
    second = read_card(office.registry, "second", office.trusted)
    assert "forced past fairness: we know" in second
    assert "pilot" not in second
