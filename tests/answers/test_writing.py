"""Each marker stands for the words before it, and for a sentence of the stretch it names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from api.answers.answer import AnswerDelta, Citation
from api.answers.backing import Backing
from api.answers.markers import MarkerParser
from api.answers.writing import Writing
from api.grounding.numbered import Numbered
from api.search.searcher import Searcher
from indexer.documents import Span
from tests.http.newsroom import DEFENCE, FLOOD, passages_of

NUMBERED = (
    Numbered(1, FLOOD, Span(0, len(FLOOD.text)), tuple(passages_of(FLOOD))),
    Numbered(2, DEFENCE, Span(0, len(DEFENCE.text)), tuple(passages_of(DEFENCE))),
)
PIECES = st.lists(
    st.sampled_from(
        [
            *("The river rose", " in the night", ".", " ", "[1]", " [2]", "[1, 2]", "[9]", "["),
            *("]", "1", "Schools are shut. ", "\n\n", "Deployments? ", "🛰", "[sic]", "…"),
        ]
    ),
    max_size=15,
)


def whole(stretch: str, numbered: Numbered) -> Span:  # noqa: ARG001 (as `Backing` is called)
    return numbered.span


def written(pieces: Sequence[str]) -> tuple[Writing, list[AnswerDelta | Citation], list[int]]:
    parser, writing = MarkerParser([1, 2]), Writing(NUMBERED, whole)
    told = [event for piece in pieces for event in writing.add(parser.feed(piece))]
    return writing, [*told, *writing.add(parser.close())], parser.unknown


def claims(text: str) -> list[tuple[str, int]]:
    writing, _, _ = written([text])
    return [(cited.claim.of(writing.text), cited.n) for cited in writing.citations]


def test_a_marker_stands_for_the_sentence_before_it() -> None:
    assert claims("It rained. The river rose [1]. Schools are shut. [2]") == [
        ("The river rose", 1),
        ("Schools are shut.", 2),
    ]


def test_a_marker_in_a_sentence_stands_for_what_follows_the_one_before() -> None:
    assert claims("The river rose [1] and schools are shut [2].") == [
        ("The river rose", 1),
        ("and schools are shut", 2),
    ]


def test_markers_side_by_side_stand_for_the_same() -> None:
    assert claims("The river rose [1][2]. [1]") == [
        ("The river rose", 1),
        ("The river rose", 2),
        ("The river rose", 1),
    ]


def test_a_marker_that_comes_first_stands_for_nothing() -> None:
    assert claims("[1] The river rose.") == [("", 1)]


@given(pieces=PIECES, cuts=st.sets(st.integers(1, 150)))
def test_however_a_stream_is_cut_it_cites_the_same(pieces: list[str], cuts: set[int]) -> None:
    said = "".join(pieces)
    ends = [0, *sorted(cut for cut in cuts if cut < len(said)), len(said)]
    cut = [said[start:end] for start, end in pairwise(ends)]
    at_once, _, unknown = written([said])
    for writing, _, found in (written(cut), written(list(said))):
        assert writing.text == at_once.text
        assert writing.citations == at_once.citations
        assert found == unknown


@given(pieces=PIECES)
def test_deltas_make_up_the_answer_and_hold_each_marker_whole(pieces: list[str]) -> None:
    writing, told, _ = written(pieces)
    text = ""
    for event in told:
        if isinstance(event, AnswerDelta):
            assert event.span == Span(len(text), len(text) + len(event.text))
            text += event.text
        else:
            assert event.marker.of(text) == f"[{event.n}]"
            assert event.claim.end <= event.marker.start
    assert text == writing.text


def test_a_claim_is_backed_by_the_sentence_that_says_so(searcher: Searcher) -> None:
    backing = Backing(searcher.generations.newest())
    found = backing("Schools are closed, all of them shut", NUMBERED[0])
    assert found.of(FLOOD.text) == "Schools are shut."
    found = backing("A drill will follow in March", NUMBERED[1])
    assert found.of(DEFENCE.text) == "🛰 A drill follows in March."


def test_a_claim_is_backed_by_words_where_the_index_keeps_no_sentences(
    searcher: Searcher,
) -> None:
    backing = Backing(searcher.generations.newest())
    gone = Numbered(1, FLOOD, Span(0, len(FLOOD.text)), ())
    assert backing("Schools are shut", gone).of(FLOOD.text) == "Schools are shut."
