"""Plain text files: front matter, or the shape of a newspaper text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.documents import Json
from tests.loaders.reading import read

FIRST = "A strong quake shook the northern coast before dawn on Monday, officials said."
SECOND = "Nobody was hurt. Trains were halted for two hours."
BODY = f"{FIRST}\n\n{SECOND}"
HEADLINE = "Quake shakes northern coast"


@pytest.mark.parametrize("between", ["\n\n", "\n", "\r\n\r\n", "\r\n", "\r"])
def test_section_headline_and_dateline_stand_above_the_paragraphs(
    tmp_path: Path, between: str
) -> None:
    body = between.join([f"SENDAI, Jan 5 (Meridian Wire) — {FIRST}", SECOND])

    article = read(tmp_path, "a.txt", between.join(["World", HEADLINE, body])).article

    assert article.section == "World"
    assert article.title == HEADLINE
    assert not article.title_inferred
    assert article.dateline == "SENDAI, Jan 5"
    assert article.text == body


def test_a_dateline_may_have_a_line_of_its_own(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", f"{HEADLINE}\n\nSENDAI\n\n{BODY}").article

    assert article.dateline == "SENDAI"
    assert article.text == f"SENDAI\n\n{BODY}"


def test_a_byline_under_the_headline_names_the_authors(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", f"{HEADLINE}\nBy Ann Lee and Bo Ek\n\n{BODY}").article

    assert article.authors == ("Ann Lee", "Bo Ek")
    assert article.text == BODY


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("By Ludwig van der Berg und zu Tal", ("Ludwig van der Berg und zu Tal",)),
        (
            "By Ann Lee, Bo de la Cruz and Cy bin al Said",
            ("Ann Lee", "Bo de la Cruz", "Cy bin al Said"),
        ),
        ("By Ann Lee in Tokyo", ("Ann Lee in Tokyo",)),
        ("BY ANN LEE", ("ANN LEE",)),
    ],
)
def test_a_byline_may_have_particles_and_a_place(
    tmp_path: Path, byline: str, authors: tuple[str, ...]
) -> None:
    article = read(tmp_path, "a.txt", f"{HEADLINE}\n\n{byline}\n\n{BODY}").article

    assert (article.authors, article.text) == (authors, BODY)


@pytest.mark.parametrize(
    "opening",
    [
        "By Monday morning the ferry had sailed for the islands, the\noperator said on Monday.",
        "By Tuesday the index had lost a tenth of its value, and\ntraders spoke of panic.",
        "By Tuesday\ntraders spoke of panic.",
        "By Friday London of\nOld was quiet.",
        "By Friday,\nLondon was quiet.",
        "By Friday, prices had fallen\n20 per cent in London.",
    ],
)
def test_a_first_sentence_that_begins_with_by_is_no_byline(tmp_path: Path, opening: str) -> None:
    text = f"{opening}\n\n{BODY}"

    article = read(tmp_path, "a.txt", f"{HEADLINE}\n\n{text}").article

    assert (article.title, article.authors, article.text) == (HEADLINE, (), text)


def test_a_sentence_that_begins_with_by_makes_no_headline_of_the_line_above(
    tmp_path: Path,
) -> None:
    text = "Is the coast safe?\nBy Monday the trains had halted and\nnobody knew why.\n"

    article = read(tmp_path, "a.txt", text).article

    assert (article.text, article.title_inferred) == (text.strip(), True)


def test_a_headless_text_keeps_all_of_itself_as_body(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", BODY).article

    assert article.text == BODY
    assert article.title == FIRST
    assert article.title_inferred


@pytest.mark.parametrize(
    "text",
    [
        "A short note without any full stop",
        "Hello",
        "Will it rain? Nobody knows.",
        f"Will it rain?\n\n{BODY}",
        f"“We will not go.”\n\n{BODY}",
        f"“Where to?” she asked.\n\n{BODY}",
        f"Run!\n{BODY}",
        f"The minister brought three things with her:\n\n{BODY}",
        f"Snow fell in the hills,\n\n{BODY}",
        "The defence minister of Japan arrived in Washington on Thursday for\n"
        "talks with his counterpart about the island chain, and about how to\n"
        "pay for what both sides want there.\n",
        "The defence minister of Japan arrived on Thursday evening in\n"
        "Washington, where he was to meet his counterpart and speak about\n"
        "islands. He brought a map\nwith him.\n\nThe map is old.",
        "南西諸島について話し合った。\n\n会談は二時間続いた。",
        "क्या बारिश होगी।\n\nकोई नहीं जानता।",
    ],
)
def test_a_first_line_that_may_be_a_sentence_is_no_headline(tmp_path: Path, text: str) -> None:
    article = read(tmp_path, "a.txt", text).article

    assert article.text == text.strip()
    assert article.title_inferred


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        (f"Is the coast safe?\n\nSENDAI — {BODY}", "Is the coast safe?"),
        (f"World\n\nIs the coast safe?\n\n{BODY}", "Is the coast safe?"),
        (f"Minister: “We will stay”\n\n{BODY}", "Minister: “We will stay”"),
        (f"日銀、金利据え置き\n\n{BODY}", "日銀、金利据え置き"),
        (f"{HEADLINE}\n{FIRST}\nWhat comes next\n{SECOND}", HEADLINE),
        (f"{HEADLINE}\nSENDAI — The coast\nawaits the sea\nagain", HEADLINE),
    ],
)
def test_a_short_line_without_a_full_stop_is_the_headline(
    tmp_path: Path, text: str, headline: str
) -> None:
    article = read(tmp_path, "a.txt", text).article

    assert article.title == headline
    assert not article.title_inferred
    assert headline not in article.text


def test_a_line_longer_than_a_headline_is_a_paragraph(tmp_path: Path) -> None:
    paragraph = "word " * 40

    assert read(tmp_path, "a.txt", f"{paragraph}\n\n{BODY}").article.title_inferred


@pytest.mark.parametrize("label", ["world", "Business", "Asia-Pacific"])
def test_a_section_label_leaves_a_headless_text(tmp_path: Path, label: str) -> None:
    article = read(tmp_path, "a.txt", f"{label}\n\n{BODY}").article

    assert (article.section, article.text) == (label, BODY)
    assert article.title_inferred


@pytest.mark.parametrize("line", ["TOKYO", "McCain", "Two words", "Wissenschaftsgeschichte"])
def test_other_lines_are_no_section_label(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, "a.txt", f"{line}\n\n{BODY}").article.section is None


def test_front_matter_gives_the_fields(tmp_path: Path) -> None:
    text = f"""---
