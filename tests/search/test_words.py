"""Which words of a query are looked for, and how much each counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.search.function_words import FUNCTION_WORDS
from api.search.words import weigh
from indexer.engines.base import Word
from indexer.engines.local.analysis import query_terms, terms


def texts(query: str) -> list[str]:
    return [word.text for word in weigh(query)]


def test_names_and_numbers_count_more_and_function_words_nothing() -> None:
    assert weigh("When did the ferry reach Port Arlen with 212 passengers?") == (
        Word("ferry", 1.0),
        Word("reach", 1.0),
        Word("Port", 1.5),
        Word("Arlen", 1.5),
        Word("212", 1.5),
        Word("passengers", 1.0),
    )


def test_a_capital_at_the_beginning_names_nothing_but_a_number_there_counts() -> None:
    assert weigh("Storms in Arlen") == (Word("Storms", 1.0), Word("Arlen", 1.5))
    assert weigh("F16 crash") == (Word("F16", 1.5), Word("crash", 1.0))


@pytest.mark.parametrize("query", ["Storm Hits Arlen", "STORM HITS ARLEN"])
def test_capitals_everywhere_say_nothing(query: str) -> None:
    assert {word.weight for word in weigh(query)} == {1.0}


def test_numbers_among_capitals_still_count_more() -> None:
    assert [word.weight for word in weigh("Arlen Elections 2026")] == [1.0, 1.0, 1.5]


def test_a_script_without_capitals_takes_none_from_a_name_beside_it() -> None:
    assert weigh("東京 Arlen") == (Word("東京", 1.0), Word("Arlen", 1.5))


def test_a_word_counts_once_where_it_comes_first_with_its_greatest_weight() -> None:
    assert weigh("ferry talks near Arlen, or Talks near arlen") == (
        Word("ferry", 1.0),
        Word("Talks", 1.5),
        Word("near", 1.0),
        Word("Arlen", 1.5),
    )


def test_the_language_with_the_most_function_words_is_the_query_s() -> None:
    # "die" and "was" are words of both; German has "wann" and "der" besides, English "when".
    assert texts("wann was die der Kanzler") == ["Kanzler"]
    assert texts("when was the die cast") == ["die", "cast"]


def test_between_languages_that_tie_only_words_of_all_are_left_out() -> None:
    # English, German, Dutch and Italian have "in", and "zum" and "will" are words of one each.
    assert texts("will zum Hafen in Arlen") == ["will", "zum", "Hafen", "Arlen"]


@pytest.mark.parametrize("query", ["war in Arlen", "door van hit", "men die at sea", "Come sin"])
def test_english_words_that_others_have_for_function_words_stay(query: str) -> None:
    kept = [word for word in query.split() if word not in ("in", "at")]
    assert texts(query) == kept


def test_what_an_apostrophe_leaves_does_not_make_a_query_french() -> None:
    # English "has"; what is left of the three apostrophes would be four words of French.
    assert "has" not in texts("what's Arlen's minister's envoy's plan: has it one")


@pytest.mark.parametrize("query", ["taifun okinawa flug", "kalastajat satamassa"])
def test_a_query_without_function_words_keeps_every_word(query: str) -> None:
    assert texts(query) == query.split()


@pytest.mark.parametrize("query", ["who are they", "What will it be?", "the The the"])
def test_function_words_alone_are_looked_for(query: str) -> None:
    found = weigh(query)
    assert {word.text.lower() for word in found} == set(query.lower().strip("?").split())
    assert {word.weight for word in found} == {0.1}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("दिल्ली में चुनाव", "hi"),
        ("ঢাকায় নির্বাচন", "bn"),
        ("சென்னையில் வெள்ளம்", "ta"),
        ("เลือกตั้งกรุงเทพ", "th"),
        ("ရန်ကုန် ရွေးကောက်ပွဲ", "my"),
        ("서울 시장 선거", "ko"),
        ("東京2026年の大会", "ja"),
    ],
)
def test_the_words_of_every_script_are_those_it_is_found_by(text: str, language: str) -> None:
    assert query_terms(weigh(text), language).keys() <= set(terms(text, language))


def test_capitals_throughout_make_a_name_of_a_function_word() -> None:
    assert weigh("who leads the WHO") == (Word("leads", 1.0), Word("WHO", 1.5))
    assert texts("WHO") == ["WHO"]


@pytest.mark.parametrize("query", ["", "  ", "?!…"])
def test_a_query_without_words_has_none(query: str) -> None:
    assert weigh(query) == ()


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("According to the article, who closed the harbour?", "closed harbour"),
        ("Based on the information given in the passage, why did ferries stop?", "ferries stop"),
        ("As stated in the report, how many ferries sank?", "many ferries sank"),
        ("What would the harbour described in the passage need?", "harbour need"),
        ("Which of the following statements about ferries is not true?", "ferries"),
        ("Which one of these options accurately describes the harbour?", "harbour"),
        ("Which statement about ferries isn't correct?", "ferries"),
        ("Where are ferries mentioned?", "ferries"),
        ("Laut dem Artikel sperrte wer den Hafen?", "sperrte Hafen"),
        ("Wer sperrte nach Informationen aus dem Bericht den Hafen?", "sperrte Hafen"),
        ("Basierend auf dem Text: wer sperrte den Hafen?", "sperrte Hafen"),
        ("Wer sperrte diesem Absatz zufolge den Hafen?", "sperrte Hafen"),
        ("Welche der folgenden Aussagen über Fähren trifft nicht zu?", "Fähren"),
        ("Welche Aussage über Fähren ist dem Abschnitt nach falsch?", "Fähren"),
        ("Welches von den genannten Optionen betrifft Fähren?", "betrifft Fähren"),
        ("Die folgenden Fähren sanken wann?", "Fähren sanken"),
    ],
)
def test_talk_about_the_task_is_not_looked_for(query: str, kept: str) -> None:
    assert texts(query) == kept.split()


def test_what_a_query_begins_with_is_told_without_the_talk() -> None:
    assert weigh("According to the text, Ferries to Arlen sank") == (
        Word("Ferries", 1.0),
        Word("Arlen", 1.5),
        Word("sank", 1.0),
    )


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("What was in the report?", "report"),
        ("Which of the following statements is true?", "following statements true"),
        ("Which statement is true, B or C?", "statement true B C"),
    ],
)
def test_talk_that_is_all_there_is_is_looked_for(query: str, kept: str) -> None:
    assert texts(query) == kept.split()


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("Pourquoi les pêcheurs de l'île ont-ils bloqué le port ?", "pêcheurs île bloqué"),
        ("¿Por qué los pescadores de la isla han bloqueado el puerto?", "pescadores isla"),
        ("Perché i pescatori dell'isola hanno bloccato il porto?", "pescatori isola"),
        ("Waarom hebben de vissers van het eiland de haven geblokkeerd?", "vissers eiland"),
        ("Por que os pescadores da ilha bloquearam o porto?", "pescadores ilha"),
        ("Varför har fiskarna på ön blockerat hamnen?", "fiskarna ön"),
        ("Hvorfor har fiskerne på øen blokeret havnen?", "fiskerne øen"),
        ("Hvorfor har fiskerne på øya blokkert havnen?", "fiskerne øya"),
        ("Почему рыбаки с острова заблокировали порт?", "рыбаки острова"),
        ("Adadaki balıkçılar limanı neden ve nasıl kapattı?", "Adadaki balıkçılar"),
    ],
)
def test_other_languages_have_their_function_words(query: str, kept: str) -> None:
    assert texts(query)[: len(kept.split())] == kept.split()


def test_function_words_are_listed_as_queries_are_compared() -> None:
    for words in FUNCTION_WORDS.values():
        assert all(word == word.lower() and word.isalpha() for word in words)


@given(query=st.text() | st.text("aé1_¼ ’𑴺ि", max_size=6))
def test_every_weighed_word_is_one_of_the_query(query: str) -> None:
    found = weigh(query)
    assert all(word.text in query and word.weight in (0.1, 1.0, 1.5) for word in found)
    assert len({word.text.lower() for word in found}) == len(found)
    # A mark without its letter may count as a word or not.
    assert found or not any(char.isalnum() or char == "_" for char in query)
