"""Hits become stretches: what is said twice once, and neighbours as one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.grounding.stretches import distinct, merged
from api.search.query import Hit
from indexer.documents import Article, Passage, Span

WIRE = (
    "Two container ships collided off the cape early on Tuesday, and four sailors were hurt, "
    "the coast guard said. Both ships reached the port of Esmeralda under their own power."
)
JANUARY = datetime(2026, 1, 15, tzinfo=UTC)


def hit(
    rank: int, id_: str, text: str, start: int = 0, end: int | None = None, day: int = 0
) -> Hit:
    article = Article(id_, id_.title(), text, published_at=JANUARY + timedelta(days=day))
    stop = len(text) if end is None else end
    passage = Passage(f"{id_}#{start}", id_, text[start:stop], start, stop)
    return Hit(rank, 1 / rank, 0.9, passage, article)


def test_neighbouring_passages_are_one_in_the_place_of_the_better() -> None:
    text = "One two.\n\nThree four. Five."
    hits = [hit(1, "a", text, 10, 21), hit(2, "b", "Other words."), hit(3, "a", text, 0, 8)]
    first, second = merged(distinct(hits))
    assert (first.article.id, first.span) == ("a", Span(0, 21))
    assert [passage.id for passage in first.passages] == ["a#0", "a#10"]
    assert second.article.id == "b"


def test_passages_with_a_sentence_between_them_stay_two() -> None:
    text = "One two. Three four. Five."
    assert len(merged(distinct([hit(1, "a", text, 0, 8), hit(2, "a", text, 21, 26)]))) == 2


def test_the_passage_between_makes_one_of_three() -> None:
    text = "One two. Three four. Five."
    hits = [hit(1, "a", text, 0, 8), hit(2, "a", text, 21, 26), hit(3, "a", text, 9, 20)]
    [whole] = merged(distinct(hits))
    assert whole.span.of(text) == text


def test_overlapping_passages_are_one() -> None:
    text = "One two three four."
    [whole] = merged(distinct([hit(1, "a", text, 0, 13), hit(2, "a", text, 8, 19)]))
    assert whole.span == Span(0, 19)


def test_a_wire_report_is_given_once_with_all_who_ran_it() -> None:
    hits = [hit(1, "wire", WIRE), hit(2, "post", WIRE.replace("early on", "late on"))]
    [stretch] = distinct(hits)
    assert stretch.article.id == "wire"
    assert [article.id for article in stretch.also] == ["post"]


def test_the_newest_of_several_is_shown() -> None:
    newer = WIRE.replace("early on", "late on")
    hits = [hit(1, "wire", WIRE), hit(2, "post", newer, day=1), hit(3, "ledger", WIRE, day=-1)]
    [stretch] = distinct(hits)
    assert stretch.article.id == "post"
    assert stretch.span.of(stretch.article.text) == newer
    assert {article.id for article in stretch.also} == {"wire", "ledger"}


@pytest.mark.parametrize("tally", ["five", "40"])
def test_reports_whose_figures_differ_do_not_say_the_same(tally: str) -> None:
    other = WIRE.replace("four sailors", f"{tally} sailors")
    found = distinct([hit(1, "wire", WIRE), hit(2, "post", other, day=1)])
    assert [(stretch.article.id, stretch.also) for stretch in found] == [("wire", ()), ("post", ())]


def test_a_report_that_leaves_a_figure_out_says_the_same() -> None:
    shorter = WIRE.replace("four sailors", "sailors")
    [stretch] = distinct([hit(1, "wire", WIRE), hit(2, "post", shorter)])
    assert [article.id for article in stretch.also] == ["post"]


def test_a_part_of_what_is_shown_is_not_shown_again() -> None:
    [stretch] = distinct([hit(1, "wire", WIRE), hit(2, "brief", WIRE[:120])])
    assert [article.id for article in stretch.also] == ["brief"]


def test_more_than_what_is_shown_is_shown_too() -> None:
    more = (
        f"{WIRE} Divers are to look at the hull of the Aurelia on Wednesday, her owners said. "
        "A tug stood by through the night, and the strait was open again to ferries by the evening."
    )
    assert len(distinct([hit(1, "brief", WIRE), hit(2, "long", more)])) == 2


def test_different_reports_on_one_thing_stay_apart() -> None:
    other = "The coast guard said on Tuesday that nobody is missing after a collision at sea."
    assert len(distinct([hit(1, "wire", WIRE), hit(2, "post", other)])) == 2


def test_one_article_that_repeats_itself_is_not_its_own_witness() -> None:
    text = f"{WIRE}\n\nAn advertisement.\n\n{WIRE}"
    hits = [hit(1, "a", text, 0, len(WIRE)), hit(2, "a", text, len(text) - len(WIRE))]
    assert all(stretch.also == () for stretch in distinct(hits))


def test_an_undated_article_is_older_than_a_dated_one() -> None:
    undated = hit(1, "leaflet", WIRE)
    undated = replace(undated, article=replace(undated.article, published_at=None))
    [stretch] = distinct([undated, hit(2, "post", WIRE)])
    assert stretch.article.id == "post"
