"""Text to terms."""

from __future__ import annotations

import pytest

from indexer.engines.base import Word
from indexer.engines.local.analysis import (
    STEMMERS,
    phrase_terms,
    primary_language,
    query_terms,
    terms,
)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Deployments were deployed.", "en", ["deploy", "were", "deploy"]),
        ("Die Häuser an der Küste", "de", ["die", "haus", "an", "der", "kust"]),
        ("les déploiements", "fr", ["le", "deploi"]),
        ("Deployments, café", "und", ["deployments", "cafe"]),
        ("Deployments", "tlh", ["deployments"]),
        ("3.5% of U.S. output", "en", ["3", "5", "of", "u", "s", "output"]),
        ("", "en", []),
    ],
)
def test_words_are_folded_and_stemmed_by_language(
    text: str, language: str, expected: list[str]
) -> None:
    assert terms(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("南西諸島", ["南西", "西諸", "諸島"]),
        ("島", ["島"]),
        ("NATOの会議、東京", ["nato", "の会", "会議", "東京"]),
        ("กรุงเทพ", ["กร", "รุ", "ุง", "งเ", "เท", "ทพ"]),
    ],
)
def test_queries_in_unspaced_scripts_become_pairs_of_characters(
    text: str, expected: list[str]
) -> None:
    assert phrase_terms(text, "ja") == expected


def test_texts_in_unspaced_scripts_are_found_by_pairs_and_by_single_characters() -> None:
    assert terms("北の港湾", "ja") == ["北の", "の港", "港湾", "北", "の", "港", "湾"]
    assert set(phrase_terms("港", "ja")) <= set(terms("北の港湾", "ja"))


def test_words_of_a_query_become_terms_with_the_greatest_of_their_weights() -> None:
    words = [Word("Häuser", 1.5), Word("deployed", 1.0), Word("Haus", 1.0)]
    assert query_terms(words, "de") == {"haus": 1.5, "deployed": 1.0}
    assert query_terms(words, "en") == {"hauser": 1.5, "deploy": 1.0, "haus": 1.0}


@pytest.mark.parametrize("language", sorted(STEMMERS))
def test_every_listed_stemmer_exists(language: str) -> None:
    assert terms("word", language)


@pytest.mark.parametrize(
    ("tag", "expected"), [("en-GB", "en"), ("DE", "de"), (None, "und"), ("", "und")]
)
def test_a_language_tag_is_reduced_to_its_first_subtag(tag: str | None, expected: str) -> None:
    assert primary_language(tag) == expected
