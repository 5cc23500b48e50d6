"""What every article has, whatever format it came in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.loaders import load
from tests.loaders.reading import collect, read

TEXT = "The port reopened on Monday after a week of storms, the harbour master said."


def test_an_edited_file_keeps_its_id(tmp_path: Path) -> None:
    first = read(tmp_path, "a.txt", TEXT).article
    edited = read(tmp_path, "a.txt", f"{TEXT} Ships sailed.").article

    assert first.id == edited.id
    assert first.text != edited.text


def test_the_directory_given_is_the_root_of_ids(tmp_path: Path) -> None:
    for root in ("one", "two"):
        read(tmp_path / root, "world/a.txt", TEXT)

    one, two = (collect(load([tmp_path / root])) for root in ("one", "two"))
    above = collect(load([tmp_path]))

    assert one.article.id == two.article.id
    assert len({article.id for article in [one.article, *above.articles]}) == 3


def test_a_given_id_wins_over_the_address_and_the_address_over_the_path(tmp_path: Path) -> None:
    url = "https://post.example/port"
    given = read(tmp_path, "a.json", json.dumps({"id": "x", "url": url, "text": TEXT})).article
    by_address = read(tmp_path, "b.json", json.dumps({"url": url, "text": TEXT})).article
    elsewhere = read(tmp_path, "c.json", json.dumps({"url": url, "text": "Other."})).article

    assert given.id == "x"
    assert by_address.id == elsewhere.id


def test_a_missing_source_is_never_guessed(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", TEXT).article.source is None


def test_a_source_for_the_run_fills_only_what_is_missing(tmp_path: Path) -> None:
    named = json.dumps([{"text": TEXT, "source": "Ledger"}, {"text": TEXT}])

    result = read(tmp_path, "a.json", named, source="Harbour Post")

    assert [article.source for article in result.articles] == ["Ledger", "Harbour Post"]


def test_a_source_for_the_run_is_made_one_line_as_a_given_one_is(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", TEXT, source=" Harbour\nPost").article.source == "Harbour Post"
    assert read(tmp_path, "a.txt", TEXT, source=" ").article.source is None


def test_a_missing_language_is_detected(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", TEXT).article.language == "en"
    assert read(tmp_path, "b.txt", "Short.").article.language is None


def test_every_format_has_its_dateline_read(tmp_path: Path) -> None:
    text = f"PORTHAVEN, Jan 5 (Meridian Wire) — {TEXT}"

    article = read(tmp_path, "a.json", json.dumps({"text": text})).article

    assert article.dateline == "PORTHAVEN, Jan 5"
    assert article.title == TEXT
    assert article.text == text


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
@pytest.mark.parametrize("content", ["", " \r\n\t", "---\ntitle: T\n---\n"])
def test_an_article_without_text_is_a_problem(tmp_path: Path, name: str, content: str) -> None:
    assert read(tmp_path, name, content).problem.reason == "it holds no text"


def test_articles_come_one_at_a_time(tmp_path: Path) -> None:
    line = json.dumps({"text": TEXT}) + "\n"
    (tmp_path / "a.jsonl").write_text(line + "oops\n" + line)

    items = load([tmp_path])

    assert collect([next(items)]).articles
    assert collect([next(items)]).problems


def test_importing_the_loaders_imports_no_parser() -> None:
    program = (
        "import sys, indexer.loaders\n"
        "slow = {'trafilatura', 'feedparser', 'py3langid', 'charset_normalizer', 'lxml', 'numpy'}\n"
        "print(sorted(slow & set(sys.modules)))"
    )

    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout

    assert output.strip() == "[]"
