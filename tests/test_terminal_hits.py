"""What a person at a terminal sees of an answer."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from api.schemas.search import Answer
from api.schemas.why_not import Told
from api.search.query import Explanation, FacetCount, Hit, Query, Ranking, Reason, Signal, Total
from api.search.why_not import Needed, WhyNot
from api.terminal_hits import show_answer, show_why_not
from indexer.documents import Article, Passage, Span

TEXT = "Rain fell. \x1b[31mThe river rose a metre.\nSchools are shut."
ARTICLE = Article("a", "River is over its banks", f"Headline.\n{TEXT}", source="Meridian Wire")
PASSAGE = Passage("a#0", "a", TEXT, 10, 10 + len(TEXT))
RIVER = Span(10 + TEXT.index("The"), 10 + TEXT.index("\n"))
EXPLANATION = Explanation(
    (Signal("cosine", 0.5, 1.0, 0.5), Signal("coverage", -0.25, 1.2, -0.3)), None, 3, 0.2
)
HIT = Hit(1, 0.9, 0.874, PASSAGE, ARTICLE)
RANKING = Ranking("000001-ab", (HIT,), Total(1, "eq"), None)
BOLD, END = "\x1b[1m", "\x1b[0m"


def coloured(hit: Hit) -> str:
    paper = StringIO()
    console = Console(file=paper, width=80, force_terminal=True, color_system="standard")
    show_answer(console, Answer(Query("river"), replace(RANKING, hits=(hit,)), 4.2), 0.5)
    return paper.getvalue()


def plain(*hits: Hit, ranking: Ranking = RANKING, threshold: float | None = 0.5) -> str:
    paper = StringIO()
    answer = Answer(Query("river"), replace(ranking, hits=hits), 4.2)
    show_answer(Console(file=paper, width=80), answer, threshold)
    return paper.getvalue()


def test_the_relevance_stands_beside_the_title() -> None:
    assert plain(HIT).splitlines()[0] == "  1  River is over its banks  87 %"


def test_a_hit_without_relevance_has_none_beside_its_title() -> None:
    assert plain(replace(HIT, relevance=None)).splitlines()[0] == "  1  River is over its banks"


def test_the_sentence_that_answers_is_bold_and_the_words_are_not() -> None:
    told = coloured(replace(HIT, highlights=(RIVER,)))
    assert f"{BOLD}The river rose a metre.{END}" in told
    assert "Rain fell. �[31m" in told
    assert "\x1b[1;32mriver" not in told


def test_without_such_a_sentence_the_words_of_the_question_stand_out() -> None:
    assert f"\x1b[1;32mriver{END}" in coloured(HIT)


def test_collapsed_passages_are_counted() -> None:
    assert "     + 1 more passage\n" in plain(replace(HIT, collapsed=(PASSAGE,)))
    assert "     + 3 more passages\n" in plain(replace(HIT, collapsed=(PASSAGE,) * 3))


def test_an_explanation_is_an_aligned_table() -> None:
    lines = [line.rstrip() for line in plain(replace(HIT, explanation=EXPLANATION)).splitlines()]
    at = lines.index("     signal     value  weight    part")
    assert lines[at + 1 : at + 5] == [
        "     cosine     0.500   1.000   0.500",
        "     coverage  -0.250   1.200  -0.300",
        "     fused                      0.200",
        "     rank by words 3",
    ]


def test_reranking_and_age_are_told_with_the_ranks() -> None:
    moved = replace(EXPLANATION, dense_rank=2, reranked_from=7, recency=0.85)
    assert (
        "     rank by meaning 2, by words 3, before reranking 7 · × 0.850 for its age\n"
    ) in plain(replace(HIT, explanation=moved))


def test_facets_are_short_lines() -> None:
    counts = tuple(FacetCount(f"S{number}", 30 - number) for number in range(12))
    told = plain(HIT, ranking=replace(RANKING, facets={"source": counts, "author": ()}))
    assert "source: S0 30 · S1 29 · S2 28 · " in told
    assert "S9 21 · 2 more\n" in told
    assert "author: none\n" in told


def test_what_failed_on_the_way_is_told() -> None:
    assert "Not reranked" in plain(HIT, ranking=replace(RANKING, degraded=("reranker",)))


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (None, "Nothing found.\n"),
        ("no_candidates", "Nothing found: nothing in the index has anything of this question.\n"),
        ("filters_exclude_all", "Nothing found: nothing in the index meets all conditions.\n"),
        (
            "below_threshold",
            "Nothing in the index answers this well enough. "
            "--include-weak shows what comes nearest.\n",
        ),
    ],
)
def test_an_empty_answer_says_why(reason: Reason | None, expected: str) -> None:
    assert plain(ranking=replace(RANKING, reason=reason)).startswith(expected)


def test_weak_hits_are_introduced_by_what_they_lack() -> None:
    weak, weaker = replace(HIT, relevance=0.12), replace(HIT, relevance=0.05)
    told = plain(weaker, weak, ranking=replace(RANKING, reason="below_threshold"), threshold=0.37)
    assert told.startswith(
        "Nothing answers this well enough; these passages only come nearest: the best has a "
        "relevance of 12 %, and 37 % are needed.\n"
    )


def test_where_no_threshold_is_known_none_is_told() -> None:
    told = plain(HIT, ranking=replace(RANKING, reason="below_threshold"), threshold=None)
    assert told.startswith("Nothing answers this well enough; these passages only come nearest.\n")


def doubt(found: WhyNot) -> list[str]:
    paper = StringIO()
    show_why_not(Console(file=paper, width=80), Told(Query("river"), found))
    return [line.rstrip() for line in paper.getvalue().splitlines()]


def test_why_not_is_a_sentence_and_the_figures() -> None:
    found = WhyNot(
        *("000001-ab", "a", "outranked", (), PASSAGE, None, 31, None, 0.41, 0.12),
        needed=Needed("score", 0.9, 0.41),
        explanation=EXPLANATION,
    )
    assert doubt(found) == [
        "Other passages answer better: its best one has a score of 0.410, and the last of the "
        "hits on this page 0.900.",
        "",
        "     rank among the hits  –",
        "     rank by meaning      31",
        "     rank by words        –",
        "     score                0.410",
        "     relevance            12 %",
        "",
        "     signal     value  weight    part",
        "     cosine     0.500   1.000   0.500",
        "     coverage  -0.250   1.200  -0.300",
        "     fused                      0.200",
        "",
        "     Rain fell. �[31mThe river rose a metre.",
        "     Schools are shut.",
    ]


def test_where_no_passage_was_looked_at_the_sentence_is_all() -> None:
    [line] = doubt(WhyNot("000001-ab", "ring\a", "not_indexed"))
    assert line.startswith("The index holds no article with the id “ring�”")
