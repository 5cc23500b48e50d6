"""The measures of the chunking benchmark, against characters counted by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.search import chunking_evaluation
from api.search.chunking_evaluation import (
    Piece,
    Question,
    measure,
    read_corpora,
    read_questions,
    retrieve,
    stretches,
)
from indexer.documents import Span
from indexer.errors import DatelineError


def question(start: int, end: int, corpus: str = "talks") -> Question:
    return Question("?", corpus, frozenset(range(start, end)), Span(start, end))


def piece(start: int, end: int, corpus: str = "talks") -> Piece:
    return Piece(corpus, Span(start, end), "x" * (end - start))


# The answer, characters 80 to 120, is in two of these.
PIECES = [piece(0, 100), piece(100, 200), piece(200, 300), piece(80, 120, "finance")]


def test_measures_count_the_characters_shared() -> None:
    ranked = [PIECES[0], PIECES[2]]
    figures = measure(question(80, 120), ranked, PIECES)
    assert figures.recall == 20 / 40
    assert figures.precision == 20 / 200
    assert figures.iou == 20 / (40 + 200 - 20)
    assert figures.precision_omega == 40 / 200


def test_characters_retrieved_twice_count_once_as_answer_and_twice_as_read() -> None:
    overlapping = [piece(0, 100), piece(50, 150)]
    figures = measure(question(80, 100), overlapping, overlapping)
    assert figures.recall == 1
    assert figures.precision == 20 / 200


def test_only_the_five_nearest_are_retrieved() -> None:
    ranked = [*[PIECES[2]] * 5, PIECES[0]]
    assert measure(question(80, 100), ranked, PIECES).recall == 0


def test_the_same_place_in_another_corpus_is_no_answer() -> None:
    assert measure(question(80, 120), [PIECES[3]], PIECES).recall == 0


def test_reading_stops_within_the_passage_that_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunking_evaluation, "READ", 110)
    figures = measure(question(80, 120), [PIECES[0], PIECES[1], PIECES[2]], PIECES)
    assert figures.recall_in_read == 30 / 40


def test_an_answer_that_no_passage_holds_is_never_precise() -> None:
    assert measure(question(400, 410), PIECES, PIECES).precision_omega == 0


def test_passages_are_ranked_by_inner_product_and_questions_count_alike() -> None:
    monkeys = [piece(start, start + 10) for start in range(0, 100, 10)]
    vectors = np.eye(10, dtype=np.float32)
    asked = np.stack([vectors[3], vectors[9]])
    # The first question is answered by the nearest piece; ties leave the second's out of reach.
    figures = retrieve([question(30, 40), question(50, 60)], monkeys, asked, vectors)
    assert figures.recall == 0.5
    assert figures.precision == pytest.approx(10 / 50 / 2)
    assert figures.precision_omega == 1


@given(st.text(alphabet="ab \n\r", max_size=200), st.integers(1, 50))
def test_stretches_follow_one_another_and_leave_nothing_out(text: str, length: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunking_evaluation, "ARTICLE", length)
        spans = list(stretches(text))
    assert "".join(span.of(text) for span in spans) == text
    longest = max(map(len, text.splitlines(keepends=True)), default=0)
    assert all(span.end - span.start <= max(length, longest) for span in spans)


LINE = (
    '{"text": "Who?", "corpus_id": "talks", "references": '
    '[{"start_index": 3, "end_index": 5}, {"start_index": 8, "end_index": 9}]}\n'
)


def test_a_question_is_answered_by_all_its_references(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(LINE)
    [found] = read_questions(path)
    assert found == Question("Who?", "talks", frozenset({3, 4, 8}), Span(3, 9))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "has no questions"),
        (LINE + "{", "line 2: it is not JSON"),
        ('{"text": "Who?"}', "line 1: a question has"),
        (LINE.replace("9", "8").replace("5", "3"), "line 1: a question has"),
        (LINE.replace("start_index", "from"), "line 1: a reference has"),
    ],
)
def test_a_question_that_cannot_be_read_is_named(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(content)
    with pytest.raises(DatelineError, match=message):
        read_questions(path)


def test_corpora_keep_their_line_ends(tmp_path: Path) -> None:
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora" / "talks.md").write_bytes(b"one\r\ntwo\n")
    assert read_corpora(tmp_path) == {"talks": "one\r\ntwo\n"}


def test_corpora_that_are_missing_or_no_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatelineError, match=r"has no corpora/\*\.md"):
        read_corpora(tmp_path)
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora" / "talks.md").write_bytes(b"\xff")
    with pytest.raises(DatelineError, match=r"talks\.md cannot be read"):
        read_corpora(tmp_path)
