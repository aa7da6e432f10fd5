"""Feeds, deliveries and persons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "agencies",
        sa.Column("agency_id", TEXT, nullable=False),
        sa.Column("name", TEXT),
        sa.Column("kind", TEXT),
        sa.Column("head_region", TEXT),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "recorded_at", "ingest_seq", "row", name="pk_agencies"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "agency_events",
        sa.Column("event_id", TEXT, nullable=False),
        sa.Column("agency_id", TEXT),
        sa.Column("event", TEXT),
        sa.Column("effective_on", sa.Integer),
        sa.Column("valid_to", sa.Integer),
        sa.Column("regime", TEXT),
        sa.Column("scope", TEXT),
        sa.Column("to_agency_id", TEXT),
        sa.Column("amount_idr", sa.BigInteger),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "recorded_at", "ingest_seq", "row", name="pk_agency_events"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_agency_events_agency_id", "agency_events", ["agency_id"])
    op.create_table(
        "branches",
        sa.Column("agency_id", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=False),
        sa.Column("registered_on", sa.Integer),
        sa.Column("closed_on", sa.Integer),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "region", "recorded_at", "ingest_seq", "row", name="pk_branches"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "candidates",
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("sex", TEXT),
        sa.Column("birth_date", sa.Integer),
        sa.Column("safe_to_contact", sa.SmallInteger),
        sa.Column("home_region", TEXT),
        sa.Column("enrolled_as", TEXT),
        sa.Column("work_evidence", TEXT),
        sa.Column("office", TEXT),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("identity_token", sa.LargeBinary),
        sa.Column("nik_token", sa.LargeBinary),
        sa.Column("passport_token", sa.LargeBinary),
        sa.Column("nik_state", sa.SmallInteger, nullable=False),
        sa.Column("nik_birth", sa.Integer),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", "recorded_at", "ingest_seq", "row", name="pk_candidates"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_candidates_nik_token", "candidates", ["nik_token"])
    op.create_index("ix_candidates_passport_token", "candidates", ["passport_token"])
    op.create_table(
        "deliveries",
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("ingested_at_us", sa.BigInteger, nullable=False),
        sa.Column("label", TEXT, nullable=False, comment="name of the folder"),
        sa.Column("source", TEXT, nullable=False, comment="of the manifest, empty without one"),
        sa.Column("produced_at_us", sa.BigInteger),
        sa.Column("released_from", sa.Integer, comment="of rows that had been pending"),
        sa.ForeignKeyConstraint(["released_from"], ["deliveries.seq"], name="fk_deliveries_released_from"),
        sa.PrimaryKeyConstraint("seq", name="pk_deliveries"),
    )
    op.create_table(
        "facts",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
        comment="what the store knows of itself: simulated or not, a check of its master key",
    )
    op.create_table(
        "incidents",
        sa.Column("incident_id", TEXT, nullable=False),
        sa.Column("region", TEXT),
        sa.Column("occurred_on", sa.Integer),
        sa.Column("kind", TEXT),
        sa.Column("persons", sa.BigInteger),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("incident_id", "recorded_at", "ingest_seq", "row", name="pk_incidents"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "linked_candidates",
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", name="pk_linked_candidates"),
        comment="candidates who share a key with another one in some version; scored in one piece",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "name_tokens",
        sa.Column("token", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("token", "candidate_id", name="pk_name_tokens"),
        comment="keyed hashes of three letters of a name each",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_name_tokens_candidate_id", "name_tokens", ["candidate_id"])
    op.create_table(
        "offices",
        sa.Column("office_id", TEXT, nullable=False),
        sa.Column("kind", TEXT),
        sa.Column("name", TEXT),
        sa.Column("region", TEXT),
        sa.Column("phone", TEXT),
        sa.Column("connected_from", sa.Integer),
        sa.Column("connected_to", sa.Integer),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("office_id", "recorded_at", "ingest_seq", "row", name="pk_offices"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outcomes",
        sa.Column("outcome_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT),
        sa.Column("registration_id", TEXT),
        sa.Column("departed_on", sa.Integer),
        sa.Column("checked_on", sa.Integer),
        sa.Column("finding", TEXT),
        sa.Column("state_found", TEXT),
        sa.Column("help_given", TEXT),
        sa.Column("examined_because", TEXT),
        sa.Column("inclusion_probability", sa.Double),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("outcome_id", "recorded_at", "ingest_seq", "row", name="pk_outcomes"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_outcomes_candidate_id", "outcomes", ["candidate_id"])
    op.create_table(
        "pending_outcomes",
        sa.Column("outcome_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT),
        sa.Column("registration_id", TEXT),
        sa.Column("departed_on", sa.Integer),
        sa.Column("checked_on", sa.Integer),
        sa.Column("finding", TEXT),
        sa.Column("state_found", TEXT),
        sa.Column("help_given", TEXT),
        sa.Column("examined_because", TEXT),
        sa.Column("inclusion_probability", sa.Double),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("outcome_id", "recorded_at", "ingest_seq", "row", name="pk_pending_outcomes"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_registration_steps",
        sa.Column("registration_id", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT),
        sa.Column("completed_on", sa.Integer),
        sa.Column("issuer", TEXT),
        sa.Column("issuer_ref", TEXT),
        sa.Column("valid_until", sa.Integer),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "registration_id", "step", "recorded_at", "ingest_seq", "row", name="pk_pending_registration_steps"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_registrations",
        sa.Column("registration_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT),
        sa.Column("placement", TEXT),
        sa.Column("scheme", TEXT),
        sa.Column("destination_country", TEXT),
        sa.Column("occupation", TEXT),
        sa.Column("agency_id", TEXT),
        sa.Column("branch_region", TEXT),
        sa.Column("permit_id", TEXT),
        sa.Column("recruiter_ref", TEXT),
        sa.Column("office", TEXT),
        sa.Column("registered_on", sa.Integer),
        sa.Column("planned_departure_on", sa.Integer),
        sa.Column("status", TEXT),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "recorded_at", "ingest_seq", "row", name="pk_pending_registrations"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending_travel",
        sa.Column("travel_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT),
        sa.Column("registration_id", TEXT),
        sa.Column("departure_at", sa.BigInteger),
        sa.Column("departure_point", TEXT),
        sa.Column("destination_country", TEXT),
        sa.Column("transit_countries", TEXT),
        sa.Column("visa_class", TEXT),
        sa.Column("planned_stay_days", sa.BigInteger),
        sa.Column("visa_days", sa.BigInteger),
        sa.Column("return_ticket", TEXT),
        sa.Column("booked_at", sa.BigInteger),
        sa.Column("payer", TEXT),
        sa.Column("payer_ref", TEXT),
        sa.Column("group_ref", TEXT),
        sa.Column("group_size", sa.BigInteger),
        sa.Column("licensed_tour", sa.SmallInteger),
        sa.Column("border_transfer_from", TEXT),
        sa.Column("passport_issued_on", sa.Integer),
        sa.Column("passport_office_region", TEXT),
        sa.Column("passport_replaced", sa.SmallInteger),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("travel_id", "recorded_at", "ingest_seq", "row", name="pk_pending_travel"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "people",
        sa.Column("candidate_id", TEXT, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, comment="null once erased"),
        sa.Column("erased_at_us", sa.BigInteger),
        sa.Column("erased_under", TEXT),
        sa.PrimaryKeyConstraint("candidate_id", name="pk_people"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "permits",
        sa.Column("permit_id", TEXT, nullable=False),
        sa.Column("agency_id", TEXT),
        sa.Column("destination_country", TEXT),
        sa.Column("occupation", TEXT),
        sa.Column("quota", sa.BigInteger),
        sa.Column("valid_from", sa.Integer),
        sa.Column("valid_to", sa.Integer),
        sa.Column("withdrawn_on", sa.Integer),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("permit_id", "recorded_at", "ingest_seq", "row", name="pk_permits"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_permits_agency_id", "permits", ["agency_id"])
    op.create_table(
        "registration_steps",
        sa.Column("registration_id", TEXT, nullable=False),
        sa.Column("step", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT),
        sa.Column("completed_on", sa.Integer),
        sa.Column("issuer", TEXT),
        sa.Column("issuer_ref", TEXT),
        sa.Column("valid_until", sa.Integer),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "registration_id", "step", "recorded_at", "ingest_seq", "row", name="pk_registration_steps"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_registration_steps_candidate_id", "registration_steps", ["candidate_id"])
    op.create_table(
        "registrations",
        sa.Column("registration_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT),
        sa.Column("placement", TEXT),
        sa.Column("scheme", TEXT),
        sa.Column("destination_country", TEXT),
        sa.Column("occupation", TEXT),
        sa.Column("agency_id", TEXT),
        sa.Column("branch_region", TEXT),
        sa.Column("permit_id", TEXT),
        sa.Column("recruiter_ref", TEXT),
        sa.Column("office", TEXT),
        sa.Column("registered_on", sa.Integer),
        sa.Column("planned_departure_on", sa.Integer),
        sa.Column("status", TEXT),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "recorded_at", "ingest_seq", "row", name="pk_registrations"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_registrations_agency_id", "registrations", ["agency_id"])
    op.create_index("ix_registrations_candidate_id", "registrations", ["candidate_id"])
    op.create_table(
        "travel",
        sa.Column("travel_id", TEXT, nullable=False),
        sa.Column("candidate_id", TEXT),
        sa.Column("registration_id", TEXT),
        sa.Column("departure_at", sa.BigInteger),
        sa.Column("departure_point", TEXT),
        sa.Column("destination_country", TEXT),
        sa.Column("transit_countries", TEXT),
        sa.Column("visa_class", TEXT),
        sa.Column("planned_stay_days", sa.BigInteger),
        sa.Column("visa_days", sa.BigInteger),
        sa.Column("return_ticket", TEXT),
        sa.Column("booked_at", sa.BigInteger),
        sa.Column("payer", TEXT),
        sa.Column("payer_ref", TEXT),
        sa.Column("group_ref", TEXT),
        sa.Column("group_size", sa.BigInteger),
        sa.Column("licensed_tour", sa.SmallInteger),
        sa.Column("border_transfer_from", TEXT),
        sa.Column("passport_issued_on", sa.Integer),
        sa.Column("passport_office_region", TEXT),
        sa.Column("passport_replaced", sa.SmallInteger),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("retracted", sa.SmallInteger, nullable=False),
        sa.Column("ingest_seq", sa.Integer, nullable=False),
        sa.Column("row", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("travel_id", "recorded_at", "ingest_seq", "row", name="pk_travel"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_travel_candidate_id", "travel", ["candidate_id"])
    op.create_table(
        "delivery_feeds",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("taken", sa.BigInteger, nullable=False),
        sa.Column("already", sa.BigInteger, nullable=False),
        sa.Column("rejected", sa.BigInteger, nullable=False),
        sa.Column("pending", sa.BigInteger, nullable=False),
        sa.Column("released", sa.BigInteger, nullable=False),
        sa.Column("unresolved", sa.BigInteger, nullable=False),
        sa.Column("sha256", TEXT),
        sa.Column("complete_through_us", sa.BigInteger),
        sa.ForeignKeyConstraint(["seq"], ["deliveries.seq"], name="fk_delivery_feeds_seq"),
        sa.PrimaryKeyConstraint("seq", "feed", name="pk_delivery_feeds"),
    )
    op.create_table(
        "rejects",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["deliveries.seq"], name="fk_rejects_seq"),
        sa.PrimaryKeyConstraint("seq", "feed", "field", "reason", name="pk_rejects"),
        comment="how many rows were rejected for what; the rows themselves are in rejects.csv alone",
    )
    op.create_table(
        "unresolved",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("feed", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["deliveries.seq"], name="fk_unresolved_seq"),
        sa.PrimaryKeyConstraint("seq", "feed", "field", "value", name="pk_unresolved"),
        comment="soft references that nobody had delivered by then",
    )


def downgrade() -> None:
    """Remove them, and what is in them."""
    op.drop_table("unresolved")
    op.drop_table("rejects")
    op.drop_table("delivery_feeds")
    op.drop_index("ix_travel_candidate_id", table_name="travel")
    op.drop_table("travel")
    op.drop_index("ix_registrations_candidate_id", table_name="registrations")
    op.drop_index("ix_registrations_agency_id", table_name="registrations")
    op.drop_table("registrations")
    op.drop_index("ix_registration_steps_candidate_id", table_name="registration_steps")
    op.drop_table("registration_steps")
    op.drop_index("ix_permits_agency_id", table_name="permits")
    op.drop_table("permits")
    op.drop_table("people")
    op.drop_table("pending_travel")
    op.drop_table("pending_registrations")
    op.drop_table("pending_registration_steps")
    op.drop_table("pending_outcomes")
    op.drop_index("ix_outcomes_candidate_id", table_name="outcomes")
    op.drop_table("outcomes")
    op.drop_table("offices")
    op.drop_index("ix_name_tokens_candidate_id", table_name="name_tokens")
    op.drop_table("name_tokens")
    op.drop_table("linked_candidates")
    op.drop_table("incidents")
    op.drop_table("facts")
    op.drop_table("deliveries")
    op.drop_index("ix_candidates_passport_token", table_name="candidates")
    op.drop_index("ix_candidates_nik_token", table_name="candidates")
    op.drop_table("candidates")
    op.drop_table("branches")
    op.drop_index("ix_agency_events_agency_id", table_name="agency_events")
    op.drop_table("agency_events")
    op.drop_table("agencies")
