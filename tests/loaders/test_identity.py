"""Ids that survive an edit of the article, and tell different articles apart."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import UnreadableFile
from indexer.loaders.identity import (
    article_id_for_path,
    article_id_for_text,
    article_id_for_url,
    canonical_url,
    check_given_id,
)

SHAPE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{12}")

ONE_ADDRESS = [
    "https://example.org/world/quake",
    "http://example.org/world/quake",
    "https://www.example.org/world/quake/",
    "HTTPS://Example.ORG:443/world/quake",
    "https://example.org/world/quake#comments",
    "https://example.org/world/quake?utm_source=rss&utm_medium=feed",
    "https://example.org/world/quake?fbclid=abc&gclid=def",
]
OTHER_ADDRESSES = [
    "https://example.org/world/quake",
    "https://example.org/world/Quake",
    "https://example.org:8443/world/quake",
    "https://example.org/world/quake?page=2",
    "https://example.org/world/quake?page=2&print=1",
    "https://news.example.org/world/quake",
    "https://example.org/world/flood",
]


@pytest.mark.parametrize("url", ONE_ADDRESS)
def test_spellings_of_one_address_give_one_id(url: str) -> None:
    assert article_id_for_url(url) == article_id_for_url(ONE_ADDRESS[0])


@pytest.mark.parametrize(("one", "other"), list(combinations(OTHER_ADDRESSES, 2)))
def test_different_addresses_give_different_ids(one: str, other: str) -> None:
    assert article_id_for_url(one) != article_id_for_url(other)


def test_the_order_of_parameters_does_not_matter() -> None:
    assert canonical_url("https://example.org/a?y=2&x=1") == "example.org/a?x=1&y=2"


def test_an_id_shows_the_last_part_of_its_address() -> None:
    assert article_id_for_url("https://example.org/2026/A-Strong_Quake.html").startswith(
        "a-strong-quake-"
    )
    assert article_id_for_url("https://example.org/").startswith("example-")


def test_an_id_shows_the_name_of_its_file() -> None:
    assert article_id_for_path("world/Séisme à Tokyo.txt.gz").startswith("seisme-a-tokyo-")
    assert article_id_for_path("世界/地震.txt").startswith("article-")


def test_a_long_name_is_cut_at_forty_characters() -> None:
    slug, _, digest = article_id_for_path("x" * 90 + ".txt").rpartition("-")

    assert slug == "x" * 40
    assert len(digest) == 12


def test_the_path_and_the_place_in_it_decide_the_id() -> None:
    ids = {
        article_id_for_path("a/x.jsonl", "line 1"),
        article_id_for_path("a/x.jsonl", "line 2"),
        article_id_for_path("b/x.jsonl", "line 1"),
        article_id_for_path("a/x.jsonl"),
    }

    assert len(ids) == 4


def test_the_words_decide_the_id_where_nothing_else_does() -> None:
    assert article_id_for_text("Quake", "It shook.") == article_id_for_text("Quake", "It shook.")
    assert article_id_for_text("Quake", "It shook.") != article_id_for_text("Quake", "It rained.")


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/a", "/a", "example.org/a", "https:///a", "javascript:alert(1)"),
        *("https://example.org:0/", "https://example.org:x/", "https://[bad/", "https://a.b/\x00"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - urllib's own messages are among them
        canonical_url(url)


@given(st.text(), st.text())
def test_every_id_has_the_same_shape(name: str, key: str) -> None:
    assert SHAPE.fullmatch(article_id_for_path(name or ".", key))
    assert SHAPE.fullmatch(article_id_for_text(name, key))


@pytest.mark.parametrize("given_id", ["x", "tag:example.org,2026:1", "世界/1", "a b", "x" * 256])
def test_a_given_id_is_kept_as_it_is(given_id: str) -> None:
    check_given_id(given_id)


@pytest.mark.parametrize(("given_id", "reason"), [("x" * 257, "at most 256"), ("a\nb", "control")])
def test_an_id_that_cannot_be_kept_is_refused(given_id: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        check_given_id(given_id)
