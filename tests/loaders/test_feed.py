"""RSS and Atom feeds."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from indexer.loaders import Severity
from tests.loaders.reading import Read, read

TOKYO = timezone(timedelta(hours=9))
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
TEXT = "The port reopened on Monday after a week of storms, the harbour master said."


def read_rss(folder: Path, items: str, channel: str = "<title>Harbour Post</title>") -> Read:
    feed = f'<?xml version="1.0"?><rss version="2.0" {SPACES}><channel>{channel}{items}</channel>'
    return read(folder, "feed.rss", feed + "</rss>")


def read_atom(folder: Path, entries: str) -> Read:
    feed = '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Kurier</title>'
    return read(folder, "feed.atom", f"{feed}{entries}</feed>")


def test_an_entry_of_an_rss_feed_is_an_article(tmp_path: Path) -> None:
    item = f"""<item><title>Ships &amp;amp; storms</title><link>https://post.example/ships</link>
    <description>In short.</description>
    <content:encoded><![CDATA[<p>{TEXT}</p><p>Two<br>lines &amp; more</p>]]></content:encoded>
    <pubDate>Mon, 05 Jan 2026 18:00:00 +0900</pubDate><dc:creator>Ann Lee</dc:creator>
    <dc:creator>Bo Ek</dc:creator><category>World</category><category>Sea</category>
    <guid isPermaLink="false">12</guid></item>"""

    channel = "<title>Harbour Post</title><language>en-gb</language>"

    article = read_rss(tmp_path, item, channel).article

    assert article.title == "Ships & storms"
    assert article.text == f"{TEXT}\n\nTwo\nlines & more"
    assert article.source == "Harbour Post"
    assert article.url == "https://post.example/ships"
    assert article.id.startswith("ships-")
    assert article.authors == ("Ann Lee", "Bo Ek")
    assert article.published_at == datetime(2026, 1, 5, 18, tzinfo=TOKYO)
    assert (article.section, article.language) == ("World", "en-gb")
    assert article.metadata == {"guid": "12", "tags": ["World", "Sea"]}


def test_an_entry_of_an_atom_feed_is_an_article(tmp_path: Path) -> None:
    entry = f"""<entry><id>tag:k,1</id><title>Hafen</title><link href="https://k.example/hafen"/>
    <published>2026-01-05T09:00:00Z</published><updated>2026-01-06T09:00:00Z</updated>
    <author><name>Ann Lee</name></author><content type="xhtml">
    <div xmlns="http://www.w3.org/1999/xhtml"><p>{TEXT}</p><p>So.</p></div></content></entry>"""

    article = read_atom(tmp_path, entry).article

    assert (article.title, article.text) == ("Hafen", f"{TEXT}\n\nSo.")
    assert (article.source, article.language) == ("Kurier", "de")
    assert article.published_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert article.updated_at == datetime(2026, 1, 6, 9, tzinfo=UTC)
    assert article.authors == ("Ann Lee",)


def test_plain_content_keeps_its_signs_and_line_ends(tmp_path: Path) -> None:
    entry = '<entry><title>T</title><content type="text">1 &lt; 2\n\n3 &gt; 2</content></entry>'

    assert read_atom(tmp_path, entry).article.text == "1 < 2\n\n3 > 2"


def test_an_entry_without_content_has_its_summary(tmp_path: Path) -> None:
    item = f"<item><title>T</title><description>{TEXT}</description></item>"

    assert read_rss(tmp_path, item).article.text == TEXT


CAPTION = "<{0}:description>A gull on a post.</{0}:description>"
TYPED = '<{0}:description type="plain">A gull on a post.</{0}:description>'


def read_media(folder: Path, item: str, prefix: str = "media") -> Read:
    space = f'xmlns:{prefix}="http://search.yahoo.com/mrss/"'
    items = item.replace("CAPTION", CAPTION.format(prefix)).replace("TYPED", TYPED.format(prefix))
    feed = f'<rss version="2.0" {SPACES} {space}><channel>{items}</channel></rss>'
    return read(folder, "media.rss", feed)


@pytest.mark.parametrize(
    "item",
    [
        f'<description>{TEXT}</description><media:content url="x"/>CAPTION',
        f'<media:content url="x"/>CAPTION<description>{TEXT}</description>',
        f'<description>{TEXT}</description><media:content url="x">TYPED</media:content>',
        f"<description>{TEXT}</description><media:group>CAPTION TYPED</media:group>",
        f"<media:group>TYPED CAPTION</media:group><description>{TEXT}</description>",
        f"CAPTION<content:encoded>{TEXT}</content:encoded>CAPTION",
    ],
)
def test_the_caption_of_a_photo_is_not_the_text(tmp_path: Path, item: str) -> None:
    assert read_media(tmp_path, f"<item><title>T</title>{item}</item>").article.text == TEXT


def test_a_caption_is_known_by_its_namespace(tmp_path: Path) -> None:
    item = f"<item><description>{TEXT}</description>CAPTION</item>"

    assert read_media(tmp_path, item, prefix="m").article.text == TEXT


def test_the_title_of_a_photo_is_not_the_title(tmp_path: Path) -> None:
    photo = '<media:content url="x"><media:title>Gull</media:title></media:content>'
    item = f"<item>{photo}<title>Port</title>{photo}<description>{TEXT}</description></item>"

    assert read_media(tmp_path, item).article.title == "Port"


@pytest.mark.parametrize("caption", ["CAPTION", "<media:group>TYPED</media:group>"])
def test_an_entry_with_nothing_but_a_caption_has_that(tmp_path: Path, caption: str) -> None:
    article = read_media(tmp_path, f"<item><title>T</title>{caption}</item>").article

    assert article.text == "A gull on a post."


def test_the_source_an_entry_names_is_believed_over_the_feed(tmp_path: Path) -> None:
    item = '<item><description>Text.</description><source url="http://w.example">Wire</source>'

    assert read_rss(tmp_path, f"{item}</item>").article.source == "Wire"


def test_a_relative_link_is_reported_and_left_null(tmp_path: Path) -> None:
    result = read_rss(tmp_path, "<item><description>T.</description><link>/ships</link></item>")

    assert result.articles[0].url is None
    assert result.problems[0].severity is Severity.WARNING
    assert "'/ships' is no http or https address" in result.problems[0].reason


def test_a_guid_that_is_no_address_is_no_link(tmp_path: Path) -> None:
    article = read_rss(
        tmp_path, "<item><description>T.</description><guid>12</guid></item>"
    ).article

    assert (article.url, article.metadata) == (None, {"guid": "12"})


@pytest.mark.parametrize(
    ("written", "authors"),
    [
        ("a@b.example (Ann Lee)", ("Ann Lee",)),
        ("Ann Lee &lt;a@b.example&gt;", ("Ann Lee",)),
        ("Ann Lee (Agency)", ("Ann Lee (Agency)",)),
        ("a@b.example", ()),
    ],
)
def test_an_address_is_not_part_of_an_author(
    tmp_path: Path, written: str, authors: tuple[str, ...]
) -> None:
    item = f"<item><description>Text.</description><author>{written}</author></item>"

    assert read_rss(tmp_path, item).article.authors == authors


def test_an_author_of_an_atom_entry_is_named_without_address(tmp_path: Path) -> None:
    author = "<author><name>Ann Lee</name><email>a@b.org</email></author>"

    article = read_atom(tmp_path, f"<entry>{author}<summary>Text.</summary></entry>").article

    assert article.authors == ("Ann Lee",)


@pytest.mark.parametrize(
    "dated", ["<dc:date>2026-01-05</dc:date>", "<pubDate>Mon, 05 Jan 2026 00:00 GMT</pubDate>"]
)
def test_the_only_date_of_an_entry_is_its_date(tmp_path: Path, dated: str) -> None:
    article = read_rss(tmp_path, f"<item><description>T.</description>{dated}</item>").article

    assert article.published_at == datetime(2026, 1, 5, tzinfo=UTC)


def test_entries_without_a_link_are_told_apart_by_their_guid(tmp_path: Path) -> None:
    item = '<item><description>T.</description><guid isPermaLink="false">{}</guid></item>'
    first = read_rss(tmp_path, item.format("a") + item.format("b"))
    later = read_rss(tmp_path, item.format("c") + item.format("a"))

    assert later.articles[1].id == first.articles[0].id
    assert len({article.id for article in first.articles + later.articles}) == 3


def test_an_entry_without_text_costs_only_itself(tmp_path: Path) -> None:
    result = read_rss(
        tmp_path, "<item><title>T</title></item><item><description>T.</description></item>"
    )

    assert result.wheres == [f"{tmp_path / 'feed.rss'}, entry 2"]
    assert result.problems[0].where == f"{tmp_path / 'feed.rss'}, entry 1"
    assert result.problems[0].reason == "it holds no text"


def test_a_feed_without_entries_is_no_problem(tmp_path: Path) -> None:
    result = read_rss(tmp_path, "")

    assert (result.articles, result.problems) == ([], [])


def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    written = '<rss version="2.0"><channel><item><description>One.</description></item><item><ti'

    result = read(tmp_path, "a.xml", written)

    assert result.articles[0].text == "One."
    warning = next(p for p in result.problems if p.severity is Severity.WARNING)
    assert "the XML is malformed" in warning.reason
    assert warning.where.startswith(f"{tmp_path / 'a.xml'}, line ")


GERMAN = "Für die größte Überschwemmung am Rhein brauchten die Bürger über Köln hinaus Hilfe."
FEED = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{}</channel></rss>'


def test_one_bad_byte_does_not_spoil_a_feed(tmp_path: Path) -> None:
    item = f"<item><title>#</title><description>{GERMAN}</description></item>"
    written = FEED.format(item).encode().replace(b"#", b"caf\xe9")

    result = read(tmp_path, "a.xml", written)

    assert (result.articles[0].title, result.articles[0].text) == ("caf\ufffd", GERMAN)
    assert result.problems[0].severity is Severity.WARNING
    assert "(0xE9) is not UTF-8" in result.problems[0].reason


def test_a_feed_that_is_not_in_the_encoding_it_declares_is_told_of(tmp_path: Path) -> None:
    item = f"<item><description>{GERMAN}</description></item>"

    result = read(tmp_path, "a.xml", FEED.format(item).encode("cp1252"))

    assert result.articles[0].text == GERMAN
    assert result.problems[0].severity is Severity.WARNING
    assert "not in the encoding it declares; it was read as " in result.problems[0].reason


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_feed_in_the_encoding_it_declares_is_read_without_a_word(
    tmp_path: Path, encoding: str
) -> None:
    item = f"<item><description>{GERMAN}</description></item>"
    written = FEED.format(item).replace("UTF-8", encoding.removesuffix("-sig")).encode(encoding)

    assert read(tmp_path, "a.xml", written).article.text == GERMAN


@pytest.mark.parametrize(
    "written",
    [b"", b"not xml", b"<a><b/></a>", b"<html><body>x</body></html>", bytes(range(256))],
)
def test_xml_that_is_no_feed_is_a_problem(tmp_path: Path, written: bytes) -> None:
    assert read(tmp_path, "a.xml", written).problem.reason == "it is no RSS or Atom feed"


def test_a_feed_that_breaks_the_parser_is_a_problem(tmp_path: Path) -> None:
    result = read_rss(tmp_path, "<item><description>x &#xD800; y</description></item>")

    assert result.problem.reason == "it is malformed: UnicodeEncodeError in feedparser"


def test_nested_entities_do_not_fill_the_memory(tmp_path: Path) -> None:
    nested = "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    written = (
        f'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{nested}]><rss version="2.0"><channel><item>'
        "<title>T</title><description>&j;</description></item></channel></rss>"
    )

    assert all(len(article.text) < 1000 for article in read(tmp_path, "a.xml", written).articles)


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a loader opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    written = (
        '<!DOCTYPE rss SYSTEM "http://dtd.example/rss.dtd">'
        '<rss version="2.0"><channel><item><description>Text.</description></item></channel></rss>'
    )

    assert read(tmp_path, "a.xml", written).articles[0].text == "Text."
    assert read(tmp_path, "b.xml", b"http://feed.example/rss").problem
