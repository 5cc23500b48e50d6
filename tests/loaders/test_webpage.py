"""Web pages: trafilatura's body, and what the page declares about itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from indexer.loaders import Severity
from tests.loaders.reading import read

TOKYO = timezone(timedelta(hours=9))
PARAGRAPHS = [
    "The harbour of Porthaven reopened on Monday after a week of storms that had kept forty "
    "ships at anchor in the bay and the fish market shut.",
    "Ann Dale, the harbour master, said that the last of the wreckage had been cleared at dawn, "
    "and that two ferries would sail by noon.",
    "Nobody had been hurt. The town will count its losses this week.",
]
BODY = "\n".join(PARAGRAPHS)


def page(head: str = "", above: str = "", html: str = "<html>") -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return (
        f"<!DOCTYPE html>{html}<head><meta charset='utf-8'><title>Port reopens</title>{head}"
        "<script>1</script></head>"
        f"<body><nav><a href='/'>Home</a><a href='/world'>World</a></nav><article>"
        f"<h1>Port reopens</h1>{above}{paragraphs}</article><footer>All rights</footer></body>"
    )


def meta(**declared: str) -> str:
    return "".join(f'<meta property="{k}" content="{v}">' for k, v in declared.items())


def linked(fields: str) -> str:
    block = f'{{"@context": "https://schema.org", "@type": "NewsArticle", {fields}}}'
    return f'<script type="application/ld+json">{block}</script>'


def test_the_body_is_read_without_what_surrounds_it(tmp_path: Path) -> None:
    article = read(tmp_path, "a.html", page()).article

    assert article.text == BODY
    assert article.title == "Port reopens"


def test_what_a_page_declares_becomes_the_fields(tmp_path: Path) -> None:
    declared = {
        "og:site_name": "dpa kurier",
        "article:published_time": "2026-01-05T18:00:00+09:00",
        "article:modified_time": "2026-01-05T20:00:00+09:00",
        "article:section": "World",
    }
    head = (
        meta(**declared)
        + '<meta name="author" content="Ann Lee">'
        + '<meta name="description" content="In short.">'
        + '<link rel="canonical" href="https://kurier.example/world/port">'
    )

    article = read(tmp_path, "a.htm", page(head, html='<html lang="en-GB">')).article

    assert article.source == "dpa kurier"
    assert article.authors == ("Ann Lee",)
    assert article.published_at == datetime(2026, 1, 5, 18, tzinfo=TOKYO)
    assert article.published_at.utcoffset() == timedelta(hours=9)
    assert article.updated_at == datetime(2026, 1, 5, 20, tzinfo=TOKYO)
    assert (article.section, article.language) == ("World", "en-GB")
    assert article.url == "https://kurier.example/world/port"
    assert article.id.startswith("port-")
    assert article.metadata == {"description": "In short."}


@pytest.mark.parametrize(
    "block",
    [
        '{"@type": "NewsArticle", "datePublished": "2026-01-05T18:00:00+09:00"}',
        '[{"@type": "Person"}, {"datePublished": "2026-01-05T18:00:00+09:00"}]',
        '{"@graph": [{"datePublished": "2026-01-05T18:00:00+09:00"}]}',
        '{"@graph": [{"@type": "WebSite", "datePublished": "2009-01-01"},'
        ' {"@type": "NewsArticle", "datePublished": "2026-01-05T18:00:00+09:00"}]}',
        '[{"@type": "WebPage", "datePublished": "2009-01-01"},'
        ' {"@type": ["Thing", "BlogPosting"], "datePublished": "2026-01-05T18:00:00+09:00"}]',
        '[{"@type": "NewsArticle"},'
        ' {"@type": "WebPage", "datePublished": "2026-01-05T18:00:00+09:00"}]',
    ],
)
def test_linked_data_gives_the_date(tmp_path: Path, block: str) -> None:
    head = f'<script type="application/ld+json">{block}</script>'

    article = read(tmp_path, "a.html", page(head)).article

    assert article.published_at == datetime(2026, 1, 5, 18, tzinfo=TOKYO)


def test_the_first_block_of_linked_data_need_not_be_the_articles(tmp_path: Path) -> None:
    site = '{"@type": "WebPage", "datePublished": "2009-01-01"}'
    head = f'<script type="application/ld+json">{site}</script>'

    article = read(tmp_path, "a.html", page(head + linked('"datePublished": "2026-01-05"'))).article

    assert article.published_at == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["WebSite", "Organization", "ImageObject"])
def test_the_date_of_something_else_in_linked_data_is_not_the_date(
    tmp_path: Path, kind: str
) -> None:
    block = f'{{"@type": "{kind}", "datePublished": "2009-01-01"}}'
    head = f'<script type="application/ld+json">{block}</script>'

    assert read(tmp_path, "a.html", page(head)).article.published_at is None


@pytest.mark.parametrize("block", ["{oops", "3", "[" * 100_000, '{"@graph": 1}'])
def test_linked_data_that_says_nothing_does_no_harm(tmp_path: Path, block: str) -> None:
    head = f'<script type="application/ld+json">{block}</script>'

    assert read(tmp_path, "a.html", page(head)).article.published_at is None


@pytest.mark.parametrize("headline", ["[]", '["Port reopens"]', "1984", "{}", "true", "null"])
def test_a_headline_that_is_no_text_leaves_the_title_of_the_page(
    tmp_path: Path, headline: str
) -> None:
    head = linked(f'"headline": {headline}')

    article = read(tmp_path, "a.html", page(head)).article

    assert (article.title, article.text) == ("Port reopens", BODY)


@pytest.mark.parametrize("section", ["[1]", '[{"name": "World"}]', "{}", "null"])
def test_a_section_that_is_no_text_is_none(tmp_path: Path, section: str) -> None:
    head = linked(f'"articleSection": {section}')

    article = read(tmp_path, "a.html", page(head)).article

    assert (article.section, article.text) == (None, BODY)


@pytest.mark.parametrize(
    "above",
    [
        '<time datetime="2026-01-05">5 January</time>',
        '<time itemprop="datePublished" datetime="2026-01-05">5 January</time>',
        '<p>By Ann Lee, <time datetime="2026-01-05">5 January</time></p>',
        f"<header><p>{PARAGRAPHS[2]} {PARAGRAPHS[2]}</p>"
        '<time datetime="2026-01-05">5 January</time></header>',
        '<aside><p>See also <time datetime="2031-02-03">3 February</time></p></aside>'
        '<time datetime="2026-01-05">5 January</time>',
    ],
)
def test_a_time_in_the_article_gives_the_date(tmp_path: Path, above: str) -> None:
    article = read(tmp_path, "a.html", page(above=above)).article

    assert article.published_at == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("mark", ["pubdate", 'itemprop="datePublished"'])
def test_a_time_below_the_text_that_says_what_it_is_gives_the_date(
    tmp_path: Path, mark: str
) -> None:
    below = f'<p>Published <time {mark} datetime="2026-01-05">5 January</time></p></article>'

    article = read(tmp_path, "a.html", page().replace("</article>", below)).article

    assert article.published_at == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "event"),
    [
        ("<footer>", '<p>The next ferry sails on <time datetime="2031-02-03">Monday</time>.</p>'),
        (f"<p>{PARAGRAPHS[1]}", '<time datetime="2031-02-03">Monday</time>'),
        ("<h1>", '<aside><time datetime="2031-02-03" pubdate>Monday</time></aside>'),
    ],
)
def test_the_time_of_an_event_is_not_the_date(tmp_path: Path, before: str, event: str) -> None:
    within = "</article><footer>" if before == "<footer>" else before
    written = page().replace(within, event + within)

    assert event in written
    assert read(tmp_path, "a.html", written).article.published_at is None


def test_a_time_elsewhere_on_the_page_is_not_its_date(tmp_path: Path) -> None:
    written = page().replace("<nav>", '<time datetime="2026-09-09">today</time><nav>')

    assert read(tmp_path, "a.html", written).article.published_at is None


def test_an_ambiguous_date_is_reported_where_the_library_would_guess(tmp_path: Path) -> None:
    written = page(meta(**{"article:published_time": "03/04/2026"}))

    result = read(tmp_path, "a.html", written)

    assert result.articles[0].published_at is None
    assert result.problems[0].severity is Severity.WARNING


def test_a_date_among_the_words_is_not_the_date(tmp_path: Path) -> None:
    written = page(above="<p class='date'>03/04/2026</p>")

    assert read(tmp_path, "a.html", written).article.published_at is None


def test_a_host_name_is_not_a_publisher(tmp_path: Path) -> None:
    head = '<link rel="canonical" href="https://www.kurier.example/world/port">'

    assert read(tmp_path, "a.html", page(head)).article.source is None
    assert read(tmp_path, "a.html", page(head), source="Kurier").article.source == "Kurier"


def test_the_publisher_of_linked_data_is_the_source(tmp_path: Path) -> None:
    head = (
        '<script type="application/ld+json">{"@context": "https://schema.org", "@type": '
        '"NewsArticle", "headline": "Port reopens", "author": [{"@type": "Person", "name": '
        '"Ann Lee"}, {"@type": "Person", "name": "Bo Ek"}], "publisher": {"@type": '
        '"Organization", "name": "Harbour Post"}}</script>'
    )

    article = read(tmp_path, "a.html", page(head)).article

    assert (article.source, article.authors) == ("Harbour Post", ("Ann Lee", "Bo Ek"))


NAMES = ["J. K. Smith", "Dr. Ann Lee", "Ann Lee Jr.", "NASA", "maría josé", "Seán O’Brien"]


@pytest.mark.parametrize("name", NAMES)
def test_an_author_is_called_what_the_page_calls_them(tmp_path: Path, name: str) -> None:
    heads = (
        f'<meta name="author" content="{name}">',
        f'<meta property="article:author" content="{name}">',
        linked(f'"headline": "Port reopens", "author": "{name}"'),
        linked(f'"headline": "Port reopens", "author": {{"@type": "Person", "name": "{name}"}}'),
    )
    for head in heads:
        assert read(tmp_path, "a.html", page(head)).article.authors == (name,)


@pytest.mark.parametrize(
    ("head", "authors"),
    [
        ('<meta name="author" content="By A. Lee, Bo Ek and NASA">', ("A. Lee", "Bo Ek", "NASA")),
        (
            '<meta name="author" content="Ek, Bo"><meta name="author" content="Lee, A.">',
            ("Ek, Bo", "Lee, A."),
        ),
        (linked('"author": [{"name": "A. Lee"}, {"name": "Bo Ek"}]'), ("A. Lee", "Bo Ek")),
        (linked('"author": {"name": "S. O&#39;Brien"}'), ("S. O'Brien",)),
        (
            '<meta name="Author" content="A. Lee and Bo Ek">'
            '<meta name="parsely-author" content="A. Lee"><meta name="dc.creator" content="x">',
            ("A. Lee", "Bo Ek"),
        ),
        (linked('"author": {"@id": "#1"}') + '<meta name="author" content="NASA">', ("NASA",)),
        (
            '<meta property="article:author" content="https://kurier.example/lee">'
            '<meta name="author" content="A. Lee">',
            ("A. Lee",),
        ),
    ],
)
def test_authors_are_read_by_the_rule_for_json(
    tmp_path: Path, head: str, authors: tuple[str, ...]
) -> None:
    assert read(tmp_path, "a.html", page(head)).article.authors == authors


def test_a_byline_names_the_authors_a_page_does_not_declare(tmp_path: Path) -> None:
    written = page(above='<p class="author">By Ann Lee</p>')
    assert read(tmp_path, "a.html", written).article.authors == ("Ann Lee",)


@pytest.mark.parametrize("byline", ["By Ann Lee", "Ann Lee · 5 January", "BY ANN LEE, Porthaven"])
def test_a_byline_above_the_body_is_not_part_of_it(tmp_path: Path, byline: str) -> None:
    written = page('<meta name="author" content="Ann Lee">', above=f"<p>{byline}</p>")

    assert read(tmp_path, "a.html", written).article.text == BODY


def test_a_first_sentence_about_the_author_stays(tmp_path: Path) -> None:
    written = page('<meta name="author" content="Ann Lee">', above="<p>Ann Lee sailed home.</p>")

    assert read(tmp_path, "a.html", written).article.text == f"Ann Lee sailed home.\n{BODY}"


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-8"])
def test_the_declared_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    text = "Министр обороны встретился с коллегой в Вашингтоне в четверг и говорил об островах."
    written = page().replace("utf-8", encoding).replace(PARAGRAPHS[0], text)

    article = read(tmp_path, "a.html", written.encode(encoding)).article

    assert article.text.startswith(text)


def test_one_bad_byte_does_not_spoil_a_page(tmp_path: Path) -> None:
    text = "Für die größte Überschwemmung am Rhein brauchten die Bürger über Köln hinaus Hilfe."
    written = page().replace(PARAGRAPHS[0], text).encode() + b"<!-- caf\xe9 -->"

    result = read(tmp_path, "a.html", written)

    assert result.articles[0].text.startswith(text)
    assert result.problems[0].severity is Severity.WARNING
    assert "(0xE9) is not UTF-8" in result.problems[0].reason


@pytest.mark.parametrize(
    "written",
    [b"", b"\x00\x01\x02" * 90, b"hello", b"<html><body></body></html>", b"<div>" * 20_000],
)
def test_a_page_without_an_article_is_a_problem(tmp_path: Path, written: bytes) -> None:
    problem = read(tmp_path, "a.html", written).problem

    assert problem.severity is Severity.ERROR
    assert "page" in problem.reason


def test_a_page_that_breaks_the_library_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AttributeError("'NoneType' object has no attribute 'strip'")

    monkeypatch.setattr("trafilatura.bare_extraction", fail)

    problem = read(tmp_path, "a.html", page()).problem

    assert problem.reason == "it is malformed: AttributeError in trafilatura"
