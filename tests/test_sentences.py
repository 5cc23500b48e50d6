"""Where sentences end, and the law that their offsets keep."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sentences import sentences

HARD = Path(__file__).parent / "hard_sentences.tsv"
# A reader knows that a company is called Yahoo!, and that a speaker only falters.
MISSED = {"Yahoo! Japan said traffic doubled.", "“I thought… I hoped…” she said, and stopped."}

FRAGMENTS = [
    *["U.S.", "Mr.", "p.m.", "No. 3", "the", "Then", "iPhone", "wait", "1", "."],
    *[
        "!",
        "?",
        "…",
        "...",
        ". . .",
        "。",
        "！",
        "」",
        "「",
        "”",
        "“",
        '"',
        "’",
        "»",
        "[3]",
        "(",
        ")",
    ],
    *[" ", "  ", "\n", "\r\n", "\r", "\n\n", "\t", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0"],
    *["\u2028", "\u2029", "\u3000", "\u200b", "\ufeff", "e\u0301", "\ufe0f", "\u200d"],
    *["👩‍👩‍👧", "🇫🇷", "𐌰", "😀", "ประเทศ", "防衛相", "と", "한국", "हिन्दी।", "؟", "—", ","],
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))


def cut(text: str, language: str | None = None) -> list[str]:
    return [span.of(text) for span in sentences(text, language)]


@given(TEXTS, st.sampled_from([None, "en", "en-GB", "de", "ja", "th", "xx"]))
def test_sentences_hold_every_character_but_white_space_once_and_in_order(
    text: str, language: str | None
) -> None:
    assert "".join("".join(cut(text, language)).split()) == "".join(text.split())


@given(TEXTS)
def test_sentences_follow_one_another_and_begin_and_end_on_a_visible_character(text: str) -> None:
    end = 0
    for span in sentences(text):
        assert end <= span.start < span.end <= len(text)
        assert not text[span.start].isspace()
        assert not text[span.end - 1].isspace()
        end = span.end


@given(TEXTS)
def test_between_two_sentences_there_is_white_space_or_a_wide_full_stop(text: str) -> None:
    found = sentences(text)
    for left, right in pairwise(found):
        if left.end == right.start:
            assert set(left.of(text)) & set("。！？｡")


def test_hard_sentences_end_where_a_reader_says() -> None:
    missed = set()
    for line in HARD.read_text(encoding="utf-8").splitlines():
        language, marked = line.split("\t")
        expected = [sentence.strip() for sentence in marked.split("¦")]
        if cut(marked.replace("¦", ""), language) != expected:
            missed.add(marked)
    assert missed == MISSED


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\r\n", "\xa0\u3000\u2028"])
def test_white_space_has_no_sentences(text: str) -> None:
    assert sentences(text) == []


def test_offsets_count_code_points_beyond_the_basic_plane() -> None:
    text = "😀 Yes. 𐌰 no."
    assert [(span.start, span.end) for span in sentences(text)] == [(0, 6), (7, 12)]


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\n \t\n", "\r\r", "\u2029\u2029"])
def test_a_blank_line_ends_a_sentence_that_has_no_full_stop(blank: str) -> None:
    assert cut(f"Talks in Tokyo{blank}the minister left") == ["Talks in Tokyo", "the minister left"]


def test_a_paragraph_a_line_ends_its_sentence_with_the_line() -> None:
    text = "Talks in Tokyo\nThe minister left for Washington on Friday\nHe will return"
    assert cut(text) == text.split("\n")


def test_a_line_that_begins_small_goes_on_with_the_sentence_above() -> None:
    assert cut("The minister left\r\nfor Washington. He\nwill return.") == [
        "The minister left\r\nfor Washington.",
        "He\nwill return.",
    ]


def test_a_full_stop_at_the_end_of_a_line_is_believed_even_before_a_small_letter() -> None:
    assert cut("He left at once.\niPhone sales rose.\nand so on") == [
        "He left at once.",
        "iPhone sales rose.",
        "and so on",
    ]


def test_a_hard_wrapped_paragraph_is_read_as_one_line() -> None:
    text = (
        "Officials in three countries said that the visit of\n"
        "Defence Minister Ito would go ahead, and that Gen.\n"
        "Ruiz would meet him. A second round of talks has no\n"
        "date yet."
    )
    assert cut(text) == [text[:123], text[124:]]
    assert text[:123].endswith("meet him.")


def test_a_short_line_above_a_long_one_is_a_heading_and_not_a_wrapped_line() -> None:
    text = "Islands\nThe garrison on the southern islands will grow by a third within two years"
    assert cut(text) == text.split("\n")


def test_wrapped_chinese_is_filled_to_the_last_character_and_not_to_a_word() -> None:
    heading = "防卫部长的访问"
    assert cut(f"{heading}\n{'部长访问了华盛顿并会见了他的同行' * 4}。")[0] == heading


def test_a_list_of_short_lines_is_not_a_paragraph() -> None:
    assert cut("Rice 12\nOil 30\nFlour 7") == ["Rice 12", "Oil 30", "Flour 7"]


def test_in_a_text_without_capitals_a_small_letter_begins_a_sentence() -> None:
    assert cut("shares fell. the u.s. bank cut rates.\nmarkets rose") == [
        "shares fell.",
        "the u.s. bank cut rates.",
        "markets rose",
    ]


def test_the_language_chooses_the_abbreviations() -> None:
    text = "Es geschah am 3. Mai."
    assert cut(text, "de-AT") == [text]
    assert cut(text, "en") == ["Es geschah am 3.", "Mai."]


def test_a_language_without_a_list_of_its_own_still_has_its_ordinal_numbers() -> None:
    assert cut("Kokous on 3. Toukokuuta.", "fi") == ["Kokous on 3. Toukokuuta."]


@pytest.mark.parametrize("text", ["1. The first point.", "• 9. Next Point.", "  12. Sum."])
def test_the_number_of_a_list_item_belongs_to_the_item(text: str) -> None:
    assert cut(text) == [text.strip()]


@pytest.mark.parametrize("aside", ["[...]", "(!)", "(?)"])
def test_marks_alone_in_brackets_end_nothing(aside: str) -> None:
    text = f"He called it {aside} Great news."
    assert cut(text) == [text]


def test_a_closing_quote_belongs_to_the_sentence_it_closes() -> None:
    assert cut("“We wait.” She left. « Non. » Il part. „Nein.“ Er ging.") == [
        *["“We wait.”", "She left.", "« Non. »", "Il part.", "„Nein.“", "Er ging."]
    ]


def test_a_japanese_quotation_goes_on_with_its_particle() -> None:
    assert cut("「協力する。」と述べた。次は未定だ。", "ja") == [
        "「協力する。」と述べた。",
        "次は未定だ。",
    ]


def test_a_mark_stays_with_the_variation_selector_that_shapes_it() -> None:
    assert cut("会谈。\ufe00结束") == ["会谈。\ufe00结束"]


def test_thai_is_cut_at_its_spaces_but_not_beside_a_number() -> None:
    assert cut("รัฐมนตรีเยือน ในปี 2024 เขากลับมา", "th") == ["รัฐมนตรีเยือน", "ในปี 2024 เขากลับมา"]


def test_a_text_of_nothing_but_full_stops_is_one_sentence() -> None:
    assert cut("." * 1_000) == ["." * 1_000]
