"""Highlights: which sentences of a passage are shown, and where they are in the article."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.search.highlights import highlights
from indexer.documents import Article, Passage, Span
from indexer.sentence_vectors import Sentences, to_signs, within
from indexer.sentences import sentences
from indexer.vectors import Vectors

# Right angles: whatever is said, a query of one axis has cosine 1/2 with a sentence that has it
# positive and all three others alike, and -1/2 with its opposite.
UP, DOWN = [1.0, 1, 1, 1], [-1.0, 1, 1, 1]
QUERY = np.array([1, 0, 0, 0], np.float32)
UNKNOWN = [0.0] * 4


def shown(
    query: str, *told: str, vector: Vectors | None = None, vectors: list[list[float]] | None = None
) -> list[str]:
    """The highlights of a passage of these sentences, one a line, in an article that goes on."""
    before = "What came before 🚢.\n"
    text = before + "\n".join(told)
    stretch = Span(len(before), len(text))
    passage = Passage("a#1", "a", stretch.of(text), stretch.start, stretch.end)
    spans = within([Span(0, len(before) - 1), *_lines(len(before), told)], stretch)
    signs = to_signs(np.array(vectors or [UNKNOWN] * len(told), np.float32).reshape(-1, 4))
    article = Article("a", "", text)
    [found] = highlights(query, vector, [passage], [Sentences(tuple(spans), signs)])
    return [span.of(article.text) for span in found]


def _lines(start: int, told: tuple[str, ...]) -> list[Span]:
    spans = []
    for line in told:
        spans.append(Span(start, start + len(line)))
        start += len(line) + 1
    return spans


def test_the_sentence_with_the_words_of_the_question_is_shown() -> None:
    query = "How high did the Elbe rise?"
    assert shown(query, "It rained all week.", "The Elbe rose by two metres.") == [
        "The Elbe rose by two metres."
    ]


def test_the_sentence_with_the_meaning_of_the_question_is_shown() -> None:
    assert shown("costs?", "It rained.", "It is dear.", vector=QUERY, vectors=[DOWN, UP]) == [
        "It is dear."
    ]


def test_words_and_meaning_add_up() -> None:
    # "ferry" is 5 of 9 letters, so .56; the other sentence has .44 and a cosine of 1/2.
    told = ("The ferry is late.", "They want more.")
    assert shown("ferry want", *told, vector=QUERY, vectors=[UNKNOWN, UP]) == [told[1]]
    # .56 + .5 against .44 + .5: nearly as good, so both.
    assert shown("ferry want", *told, vector=QUERY, vectors=[UP, UP]) == list(told)
    assert shown("ferry want", *told, vector=None, vectors=[UNKNOWN, UP]) == list(told)


def test_a_second_sentence_is_shown_from_three_quarters_of_the_best_on() -> None:
    # Six letters to four is too little, five to four is enough: .67 and .8 of the best.
    assert shown("harbor want", "A harbor.", "They want.") == ["A harbor."]
    assert shown("ferry want", "They want.", "A ferry.") == ["A ferry.", "They want."]


def test_never_more_than_two_are_shown() -> None:
    assert len(shown("ferry", "A ferry.", "Two ferry.", "Three ferry.")) == 2


def test_a_word_all_sentences_have_decides_little() -> None:
    # "minister" has 8 letters, shared by three sentences; "ferry" has 5 for one.
    told = ("A minister spoke.", "The minister left.", "Of the minister.", "The ferry sank.")
    assert shown("minister ferry", *told) == [told[3]]
    assert shown("minister ferry", told[0], told[3]) == [told[0]]


def test_where_nothing_speaks_for_any_sentence_the_first_is_shown() -> None:
    told = ("It rained.", "It snowed.")
    assert shown("zebra", *told) == ["It rained."]
    assert shown("?", *told) == ["It rained."]
    assert shown("zebra", *told, vector=QUERY, vectors=[DOWN, DOWN]) == ["It rained."]


def test_of_sentences_equally_good_the_first_comes_first() -> None:
    assert shown("ferry", "No ferry.", "A ferry.") == ["No ferry.", "A ferry."]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("interceptions", "Four were intercepted."),
        ("Verteidigungsminister", "Die Verteidigungsministerin kam."),
        ("Brücken", "Eine Eisenbahnbrücke stürzte ein."),
        ("STRASSE", "Die Straße ist zu."),
        ("UN", "The UN met."),
        ("308", "It scored 308, no more."),
        ("防衛大臣", "新しい防衛大臣は会談した。"),
        ("港", "新しい港が開いた。"),
        ("2024年", "それは2024年だった。"),
        ("पुल", "नया पुल खुला।"),
    ],
)
def test_words_match_by_their_stems(query: str, sentence: str) -> None:
    assert shown(query, "Nothing of it here.", sentence) == [sentence]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [("UN", "They run."), ("308", "It cost 1308 or 3081."), ("12345", "It cost 123456.")],
)
def test_short_words_and_numbers_match_only_whole(query: str, sentence: str) -> None:
    assert shown(query, "The first.", sentence) == ["The first."]


def test_a_short_word_matches_though_it_is_part_of_another_as_well() -> None:
    assert shown("un", "They run.", "They run to the UN.") == ["They run to the UN."]


def test_every_passage_is_compared_with_its_own_sentences() -> None:
    first = Passage("a#0", "a", "It rained. A ferry.", 0, 19)
    second = Passage("b#4", "b", "A ferry. It rained.", 100, 119)
    third = Passage("c#0", "c", "Rain.", 0, 5)
    one = Sentences((Span(0, 10), Span(11, 19)), to_signs(np.array([DOWN, UP], np.float32)))
    two = Sentences((Span(0, 8), Span(9, 19)), to_signs(np.array([UP, DOWN], np.float32)))
    three = Sentences((Span(0, 5),), to_signs(np.array([DOWN], np.float32)))
    assert highlights("ferry", QUERY, [first, second, third], [one, two, three]) == [
        (Span(11, 19),),
        (Span(100, 108),),
        (Span(0, 5),),
    ]


def test_without_passages_or_sentences_there_is_nothing_to_show() -> None:
    nothing = Sentences((), np.empty((0, 1), np.uint8))
    assert highlights("ferry", QUERY, [], []) == []
    assert highlights("ferry", QUERY, [Passage("a#0", "a", "Rain.", 0, 5)], [nothing]) == [()]


@given(
    st.lists(
        st.sampled_from(
            ["The ferry ", "U.S. ", "sank. ", "港は開いた。", "\r\n\n", "𐍈 ", "e\u0301"]
        ),
        min_size=1,
    ).map("".join),
    st.text(max_size=20),
    st.integers(0, 30),
)
def test_highlights_are_sentences_of_their_article(text: str, query: str, start: int) -> None:
    stretch = Span(min(start, len(text) - 1), len(text))
    passage = Passage("a#0", "a", stretch.of(text), stretch.start, stretch.end)
    spans = within(sentences(text), stretch)
    own = Sentences(tuple(spans), np.zeros((len(spans), 1), np.uint8))
    [found] = highlights(query, QUERY, [passage], [own])
    assert len(found) in ((1, 2) if spans else (0,))
    assert len(set(found)) == len(found)
    for span in found:
        place = Span(span.start - passage.start, span.end - passage.start)
        assert place in spans
        assert span.of(text) == place.of(passage.text)
