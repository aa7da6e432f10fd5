"""Releases, runs and deliveries on the wire."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from risk_service.policy import PURPOSES
from risk_service.schemas.common import Moment, PageQuery, Text, usable


class Gate(Schema):
    """A gate of a release: whether it may be promoted, and what that rests on."""

    verdict = fields.String(metadata={"description": "holds, breach or not enough evidence."})
    holds = fields.Boolean(metadata={"description": "False for a breach alone."})
    says = fields.String(metadata={"description": "In the words of the release, English."})
    text = fields.Nested(
        Text,
        required=True,
        allow_none=True,
        metadata={"description": "The same in words of this version; null: a gate or release it does not know."},
    )


class Release(Schema):
    """A release of the registry."""

    name = fields.String(required=True)
    kind = fields.String(required=True, allow_none=True, metadata={"description": "trained or rules_only."})
    simulated = fields.Boolean(
        required=True, allow_none=True, metadata={"description": "Made on simulated data; null: goes with both kinds."}
    )
    in_force = fields.Boolean(required=True)
    promoted_at = fields.List(Moment(), required=True)
    data_from = fields.String(required=True, allow_none=True)
    data_until = fields.String(required=True, allow_none=True)
    catalogue_version = fields.Integer(required=True, allow_none=True)
    rules_version = fields.String(required=True, allow_none=True)
    figures = fields.Dict(required=True)
    gates = fields.Dict(keys=fields.String(), values=fields.Nested(Gate), required=True)
    fault = fields.String(required=True, allow_none=True, metadata={"description": "Why it cannot be used here."})


class ReleaseList(Schema):
    """All releases, the one in force first."""

    items = fields.List(fields.Nested(Release), required=True)


class CurrentRelease(Schema):
    """The release in force and its card."""

    release = fields.Nested(Release, required=True)
    card = fields.String(required=True, metadata={"description": "Markdown."})


class RunRequest(Schema):
    """A rescoring to start."""

    as_of = Moment(metadata={"description": "Judge by what was knowable then. Default: now."})


class Run(Schema):
    """A rescoring."""

    run_id = fields.String(required=True)
    state = fields.String(
        required=True, metadata={"description": "waiting, counting, scoring, done, failed or abandoned."}
    )
    as_of = Moment(required=True)
    requested_at = Moment(required=True)
    started_at = Moment(required=True, allow_none=True)
    finished_at = Moment(required=True, allow_none=True)
    ingest_seq = fields.Integer(required=True, metadata={"description": "Deliveries up to this one are read."})
    release = fields.String(required=True)
    rules_version = fields.String(required=True)
    simulated = fields.Boolean(required=True)
    cases = fields.Integer(required=True, allow_none=True)
    changed = fields.Integer(required=True, allow_none=True)
    ended = fields.Integer(required=True, allow_none=True, metadata={"description": "Cases that left the queue."})
    drift = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Whether those scored are still like those the release was made for, in one line."},
    )
    fault = fields.String(required=True, allow_none=True)


class RunPage(Schema):
    """Rescorings, the latest first."""

    items = fields.List(fields.Nested(Run), required=True)
    next = fields.String(required=True, allow_none=True)


class RunsQuery(PageQuery):
    """Which rescorings."""


class FeedReport(Schema):
    """What became of one feed of a delivery, in rows."""

    feed = fields.String(required=True)
    rows = fields.Integer(required=True)
    taken = fields.Integer(required=True, metadata={"description": "New in the store."})
    already = fields.Integer(required=True, metadata={"description": "There before."})
    rejected = fields.Integer(required=True)
    pending = fields.Integer(required=True, metadata={"description": "Waiting for a parent."})
    released = fields.Integer(required=True, metadata={"description": "Of earlier deliveries, in now."})
    unresolved = fields.Integer(required=True, metadata={"description": "Cite something nobody has delivered."})


class RejectedRow(Schema):
    """A row that was not taken, and why; what may identify a person is hidden."""

    feed = fields.String(required=True)
    line = fields.Integer(required=True)
    key = fields.String(required=True)
    field = fields.String(required=True)
    value = fields.String(required=True)
    reason = fields.String(required=True)


class DeliveryReport(Schema):
    """What became of a delivery; taken whole, in one commit."""

    ingest_seq = fields.Integer(required=True)
    source = fields.String(required=True, allow_none=True)
    simulated = fields.Boolean(required=True)
    feeds = fields.List(fields.Nested(FeedReport), required=True)
    still_pending = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    freshness = fields.Dict(keys=fields.String(), values=Moment(allow_none=True), required=True)
    ignored_files = fields.List(fields.String(), required=True)
    unknown_columns = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)
    rejects = fields.List(
        fields.Nested(RejectedRow), required=True, metadata={"description": "The first of them, at most a thousand."}
    )


class Health(Schema):
    """Alive or ready, and why not."""

    status = fields.String(required=True, validate=validate.OneOf(("ok", "unavailable")))
    checks = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    version = fields.String(required=True)


class AuditQuery(Schema):
    """Which entries of the trail."""

    principal = fields.String(validate=[validate.Length(1, 128), usable])
    action = fields.String(validate=[validate.Length(1, 64), usable])
    purpose = fields.String(validate=validate.OneOf(list(PURPOSES)))
    candidate = fields.String(validate=[validate.Length(1, 128), usable])
    since = fields.Date(metadata={"description": "On or after this day in Jakarta."})
    until = fields.Date(metadata={"description": "On or before this day in Jakarta."})
    before = fields.Integer(validate=validate.Range(1), metadata={"description": "Only entries of smaller numbers."})