id: quake-1
title: "Quake: the morning after"
source: The Harbour Post
authors: [Ann Lee, Bo Ek]
date: 2026-01-05T06:30:00Z
updated: 2026-01-06
url: https://harbourpost.example/quake
section: World
language: en
story: quake
---
{BODY}
"""

    article = read(tmp_path, "a.txt", text).article

    assert article.id == "quake-1"
    assert article.title == "Quake: the morning after"
    assert article.source == "The Harbour Post"
    assert article.authors == ("Ann Lee", "Bo Ek")
    assert article.published_at == datetime(2026, 1, 5, 6, 30, tzinfo=UTC)
    assert article.updated_at == datetime(2026, 1, 6, tzinfo=UTC)
    assert article.url == "https://harbourpost.example/quake"
    assert (article.section, article.language) == ("World", "en")
    assert article.metadata == {"story": "quake"}
    assert article.text == BODY


def test_a_body_under_a_title_is_all_body(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", f"---\ntitle: T\n---\n{HEADLINE}\n\n{BODY}").article

    assert article.text == f"{HEADLINE}\n\n{BODY}"


def test_front_matter_without_a_title_leaves_the_headline_to_the_body(tmp_path: Path) -> None:
    article = read(tmp_path, "a.txt", f"---\nsource: S\n---\n{HEADLINE}\n\n{BODY}").article

    assert (article.title, article.text, article.source) == (HEADLINE, BODY, "S")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_front_matter_may_have_other_line_ends(tmp_path: Path, end: str) -> None:
    written = f"---\ntitle: T\n---\n{BODY}".replace("\n", end)

    article = read(tmp_path, "a.txt", written).article

    assert (article.title, article.text) == ("T", BODY.replace("\n", end))


def test_yaml_words_and_numbers_stay_as_written(tmp_path: Path) -> None:
    text = f"---\ntitle: 2026\nlanguage: no\nsection: 12:30\nsource: ~\npages: 007\n---\n{BODY}"

    article = read(tmp_path, "a.txt", text).article

    assert (article.title, article.language, article.section) == ("2026", "no", "12:30")
    assert article.source is None
    assert article.metadata == {"pages": "007"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("!!timestamp 2026-01-01", "2026-01-01"),
        ("!!timestamp abc", "abc"),
        ("!!binary aGVsbG8=", "aGVsbG8="),
        ("!!bool maybe", "maybe"),
        ('!!int ""', ""),
        ("!!python/name:os.system x", "x"),
        ("!secret x", "x"),
        ("!!set {a, b}", {"a": None, "b": None}),
        ("!!omap [a: 1]", [{"a": "1"}]),
        ("!!pairs [a: 1]", [{"a": "1"}]),
        ("{~: x, 7: y}", {"~": "x", "7": "y"}),
    ],
)
def test_a_value_is_what_is_written_whatever_its_tag(
    tmp_path: Path, written: str, kept: Json
) -> None:
    article = read(tmp_path, "a.txt", f"---\ntitle: T\nx: {{v: {written}}}\n---\n{BODY}").article

    assert article.metadata == {"x": {"v": kept}}


def test_empty_front_matter_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", f"---\n---\n{BODY}").article.text == BODY


@pytest.mark.parametrize(
    ("front_matter", "reason"),
    [
        ("---\ntitle: 'T\n---\n", "not YAML: .*line 3"),
        ("---\n- one\n- two\n---\n", "not made of keys and values"),
        ("---\ntitle: T\n", "not closed; end it with a line of ---"),
        ("---\na: &x [b]\nc: *x\n---\n", "aliases"),
        ("---\na:\n  [b]: c\n---\n", "key of its front matter is no text, at line 3"),
        ('---\na: "\\UFFFFFFFF"\n---\n', "not YAML"),
        ("---\na: " + "[" * 5000 + "\n---\n", "nested too deeply"),
    ],
)
def test_front_matter_that_cannot_be_read_is_a_problem(
    tmp_path: Path, front_matter: str, reason: str
) -> None:
    problem = read(tmp_path, "a.txt", front_matter + BODY).problem

    assert problem.where == str(tmp_path / "a.txt")
    assert re.search(reason, problem.reason, re.DOTALL)


def test_a_text_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    text = "Renée’s café\n\nThe café on the quay – it “never shuts” – shut on Monday, Renée said."

    article = read(tmp_path, "a.txt", text.encode("cp1252")).article

    assert article.title == "Renée’s café"


def test_white_space_around_a_text_is_not_part_of_it(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", f"\n\n  {BODY}\n \n").article.text == BODY


def test_a_long_line_of_blanks_costs_no_time(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", " " * 1_000_000 + "\n" + BODY).article.text == BODY
