"""Bodies of the health endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from api.schemas.described import described
from indexer.documents import Json
from indexer.engines.manifest import SegmentCard

Status = Literal["pass", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that serving depends on, and how it stands."""

    name: str
    status: Status
    detail: str

    def to_json(self) -> dict[str, Json]:
        """The check as JSON members."""
        return {"name": self.name, "status": self.status, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Readiness:
    """What a process that can answer queries answers from, and whether all is well with it."""

    status: Literal["ready", "degraded"]
    generation: str
    articles: int
    passages: int
    segments: tuple[SegmentCard, ...]
    checks: tuple[Check, ...]


class CheckSchema(Schema):
    """One thing that serving depends on."""

    name = fields.String(
        required=True,
        metadata=described("What was looked at: `index`, `model` or `newest`.", "index"),
    )
    status = fields.String(
        required=True,
        validate=OneOf(["pass", "fail", "unknown"]),
        metadata=described("`unknown`: could not be looked at, because of another check.", "pass"),
    )
    detail = fields.String(
        required=True, metadata=described("How it stands, and what to do about it.", "Open.")
    )


class HealthSchema(Schema):
    """The process is alive."""

    status = fields.String(required=True, metadata=described("Always `alive`.", "alive"))


class NearestSchema(Schema):
    """How a segment is searched approximately, tuned when it was built."""

    lists = fields.Integer(required=True, metadata=described("Lists of near vectors.", 4000))
    probes = fields.Integer(required=True, metadata=described("Lists looked into.", 188))
    rescored = fields.Integer(
        required=True, metadata=described("Candidates compared by their exact vectors.", 600)
    )
    target = fields.Float(required=True, metadata=described("The recall asked for.", 0.99))
    recall = fields.Float(
        required=True,
        metadata=described("The share of the ten nearest passages found, as measured.", 0.991),
    )
    recall_at_100 = fields.Float(
        required=True, metadata=described("The same for the hundred nearest.", 0.962)
    )
    queries = fields.Integer(
        required=True, metadata=described("Queries it was measured with.", 400)
    )


class SegmentSchema(Schema):
    """A part of the index."""

    name = fields.String(required=True, metadata=described("Its name.", "000000000001-54a91c07"))
    articles = fields.Integer(
        required=True, metadata=described("Articles written to it, withdrawn ones too.", 250_000)
    )
    passages = fields.Integer(required=True, metadata=described("Their passages.", 1_000_000))
    nearest = fields.Nested(
        NearestSchema(),
        required=True,
        allow_none=True,
        metadata=described("How it is searched approximately; null: it is scanned exactly."),
    )


class ReadinessSchema(Schema):
    """Queries can be answered."""

    status = fields.String(
        required=True,
        validate=OneOf(["ready", "degraded"]),
        metadata=described(
            "`degraded`: the newest generation cannot be opened, and the one before serves on; or "
            "requests have met damage in the one that is served.",
            "ready",
        ),
    )
    generation = fields.String(
        required=True, metadata=described("The generation being served.", "000001-1f3a9c2e")
    )
    articles = fields.Integer(required=True, metadata=described("Articles in it.", 32))
    passages = fields.Integer(required=True, metadata=described("Passages in it.", 187))
    segments = fields.List(
        fields.Nested(SegmentSchema()),
        required=True,
        metadata=described("The parts the index is made of."),
    )
    checks = fields.List(
        fields.Nested(CheckSchema()),
        required=True,
        metadata=described("Each thing that serving depends on."),
    )
