"""What clients are told of an error, and the errors that carry words of their own for them."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.documents import Json


@dataclass(frozen=True, slots=True)
class Problem:
    """What a client is told of one kind of error: nothing in it comes from an exception."""

    status: int
    slug: str
    title: str
    detail: str

    @property
    def type(self) -> str:
        """The stable identifier clients may compare with."""
        return f"urn:dateline:problem:{self.slug}" if self.slug else "about:blank"

    def to_json(self) -> dict[str, Json]:
        """The members every problem has."""
        return {
            "type": self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }


class Refusal(Exception):
    """An error of the HTTP layer itself, whose detail and further members clients may read."""

    def __init__(self, detail: str, **members: Json) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members
