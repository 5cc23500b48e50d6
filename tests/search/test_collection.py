"""Reading collections: the layout, what is left out, and messages that name the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.search.collection import read_collection
from indexer.errors import DatelineError

QUERIES = '{"_id": "q1", "text": "ferry"}\n{"_id": 2, "text": "storm", "metadata": {}}\n'
QRELS = "query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\n2\tb\t1\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A collection of two queries; its articles are not looked at here."""
    directory = tmp_path / "harbour"
    directory.mkdir()
    (directory / "corpus.jsonl").write_text("")
    (directory / "queries.jsonl").write_text(QUERIES)
    (directory / "qrels.tsv").write_text(QRELS)
    return directory


def test_a_collection_has_the_name_of_its_directory_queries_and_grades(directory: Path) -> None:
    collection = read_collection(directory)
    assert collection.name == "harbour"
    assert collection.articles == directory / "corpus.jsonl"
    assert collection.queries == {"q1": "ferry", "2": "storm"}
    assert collection.judgements == {"q1": {"a": 2, "b": 0}, "2": {"b": 1}}


def test_the_directory_one_is_in_has_a_name_too(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(directory)
    assert read_collection(Path()).name == "harbour"


def test_a_folder_of_articles_may_take_the_place_of_the_corpus(directory: Path) -> None:
    (directory / "corpus.jsonl").rename(directory / "articles")
    assert read_collection(directory).articles == directory / "articles"


def test_judgements_may_be_where_beir_keeps_them(directory: Path) -> None:
    (directory / "qrels").mkdir()
    (directory / "qrels.tsv").rename(directory / "qrels" / "test.tsv")
    assert set(read_collection(directory).judgements) == {"q1", "2"}


def test_judgements_do_without_a_header_and_with_windows_line_ends(directory: Path) -> None:
    (directory / "qrels.tsv").write_bytes(b"\xef\xbb\xbfq1\ta\t1\r\n\r\n2\tb\t1\r\n")
    assert read_collection(directory).judgements == {"q1": {"a": 1}, "2": {"b": 1}}


def test_queries_that_nothing_answers_are_left_out(directory: Path) -> None:
    (directory / "qrels.tsv").write_text("q1\ta\t1\n2\tb\t0\n2\tc\t-1\n")
    collection = read_collection(directory)
    assert set(collection.queries) == set(collection.judgements) == {"q1"}


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()
    with pytest.raises(DatelineError, match=name):
        read_collection(directory)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("queries.jsonl", QUERIES + "{", r"queries\.jsonl, line 3: it is not JSON"),
        ("queries.jsonl", "[]", r"queries\.jsonl, line 1: it is not a JSON object"),
        ("queries.jsonl", '\n{"_id": "q1"}', r"line 2: a query is"),
        ("queries.jsonl", '{"_id": "q1", "text": " "}', r"line 1: a query is"),
        ("queries.jsonl", b"\xff", r"queries\.jsonl cannot be read: 'utf-8' codec"),
        ("queries.jsonl", '{"_id": "q1", "text": "ferry"}', r"judges the query '2'"),
        ("qrels.tsv", QRELS + "q1 a 1\n", r"qrels\.tsv, line 5: a judgement is"),
        ("qrels.tsv", QRELS + "q1\ta\tgood\n", r"qrels\.tsv, line 5: a judgement is"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\n", r"names no relevant article"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(
    directory: Path, name: str, content: str | bytes, message: str
) -> None:
    data = content.encode() if isinstance(content, str) else content
    (directory / name).write_bytes(data)
    with pytest.raises(DatelineError, match=message):
        read_collection(directory)
