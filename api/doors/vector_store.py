"""The one vector store there is, as OpenAI's contract describes stores."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from marshmallow import Schema, fields

from api.schemas.described import described
from indexer.documents import Json
from indexer.engines.manifest import Manifest

STORE_ID = "vs_dateline"


def store_of(manifest: Manifest) -> dict[str, Json]:
    """The index as a store: its articles are files, and it never expires."""
    cards = chain(manifest.files.values(), *(each.files.values() for each in manifest.segments))
    created = int(datetime.fromisoformat(manifest.created_at).timestamp())
    counts: dict[str, Json] = dict.fromkeys(("in_progress", "failed", "cancelled"), 0)
    return {
        "id": STORE_ID,
        "object": "vector_store",
        "name": "dateline",
        "created_at": created,
        "last_active_at": created,
        "usage_bytes": sum(card.bytes for card in cards),
        "file_counts": {**counts, "completed": manifest.articles, "total": manifest.articles},
        "status": "completed",
        "expires_after": None,
        "expires_at": None,
        "metadata": {"generation": manifest.generation, "model": manifest.model.name},
    }


class FileCountsSchema(Schema):
    """How many files, that is articles, there are by what became of them."""

    in_progress = fields.Integer(metadata=described("None: an index is whole.", 0))
    completed = fields.Integer(metadata=described("All there are.", 45))
    failed = fields.Integer(metadata=described("None.", 0))
    cancelled = fields.Integer(metadata=described("None.", 0))
    total = fields.Integer(metadata=described("All there are.", 45))


class VectorStoreSchema(Schema):
    """The index as a vector store."""

    id = fields.String(metadata=described("The one id there is.", STORE_ID))
    object = fields.String(metadata=described("Always `vector_store`.", "vector_store"))
    name = fields.String(metadata=described("Always `dateline`.", "dateline"))
    created_at = fields.Integer(
        metadata=described("When its generation was made, in seconds since 1970.", 1768500000)
    )
    last_active_at = fields.Integer(metadata=described("The same.", 1768500000))
    usage_bytes = fields.Integer(metadata=described("How large its files are.", 1048576))
    file_counts = fields.Nested(FileCountsSchema(), metadata=described("How many articles."))
    status = fields.String(metadata=described("Always `completed`.", "completed"))
    expires_after = fields.Dict(allow_none=True, metadata=described("Null: it does not.", None))
    expires_at = fields.Integer(allow_none=True, metadata=described("Null.", None))
    metadata = fields.Dict(
        metadata=described(
            "The generation of the index, and its model.", {"generation": "000001-1f3a9c2e"}
        )
    )


class VectorStoreListSchema(Schema):
    """A page of stores."""

    object = fields.String(metadata=described("Always `list`.", "list"))
    data = fields.List(
        fields.Nested(VectorStoreSchema()), metadata=described("The store, on the first page.")
    )
    first_id = fields.String(allow_none=True, metadata=described("The first id.", STORE_ID))
    last_id = fields.String(allow_none=True, metadata=described("The last id.", STORE_ID))
    has_more = fields.Boolean(metadata=described("Never.", False))


class StoreListParameters(Schema):
    """The URL parameters of the list of stores; whatever else a client sends is let pass."""

    after = fields.String(
        metadata=described("The id of the last store of the page before.", STORE_ID)
    )
    before = fields.String(
        metadata=described("The id of the first store of the page after.", STORE_ID)
    )
