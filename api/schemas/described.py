"""What every field of a schema carries into the OpenAPI document."""

from __future__ import annotations

from indexer.documents import Json


def described(description: str, *examples: Json, **keywords: Json) -> dict[str, Json]:
    """Field metadata: what it means, what it looks like, and JSON Schema keywords beside."""
    metadata: dict[str, Json] = {"description": description, **keywords}
    return {**metadata, "examples": list(examples)} if examples else metadata
