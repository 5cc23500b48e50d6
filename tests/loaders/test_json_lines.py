"""JSON lines: an article a line, whatever is wrong with the others."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Json
from indexer.loaders import Severity, jsonlines, load
from tests.loaders.reading import collect, read

TEXT = "The port reopened on Monday after a week of storms, the harbour master said."


def test_each_line_is_an_article(tmp_path: Path) -> None:
    lines = [json.dumps({"text": TEXT, "title": title}) for title in ("One", "Two")]

    result = read(tmp_path, "a.jsonl", "\n\n".join(lines))

    assert [article.title for article in result.articles] == ["One", "Two"]
    assert result.wheres == [f"{tmp_path / 'a.jsonl'}, line 1", f"{tmp_path / 'a.jsonl'}, line 3"]


def test_a_bad_line_costs_only_itself(tmp_path: Path) -> None:
    good = json.dumps({"text": TEXT})

    result = read(tmp_path, "a.ndjson", f"{good}\n{{oops\n[]\n{good}\n")

    assert len(result.articles) == 2
    assert [problem.where.rpartition(", ")[2] for problem in result.problems] == [
        "line 2",
        "line 3",
    ]


def test_a_line_of_a_retrieval_collection_is_an_article(tmp_path: Path) -> None:
    line = json.dumps({"_id": "4983", "title": "", "text": TEXT, "metadata": {}})

    article = read(tmp_path, "corpus.jsonl", line).article

    assert (article.id, article.title, article.title_inferred) == ("4983", TEXT, True)


def test_a_line_too_long_to_hold_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jsonlines, "LONGEST_LINE", 60)
    good = json.dumps({"text": "Short."})
    long = json.dumps({"text": "x" * 200})

    result = read(tmp_path, "a.jsonl", f"{good}\n{long}\n{good}\n{long}")

    assert [article.text for article in result.articles] == ["Short.", "Short."]
    assert [problem.where.rpartition(", ")[2] for problem in result.problems] == [
        "line 2",
        "line 4",
    ]
    assert result.problems[0].reason == "it is longer than 60 bytes"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_lines_in_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = "Le ministre de la défense a été reçu à l'Élysée, où il a parlé des îles du sud-ouest."
    line = json.dumps({"text": text}, ensure_ascii=False)

    result = read(tmp_path, "a.jsonl", f"{line}\r\n{line}\r\n".encode(encoding))

    assert [article.text for article in result.articles] == [text, text]


def test_a_line_that_is_no_text_costs_only_itself(tmp_path: Path) -> None:
    good = json.dumps({"text": TEXT}).encode()

    result = read(tmp_path, "a.jsonl", bytes(range(128, 256)) * 4 + b"\n" + good)

    assert len(result.articles) == 1
    assert "no encoding" in result.problems[0].reason


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.txt"])
@pytest.mark.parametrize("written", ["", "\n \r\n"])
def test_an_emptied_file_is_a_problem(tmp_path: Path, name: str, written: str) -> None:
    assert read(tmp_path, name, written).problem.severity is Severity.ERROR


class Pipe:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def test_standard_input_is_read_as_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = f"{json.dumps({'title': 'Port', 'text': TEXT})}\nno\n"
    monkeypatch.setattr("sys.stdin", Pipe(lines.encode()))

    result = collect(load(["-"], source="Ledger"))

    assert result.wheres == ["standard input, line 1"]
    assert result.articles[0].source == "Ledger"
    assert result.articles[0].id.startswith("port-")
    assert result.problems[0].where == "standard input, line 2"


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_any_object_gives_an_article_or_a_problem(
    tmp_path_factory: pytest.TempPathFactory, record: dict[str, Json]
) -> None:
    folder = tmp_path_factory.mktemp("json")

    result = read(folder, "a.json", json.dumps(record))

    assert len(result.articles) + sum(p.severity is Severity.ERROR for p in result.problems) == 1
