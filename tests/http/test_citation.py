"""Citations: one line that says where a passage comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from api.search.citation import cite
from indexer.documents import Article

ARTICLE = Article(
    id="a",
    title="Rain at last",
    text="",
    source="Meridian Wire",
    url="https://meridian.example/rain",
    published_at=datetime(2026, 1, 5, 1, 0, tzinfo=timezone(timedelta(hours=9))),
)


def test_a_citation_is_title_source_date_and_address() -> None:
    expected = "“Rain at last”, Meridian Wire, 5 January 2026, https://meridian.example/rain"
    assert cite(ARTICLE) == expected


def test_an_unknown_source_and_a_missing_date_are_named_as_such() -> None:
    unknown = replace(ARTICLE, source=None, published_at=None, url=None)
    assert cite(unknown) == "“Rain at last”, unknown source, undated"


def test_a_title_of_two_lines_is_cited_in_one() -> None:
    broken = replace(ARTICLE, title="Rain\r\n  at last\u2028now", url=None)
    assert cite(broken) == "“Rain at last now”, Meridian Wire, 5 January 2026"
