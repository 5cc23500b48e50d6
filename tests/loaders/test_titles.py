"""Titles inferred from a text that has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.loaders.titles import LONGEST_TITLE, inferred_title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The port reopened. Ships sailed.", "The port reopened."),
        ("Will it rain? Nobody knows.", "Will it rain?"),
        (
            "Mr. Ito met U.S. officials on Monday. They ate.",
            "Mr. Ito met U.S. officials on Monday.",
        ),
        ("Prof. Ito spoke on Sept. 5 in Lyon. All slept.", "Prof. Ito spoke on Sept. 5 in Lyon."),
        ("It opened in 2024. It shut.", "It opened in 2024."),
        ("“We stay here,” she said. Then left.", "“We stay here,” she said."),
        ("“We will stay.” She left.", "“We will stay.”"),
        ("日銀は金利を据え置いた。市場は動いた。", "日銀は金利を据え置いた。"),
        ("TOKYO (Agency) — The port reopened. So.", "The port reopened."),
        ("TOKYO\n\nThe port reopened. So.", "The port reopened."),
        ("  One   line\twith gaps\nAnother line", "One line with gaps"),
        ("TOKYO", "TOKYO"),
    ],
)
def test_the_title_is_the_first_sentence_after_the_dateline(text: str, title: str) -> None:
    assert inferred_title(text) == title


def test_a_long_sentence_is_cut_at_a_word() -> None:
    title = inferred_title("seven, " * 40)

    assert title == "seven, " * 16 + "seven…"
    assert len(title) <= LONGEST_TITLE + 1


def test_a_long_text_without_spaces_is_cut_all_the_same() -> None:
    assert inferred_title("海" * 300) == "海" * LONGEST_TITLE + "…"


@given(st.text().filter(lambda text: bool(text.strip())))
def test_a_text_always_gives_a_title_of_bounded_length(text: str) -> None:
    assert 0 < len(inferred_title(text)) <= LONGEST_TITLE + 1
