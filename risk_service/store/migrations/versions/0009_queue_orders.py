"""Indexes of the queue: every filter in the order of departure, and all filters beside office and band."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BY_DATE = ("lane", "office", "destination", "agency_id", "band_order")
_REST = ("lane", "destination", "agency_id")


def upgrade() -> None:
    """Add what the order of departure needs, and widen what an office is asked for most."""
    for name in _BY_DATE:
        op.create_index(
            f"ix_current_scores_{name}_planned", "current_scores", [name, "planned_key", "case_id", "candidate_id"]
        )
    op.create_index(
        "ix_current_scores_office_band_planned",
        "current_scores",
        ["office", "band_order", "planned_key", "case_id", "candidate_id", *_REST],
    )
    op.drop_index("ix_current_scores_office", "current_scores")
    op.create_index(
        "ix_current_scores_office",
        "current_scores",
        ["office", "band_order", "rank_key", "case_id", "candidate_id", *_REST, "planned_key"],
    )


def downgrade() -> None:
    """Go back to one index per filter, in the order of risk."""
    op.drop_index("ix_current_scores_office", "current_scores")
    op.create_index("ix_current_scores_office", "current_scores", ["office", "band_order", "rank_key", "case_id"])
    op.drop_index("ix_current_scores_office_band_planned", "current_scores")
    for name in reversed(_BY_DATE):
        op.drop_index(f"ix_current_scores_{name}_planned", "current_scores")
