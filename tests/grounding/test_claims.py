"""An answer read sentence by sentence: its claims, and the citations they name."""

from __future__ import annotations

import pytest

from api.grounding.claims import claims


def texts(answer: str) -> list[str]:
    return [claim.span.of(answer) for claim in claims(answer)]


def test_markers_are_no_part_of_what_is_claimed() -> None:
    [claim] = claims("The river rose [1] in the night [2, 3].")
    assert claim.text.split() == ["The", "river", "rose", "in", "the", "night", "."]
    assert claim.numbers == (1, 2, 3)
    assert len(claim.text) == claim.span.end - claim.span.start


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("It rose [1]. It fell [2].", [("It rose [1].", (1,)), ("It fell [2].", (2,))]),
        ("It rose. [1] It fell. [2]", [("It rose. [1]", (1,)), ("It fell. [2]", (2,))]),
        ("It rose.[1] It fell.[2]", [("It rose.[1]", (1,)), ("It fell.[2]", (2,))]),
        ("It rose. [1][2] It fell.", [("It rose. [1][2]", (1, 2)), ("It fell.", ())]),
        ("It rose [1]. [2] says so.", [("It rose [1].", (1,)), ("[2] says so.", (2,))]),
    ],
)
def test_a_marker_belongs_to_the_sentence_it_stands_in_or_right_after(
    answer: str, expected: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert [(claim.span.of(answer), claim.numbers) for claim in claims(answer)] == expected


def test_markdown_is_no_part_of_what_is_claimed() -> None:
    found = claims("- **The river** rose `fast`.\n- It fell.\n\n## Outlook\nIt rains.")
    assert [" ".join(claim.text.split()) for claim in found] == [
        "The river rose fast .",
        "It fell.",
        "Outlook",
        "It rains.",
    ]


@pytest.mark.parametrize(
    "answer",
    [
        "Did the river rise?",
        "河は溢れたか？",
        "Hello!",
        "Thank you for asking.",
        "Guten Morgen!",
        "I could not find anything about this.",
        "I don't know.",
        "I'm sorry, but I cannot answer that.",
        "The sources do not say when it happened.",
        "None of the articles mentions a flood.",
        "In den Quellen steht dazu nichts.",
        "Ich kann diese Frage nicht beantworten.",
        "Here is what the articles say:",
        "[1]",
        "***",
    ],
)
def test_questions_greetings_and_refusals_claim_nothing(answer: str) -> None:
    assert not any(claim.asserts for claim in claims(answer))


@pytest.mark.parametrize(
    "answer",
    [
        "The river rose.",
        "Hello Kitty was sold to a rival for two billion dollars.",
        "The article of faith is not in doubt.",
        "I do not eat fish, the minister said.",
        "“Who will tell us?” she asked.",
        "“Who will tell us?”",
        "Unfortunately the dyke broke.",
    ],
)
def test_everything_else_claims_something(answer: str) -> None:
    assert all(claim.asserts for claim in claims(answer))


def test_a_quotation_over_several_sentences_is_in_each_of_them() -> None:
    found = claims("He said: “It rose. It fell.” Then he left.")
    assert [claim.quoted for claim in found] == [("It rose.",), ("It fell.",), ()]


def test_the_sentences_hold_everything_but_white_space() -> None:
    answer = "Hello! It rose. [1] It fell [2].\n\nIs it over? “Yes. Quite.” [3]"
    left = set(range(len(answer)))
    for claim in claims(answer):
        left -= set(range(claim.span.start, claim.span.end))
    assert {answer[place] for place in left} <= set(" \n")
