"""Markdown files: the markup of the body stays as written."""

from __future__ import annotations

from pathlib import Path

from tests.loaders.reading import read

BODY = "The *old* port [reopened](https://port.example).\n\n## Ships\n\n- one\n- two"


def test_the_heading_on_top_is_the_title_and_leaves_the_body(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", f"# Port reopens #\n\n{BODY}\n").article

    assert article.title == "Port reopens"
    assert article.text == BODY
    assert not article.title_inferred


def test_a_heading_further_down_is_the_title_and_stays(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", f"{BODY}\n\n# Port reopens\n\nMore.").article

    assert article.title == "Port reopens"
    assert article.text == f"{BODY}\n\n# Port reopens\n\nMore."


def test_a_title_in_front_matter_leaves_every_heading_in_the_body(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", f"---\ntitle: T\n---\n# Port\n\n{BODY}").article

    assert (article.title, article.text) == ("T", f"# Port\n\n{BODY}")


def test_without_a_heading_the_shape_of_a_newspaper_text_is_read(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", f"Business\n\nPort reopens\n\n{BODY}").article

    assert (article.section, article.title, article.text) == ("Business", "Port reopens", BODY)


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", "# Port\r\n\r\nOne.\r\nTwo.\r\n").article

    assert (article.title, article.text) == ("Port", "One.\r\nTwo.")


def test_a_hash_tag_is_no_heading(tmp_path: Path) -> None:
    text = "#Nansei was the word of the day on Monday.\n\nIt will pass."

    assert read(tmp_path, "a.md", text).article.text == text
