"""`.xml`, `.rss`, `.atom`: feeds, by feedparser, from bytes and never from the network."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from indexer.documents import Json
from indexer.errors import UnreadableFile
from indexer.loaders.decoding import mend
from indexer.loaders.draft import Draft, Problem, Severity
from indexer.loaders.html_text import plain_text

# Only from where a word begins: a long one without an @ would be read again from every letter.
_ADDRESS = re.compile(r"[(<]?(?<![^\s()<>])[^\s()<>]+@[^\s()<>]+[)>]?")
_MEDIA_RSS = re.compile(rb"xmlns:([\w.-]+)\s*=\s*[\"']http://search\.yahoo\.com/mrss/?[\"']", re.I)


def load_feed(stream: BinaryIO) -> Iterator[Draft | Problem]:
    """The entries of a feed, with their full content where they have it, else their summary."""
    data = stream.read()
    mended = mend(data)
    feed = _parse(mended.text.encode() if mended else data)
    if not feed.get("version"):
        raise UnreadableFile("it is no RSS or Atom feed")
    if mended:
        yield Problem("", mended.doubt, Severity.WARNING)
    for number, entry in enumerate(feed["entries"], start=1):
        yield _draft(entry, feed["feed"], f"entry {number}")
    yield from _complaints(feed)


def _complaints(feed: Mapping[str, Any]) -> Iterator[Problem]:
    from feedparser import CharacterEncodingOverride

    complaint: Any = feed.get("bozo_exception")
    if isinstance(complaint, CharacterEncodingOverride):
        reason = f"it is not in the encoding it declares; it was read as {feed['encoding']}"
        yield Problem("", reason, Severity.WARNING)
    if hasattr(complaint, "getLineNumber"):
        line = complaint.getLineNumber()
        reason = "the XML is malformed here; what came before and after was read as well as it goes"
        yield Problem(f"line {line}", reason, Severity.WARNING)


def _parse(data: bytes) -> Mapping[str, Any]:
    import feedparser

    try:
        # Neither address nor file name ever reaches feedparser: it would fetch them.
        parsed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(_with_captions(data)), sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:
        # feedparser documents no errors; malformed feeds make it raise UnicodeEncodeError,
        # AssertionError and others, and one feed must not end the run.
        raise UnreadableFile(f"it is malformed: {type(error).__name__} in feedparser") from error
    return parsed


def _with_captions(data: bytes) -> bytes:
    """The feed with each `media:description`, which feedparser takes for the entry's, renamed."""
    prefixes = b"|".join({b"media", *map(re.escape, _MEDIA_RSS.findall(data))})
    tag = re.compile(rb"(</?(?:" + prefixes + rb"):)description\b[^<>]*?(/?)>")
    return tag.sub(rb"\1caption\2>", data)


def _draft(entry: Mapping[str, Any], feed: Mapping[str, Any], place: str) -> Draft:
    body = _body(entry)
    link, guid = _text(entry, "link"), _text(entry, "id")
    published, updated = _text(entry, "published"), _text(entry, "updated")
    tags: list[Json] = [tag["term"] for tag in entry.get("tags", []) if tag.get("term")]
    metadata: dict[str, Json] = {"guid": guid} if guid else {}
    return Draft(
        text=_plain(body),
        title=_plain(entry.get("title_detail", {})),
        source=_text(entry.get("source") or {}, "title") or _text(feed, "title"),
        # Without a link feedparser takes the guid for one, and few feeds mark one that is none.
        url="" if link == guid and not link.startswith(("http://", "https://")) else link,
        authors=_authors(entry),
        # Atom asks only for `updated`, and `dc:date` arrives as it: the one date is the date.
        published_at=published or updated,
        updated_at=updated,
        section=str(tags[0]) if tags else "",
        language=body.get("language") or _text(feed, "language"),
        metadata=metadata | ({"tags": tags} if len(tags) > 1 else {}),
        place=place,
        key=guid,
    )


def _body(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The longest content, else the summary; a video or photo alone is what its caption says."""
    contents = entry.get("content") or [{}]
    longest: Mapping[str, Any] = max(contents, key=lambda content: len(content.get("value", "")))
    summary: Mapping[str, Any] = entry.get("summary_detail") or {}
    captions = {"value": _text(entry, "media_caption")}
    return next((it for it in (longest, summary) if it.get("value")), captions)


def _text(holder: Mapping[str, Any], name: str) -> str:
    # feedparser answers `updated` with `published` when asked through its own lookup.
    value = dict.get(holder, name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""


def _plain(detail: Mapping[str, Any]) -> str:
    value = str(detail.get("value", ""))
    return value.strip() if detail.get("type") == "text/plain" else plain_text(value)


def _authors(entry: Mapping[str, Any]) -> tuple[str, ...]:
    authors = entry.get("authors", [])
    if len(authors) != 1:
        return tuple(str(author["name"]) for author in authors if author.get("name"))
    # feedparser cuts addresses after four letters of their top-level domain.
    written = _text(entry, "author")
    named = _ADDRESS.sub("", written)
    name = written if named == written else named.strip(" ()<>")
    return (name,) if name else ()
