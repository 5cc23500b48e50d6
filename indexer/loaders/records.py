"""Articles written as keys and values (JSON, front matter), under the names outlets use."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from indexer.documents import Json
from indexer.errors import UnreadableFile
from indexer.loaders.draft import Draft, Problem

# A dotted name reaches into an object: {"source": {"name": …}}.
ID = ("id", "_id")
TITLE = ("title", "headline", "webTitle")
BODY = ("content", "body", "text", "fields.bodyText")
TEXT = (*BODY, "description", "summary")
SOURCE = ("source", "source.name", "publisher", "publisher.name")
URL = ("url", "link", "webUrl")
AUTHORS = ("byline", "author", "authors", "fields.byline")
PUBLISHED = ("publishedAt", "published_at", "date", "webPublicationDate", "published")
UPDATED = ("updatedAt", "updated_at", "updated")
SECTION = ("section", "sectionName", "category")
LANGUAGE = ("language", "lang")

_BETWEEN_NAMES = re.compile(r" ?(?:;|&|,? and |,(?! ?(?:Jr|Sr|II|III)\b)) ?")


def parse_json(text: str) -> Json:
    """The value `text` spells; NaN and Infinity, which are no JSON, are read as null.

    Raises UnreadableFile when it is not JSON.
    """
    try:
        value: Json = json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableFile(f"it is not JSON: {error.msg} at {where}") from None
    except ValueError:
        raise UnreadableFile("it is not JSON: a number has too many digits") from None
    except RecursionError:
        raise UnreadableFile("it is not JSON that can be read: nested too deeply") from None
    return value


def read_record(record: Json, place: str = "") -> Draft | Problem:
    """The article one JSON value holds, or why it holds none."""
    if isinstance(record, dict):
        return draft_from(record, place)
    return Problem(place, "it is not an object with the fields of an article")


def draft_from(record: dict[str, Json], place: str = "", text: str = "") -> Draft:
    """The article in `record`; keys that are no field of an article become its metadata.

    `text` is the article's body when it stands outside the record, as under front matter.
    """
    fields = _Fields(record)
    return Draft(
        text=text or fields.take_text(),
        title=fields.take("title", TITLE),
        id=fields.take("id", ID),
        source=fields.take("source", SOURCE),
        url=fields.take("url", URL),
        authors=fields.take_authors(),
        published_at=fields.take("published date", PUBLISHED),
        updated_at=fields.take("updated date", UPDATED),
        section=fields.take("section", SECTION),
        language=fields.take("language", LANGUAGE),
        metadata=fields.take_metadata(),
        place=place,
        doubts=tuple(fields.doubts),
    )


def has_body(record: dict[str, Json]) -> bool:
    """Whether a record has the text of an article of its own."""
    fields = _Fields(record)
    return any(fields.paragraphs(alias) for alias in BODY)


def split_authors(byline: str) -> tuple[str, ...]:
    """The names in a byline: "By A, B and C" names three."""
    names = re.sub(r"^by ", "", " ".join(byline.split()), flags=re.IGNORECASE)
    return tuple(name for name in _BETWEEN_NAMES.split(names) if name)


class _Fields:
    """What is left of a record while the fields of an article are taken out of it."""

    def __init__(self, record: dict[str, Json]) -> None:
        self.rest = {name: value for name, value in record.items() if not _is_blank(value)}
        self.doubts: list[str] = []

    def take(self, field: str, aliases: Sequence[str]) -> str:
        """The first value under `aliases` that is words or a number; it leaves the record."""
        strange = False
        for alias in aliases:
            value = self._at(alias)
            if _is_written(value):
                self._remove(alias)
                if not _is_blank(value):
                    return str(value)
            else:
                strange = strange or not (value is None or isinstance(value, dict))
        if strange:
            self.doubts.append(f"its {field} is not text; it was kept as metadata")
        return ""

    def take_text(self) -> str:
        """The first text there is; a body that is none is not silently passed over for it."""
        for alias in TEXT:
            if text := self.paragraphs(alias):
                self._remove(alias)
                return text
            if self._at(alias):
                self.doubts.append(f"its {alias} is not text; it was kept as metadata")
        return ""

    def paragraphs(self, alias: str) -> str:
        """What stands under `alias`, be it written as one text or as a list of paragraphs."""
        listed = self._listed(alias)
        return "\n\n".join(map(str, listed)) if all(map(_is_written, listed)) else ""

    def take_authors(self) -> tuple[str, ...]:
        """The authors, from a byline, a list of names, or objects with a name."""
        strange = False
        for alias in AUTHORS:
            listed = self._listed(alias)
            names = [name for author in listed if (name := _name(author))]
            unnamed = [it for it in listed if not (_name(it) or _is_empty(it))]
            strange = strange or bool(unnamed)
            if names:
                self._remove(alias)
                if unnamed:
                    self.rest[alias] = unnamed
                    self.doubts.append("some of its authors have no name; kept as metadata")
                return split_authors(names[0]) if len(names) == 1 else tuple(names)
        if strange:
            self.doubts.append("its authors have no name; kept as metadata")
        return ()

    def take_metadata(self) -> dict[str, Json]:
        """What no field took; an object named `metadata` is opened into it."""
        inner = self.rest.pop("metadata", None)
        if inner is None or isinstance(inner, dict):
            return (inner or {}) | self.rest
        return self.rest | {"metadata": inner}

    def _listed(self, alias: str) -> list[Json]:
        value = self._at(alias)
        listed = value if isinstance(value, list) else [value]
        return [item for item in listed if not _is_blank(item)]

    def _at(self, alias: str) -> Json:
        outer, _, inner = alias.partition(".")
        value = self.rest.get(outer)
        if not inner or alias in self.rest:
            return self.rest.get(alias)
        return value.get(inner) if isinstance(value, dict) else None

    def _remove(self, alias: str) -> None:
        if alias in self.rest:
            del self.rest[alias]
            return
        outer, _, inner = alias.partition(".")
        value = self.rest.pop(outer)
        if isinstance(value, dict) and (others := {k: v for k, v in value.items() if k != inner}):
            self.rest[outer] = others


def _name(author: Json) -> str:
    name = author.get("name") if isinstance(author, dict) else author
    return name if isinstance(name, str) and name.strip() else ""


def _is_empty(author: Json) -> bool:
    return isinstance(author, dict) and all(map(_is_blank, author.values()))


def _is_written(value: Json) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_blank(value: Json) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
