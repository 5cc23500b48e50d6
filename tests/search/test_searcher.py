"""The searcher over a real local index; only the model is replaced, by one of eight words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from api.search.errors import BadCursor, StaleCursor
from api.search.query import Query
from api.search.searcher import Searcher
from indexer.documents import Article, Passage
from indexer.encoders.base import Encoder
from indexer.engines.base import Filters
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard, ModelCard
from indexer.errors import IndexMissing
from indexer.vectors import Vectors

MEANINGS = {"boat": 0, "ship": 0, "vessel": 0, "vote": 1, "ballot": 1, "rain": 2, "storm": 2}
CHUNKING = ChunkingCard(64, 0)


class WordEncoder:
    """Stands in for a model at the outermost edge: words of one meaning share a direction."""

    name, fingerprint, dimension, max_tokens = "words", "a" * 64, 4, 64

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    encode_queries = encode_passages

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimension, 0.01, np.float32)
        for word in text.lower().split():
            vector[MEANINGS.get(word.strip(".,"), 3)] += 1
        unit: Vectors = vector / np.linalg.norm(vector)
        return unit


def publish(engine: LocalEngine, *articles: Article) -> str:
    encoder = WordEncoder()
    model = ModelCard(encoder.name, encoder.fingerprint, encoder.dimension)
    with engine.draft(model, CHUNKING) as draft:
        for article in articles:
            passage = Passage(f"{article.id}#0", article.id, article.text, 0, len(article.text))
            draft.add(article, [passage], encoder.encode_passages([article.text]))
        return draft.publish().generation


ARTICLES = (
    Article("harbour", "Harbour", "A vessel left the harbour.", source="Post", language="en"),
    Article("ferry", "Ferry", "The boat was late, the boat was full.", language="en"),
    Article("ballot", "Count", "Every ballot was counted twice.", source="Wire", language="en"),
    Article("weather", "Weather", "A storm and rain and rain.", source="Wire", language="en"),
)


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    engine = LocalEngine(tmp_path)
    publish(engine, *ARTICLES)
    return engine


@pytest.fixture
def searcher(engine: LocalEngine) -> Searcher:
    return Searcher(engine, lambda _: WordEncoder())


def found(searcher: Searcher, query: Query) -> list[str]:
    return [hit.article.id for hit in searcher.search(query).hits]


def test_dense_mode_finds_by_meaning(searcher: Searcher) -> None:
    assert set(found(searcher, Query("ship", mode="dense", limit=2))) == {"ferry", "harbour"}


def test_lexical_mode_finds_by_words_only(searcher: Searcher) -> None:
    assert found(searcher, Query("ship", mode="lexical")) == []
    assert found(searcher, Query("boats", mode="lexical")) == ["ferry"]


def test_hybrid_mode_puts_what_both_retrievers_like_first(searcher: Searcher) -> None:
    assert found(searcher, Query("vessel"))[:2] == ["harbour", "ferry"]


def test_the_fusion_can_be_chosen_and_cursors_belong_to_it(engine: LocalEngine) -> None:
    additive = Searcher(engine, lambda _: WordEncoder())
    rrf = Searcher(engine, lambda _: WordEncoder(), "rrf")
    first = rrf.search(Query("vessel", limit=1))
    assert first.hits[0].article.id == "harbour"
    # first by its words, second by its meaning: the ferry's text has two boats
    assert first.hits[0].score == pytest.approx(1 / 61 + 1 / 62)
    with pytest.raises(BadCursor):
        additive.search(Query("vessel", limit=1, cursor=first.next_cursor))


def test_hits_are_ranked_from_one_with_falling_scores(searcher: Searcher) -> None:
    hits = searcher.search(Query("storm vote")).hits
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_every_hit_obeys_the_offset_law(searcher: Searcher) -> None:
    for hit in searcher.search(Query("boat")).hits:
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_filters_hold_in_every_mode(searcher: Searcher) -> None:
    only_wire = Filters(source=("wire",))
    for mode in ("hybrid", "dense", "lexical"):
        ids = found(searcher, Query("boat storm ballot", mode=mode, filters=only_wire))
        assert set(ids) == {"ballot", "weather"}


def test_pages_follow_each_other_without_gap_or_repeat(searcher: Searcher) -> None:
    whole = found(searcher, Query("vessel"))
    pages, cursor = [], None
    for _ in whole:
        page = searcher.search(Query("vessel", limit=1, cursor=cursor))
        pages += [hit.article.id for hit in page.hits]
        cursor = page.next_cursor
    assert pages == whole
    assert cursor is None


def test_a_cursor_serves_its_own_query_only(searcher: Searcher) -> None:
    cursor = searcher.search(Query("vessel", limit=1)).next_cursor
    with pytest.raises(BadCursor):
        searcher.search(Query("boat", limit=1, cursor=cursor))


def test_a_cursor_ends_with_its_generation(engine: LocalEngine, searcher: Searcher) -> None:
    cursor = searcher.search(Query("vessel", limit=1)).next_cursor
    publish(engine, ARTICLES[0])
    with pytest.raises(StaleCursor):
        searcher.search(Query("vessel", limit=1, cursor=cursor))


def test_the_total_is_exact_until_the_depth_is_reached(engine: LocalEngine) -> None:
    wide = Searcher(engine, lambda _: WordEncoder()).search(Query("boat")).total
    narrow = Searcher(engine, lambda _: WordEncoder(), depth=2).search(Query("boat")).total
    assert (wide.value, wide.relation) == (4, "eq")
    assert narrow.relation == "gte"


def test_a_newer_generation_is_searched_as_soon_as_it_is_published(
    engine: LocalEngine, searcher: Searcher
) -> None:
    before = searcher.search(Query("vessel")).generation
    published = publish(engine, Article("pier", "Pier", "One more vessel, one more vessel."))
    ranking = searcher.search(Query("vessel"))
    assert ranking.generation == published != before
    assert "pier" in {hit.article.id for hit in ranking.hits}


def test_a_newer_generation_that_cannot_be_opened_leaves_the_one_before_serving(
    engine: LocalEngine, searcher: Searcher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = searcher.search(Query("vessel"))
    broken = publish(engine, ARTICLES[0])
    (tmp_path / "generations" / broken / "manifest.json").unlink()
    assert searcher.search(Query("vessel")) == before
    assert broken in caplog.text


def test_the_encoder_is_opened_once_for_all_generations_of_a_model(engine: LocalEngine) -> None:
    opened: list[ModelCard] = []

    def open_encoder(model: ModelCard) -> Encoder:
        opened.append(model)
        return WordEncoder()

    searcher = Searcher(engine, open_encoder)
    searcher.search(Query("vessel"))
    publish(engine, ARTICLES[1])
    searcher.search(Query("vessel"))
    assert len(opened) == 1


def test_searching_before_anything_was_indexed_says_what_to_do(tmp_path: Path) -> None:
    engine = LocalEngine(tmp_path)
    searcher = Searcher(engine, lambda _: WordEncoder())
    with pytest.raises(IndexMissing, match="dateline index"):
        searcher.search(Query("vessel"))
    publish(engine, *ARTICLES)
    assert found(searcher, Query("vessel"))
