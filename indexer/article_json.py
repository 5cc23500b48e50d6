"""Articles as JSON and back, exactly: what is written is what is read."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from indexer.documents import Article

_DATES = ("published_at", "updated_at")


def to_json(article: Article) -> str:
    """The article as one line; dates keep the offset they were given with."""
    members: dict[str, Any] = {
        name: getattr(article, name) for name in Article.__dataclass_fields__
    }
    members["metadata"] = dict(article.metadata)
    for name in _DATES:
        moment: datetime | None = members[name]
        members[name] = moment.isoformat() if moment else None
    return json.dumps(members, ensure_ascii=False)


def from_json(line: str) -> Article:
    """The article `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
    members: dict[str, Any] = json.loads(line)
    members["authors"] = tuple(members["authors"])
    for name in _DATES:
        written: str | None = members[name]
        members[name] = datetime.fromisoformat(written) if written else None
    return Article(**members)
