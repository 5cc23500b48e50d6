"""Quotations: found in every pair of marks, and compared word for word."""

from __future__ import annotations

import pytest

from api.grounding.checks.finding import Ground
from api.grounding.checks.quotes import check, quotations
from api.grounding.checks.words import folded_article


def holds(quotation: str, source: str) -> bool:
    return not list(check([quotation], Ground(source, source)))


@pytest.mark.parametrize(
    "text",
    [
        'He said "never again" twice.',
        "He said “never again” twice.",
        "Er sagte „never again“ und ging.",
        "Il dit « never again » et part.",
        "Er sagte »never again« und ging.",
        "彼は「never again」と述べた。",
        "He said ‘never again’ twice.",
        "He said 'never again' twice.",
    ],
)
def test_quotation_marks_of_many_kinds_are_known(text: str) -> None:
    assert [span.of(text).strip() for span in quotations(text)] == ["never again"]


def test_an_apostrophe_opens_no_quotation() -> None:
    assert quotations("It's the pair's first, and they don't mind.") == []


def test_a_quotation_left_open_runs_to_the_end_of_its_line() -> None:
    text = "He said: “Never again. Not once.\nThen he left."
    assert [span.of(text) for span in quotations(text)] == ["Never again. Not once."]


@pytest.mark.parametrize(
    ("quotation", "source"),
    [
        ("never again,", "“Never  again”, he said."),
        ("It's over", "“It’s over.”"),
        ("we count ... the cooks", "We count the people, perhaps they count the cooks."),
        ("[He] counts the cooks", "“Counts the cooks,” it said."),
        ("[m]y freezer has forgiven me", "“My freezer has forgiven me.”"),
        ("the talks [we]re announc[ed]", "“The talks are announcing themselves.”"),
        ("[It]’s over, [he]'ll go", "“That’s over, I’ll go.”"),
        ("he[lp] me", "“Heal me.”"),
        ("[日]本は言わない", "「日本は言わない」"),
        ("言わない", "先生は『言わない』と言う。"),
    ],
)
def test_case_spaces_marks_and_what_is_left_out_may_differ(quotation: str, source: str) -> None:
    assert holds(quotation, source)


@pytest.mark.parametrize(
    ("quotation", "source"),
    [
        ("never before", "“Never again,” he said."),
        ("again never", "“Never again,” he said."),
        ("the cooks ... we count", "We count the cooks."),
        ("ever again", "“Never again,” he said."),
        ("[He is] ever again", "“Never again,” he said."),
        ("… ever again", "“Never again,” he said."),
        ("[m]y fridge", "“My freezer has forgiven me.”"),
        ("nounc[ed]", "“Announced,” he said."),
        ("again [and] again", "“Never again,” he said."),
    ],
)
def test_words_may_not_differ(quotation: str, source: str) -> None:
    assert not holds(quotation, source)


def test_words_that_are_not_there_are_told() -> None:
    [found] = check(["never before"], Ground("", "Never again."))
    assert found.problem == "These words are not in the source: “never before”."
    assert found.conflicts


def test_an_article_is_read_once_however_much_is_quoted_from_it() -> None:
    source = " ".join(f"word{n}" for n in range(300))
    before = folded_article.cache_info().misses
    assert all(holds(f"word{n} word{n + 1}", source) for n in range(200))
    assert folded_article.cache_info().misses == before + 1
