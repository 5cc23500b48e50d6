"""From a draft to an article: identity, dates, language and title are settled here."""

from __future__ import annotations

import math
import re
from datetime import datetime

from indexer.documents import Article, Json
from indexer.errors import UnreadableFile
from indexer.loaders.datelines import read_dateline
from indexer.loaders.dates import parse_date
from indexer.loaders.draft import Draft
from indexer.loaders.files import InputFile
from indexer.loaders.identity import (
    article_id_for_path,
    article_id_for_text,
    article_id_for_url,
    check_given_id,
    web_address,
)
from indexer.loaders.languages import detect_language
from indexer.loaders.titles import inferred_title

DEEPEST_METADATA = 32
_SURROGATES = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def settle(draft: Draft, file: InputFile, source: str | None) -> tuple[Article, list[str]]:
    """The article a draft describes, and why any field of it was left null.

    Raises UnreadableFile when it has no text, or an id or metadata that cannot be kept.
    """
    text = storable(draft.text)
    if not text.strip():
        raise UnreadableFile("; ".join(["it holds no text", *draft.doubts]))
    doubts = list(draft.doubts)
    title = one_line(draft.title)
    url = _address(one_line(draft.url), doubts)
    dateline = read_dateline(text.lstrip())
    article = Article(
        id=_identity(draft, file, title, text, url),
        title=title or one_line(inferred_title(text)),
        text=text,
        source=one_line(draft.source) or one_line(source or "") or None,
        url=url,
        authors=tuple(name for author in draft.authors if (name := one_line(author))),
        published_at=_date("published", draft.published_at, doubts),
        updated_at=_date("updated", draft.updated_at, doubts),
        section=one_line(draft.section) or None,
        # `en_US`, as the settings of a computer have it, is the tag en-US, which `en` covers.
        language=one_line(draft.language).replace("_", "-") or detect_language(title, text),
        dateline=one_line(dateline.text) if dateline else None,
        title_inferred=not title,
        metadata={storable(key): _storable(value) for key, value in draft.metadata.items()},
    )
    return article, doubts


def storable(text: str) -> str:
    """The text with each lone surrogate, which no encoding can store, made U+FFFD."""
    return _SURROGATES.sub("�", text)


def one_line(text: str) -> str:
    """The text of a short field: without control characters, every white space one space."""
    return " ".join(_CONTROLS.sub(" ", storable(text)).split())


def _identity(draft: Draft, file: InputFile, title: str, text: str, url: str | None) -> str:
    if draft.id:
        given = storable(draft.id)
        check_given_id(given)
        return given
    if url is not None:
        return article_id_for_url(url)
    if file.path is None:
        return article_id_for_text(title, text)
    return article_id_for_path(file.name, draft.key or draft.place)


def _address(written: str, doubts: list[str]) -> str | None:
    if not written:
        return None
    try:
        web_address(written)
    except ValueError:
        doubts.append(f"its URL {written[:60]!r} is no http or https address; it was left null")
        return None
    return written


def _date(field: str, written: str, doubts: list[str]) -> datetime | None:
    if not written.strip():
        return None
    try:
        return parse_date(written)
    except ValueError as error:
        doubts.append(f"its {field} date was left null: {error}")
        return None


def _storable(value: Json, depth: int = 1) -> Json:
    if depth > DEEPEST_METADATA:
        raise UnreadableFile(f"its metadata is nested more than {DEEPEST_METADATA} levels deep")
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_storable(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {storable(key): _storable(item, depth + 1) for key, item in value.items()}
    return value
