"""Articles to index, stage by stage, with the real model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
import pytest

from indexer.chunking import SPECIAL_TOKENS
from indexer.documents import Span
from indexer.encoders import load_encoder
from indexer.encoders.base import Encoder
from indexer.encoders.cache import CachedEncoder
from indexer.engines.base import EVERYTHING, NO_FILTERS
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard
from indexer.errors import DatelineError, IndexMissing
from indexer.pipeline import Summary, index
from indexer.reading import Intake
from indexer.sentence_vectors import from_signs
from indexer.settings import DEFAULT_MODEL
from indexer.vectors import Vectors

CHUNKING = ChunkingCard(tokens=48, overlap=0)


@pytest.fixture
def encoder(model_cache: Path, tmp_path: Path) -> Iterator[CachedEncoder]:
    cached = CachedEncoder(load_encoder(DEFAULT_MODEL, model_cache), tmp_path / "vectors.sqlite")
    yield cached
    cached.close()


@pytest.fixture
def engine(tmp_path: Path) -> LocalEngine:
    return LocalEngine(tmp_path / "index")


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    return folder


class Listening:
    """An encoder that remembers what it was given to encode."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.fingerprint = encoder.name, encoder.fingerprint
        self.dimension, self.max_tokens = encoder.dimension, encoder.max_tokens
        self.count_tokens, self.encode_queries = encoder.count_tokens, encoder.encode_queries
        self.heard: list[str] = []
        self._encoder = encoder

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.heard += texts
        return self._encoder.encode_passages(texts)

    def encode_with_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> tuple[Vectors, list[Vectors]]:
        self.heard += texts
        return self._encoder.encode_with_sentences(texts, sentences)


def write(path: Path, *articles: tuple[str, str]) -> Path:
    lines = (json.dumps({"id": id_, "title": id_, "text": text}) for id_, text in articles)
    path.write_text("\n".join(lines))
    return path


def run(engine: LocalEngine, encoder: CachedEncoder, *paths: Path) -> Summary:
    return index(Intake(paths), engine, encoder, CHUNKING, lambda *_: None)


def test_passages_longer_than_the_model_reads_are_refused(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    write(articles / "a.jsonl", ("short", "The bridge reopened."))
    with pytest.raises(DatelineError, match=r"reads 256 tokens .* DATELINE_PASSAGE_TOKENS"):
        index(Intake((articles,)), engine, encoder, ChunkingCard(257, 0), lambda *_: None)


def test_articles_are_chunked_encoded_and_published(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    long = " ".join(f"Ferry number {n} left the northern harbour before dawn." for n in range(20))
    write(articles / "a.jsonl", ("long", long), ("short", "The bridge reopened."))
    summary = run(engine, encoder, articles)
    snapshot = engine.snapshot()
    assert snapshot.manifest == summary.manifest
    assert (summary.articles, summary.passages) == (2, snapshot.count(NO_FILTERS).passages)
    vector = encoder.encode_queries(["the bridge is open again"])[0]
    best, *others = snapshot.locate(snapshot.dense(vector, 100, EVERYTHING).handles)
    assert best.passage.id == "short#0"
    assert len(others) > 4


def test_the_sentences_of_each_passage_are_kept_with_what_they_mean(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    told = ["The bridge reopened.", "Ferries rest.", "Nobody was hurt in the storm."] * 9
    write(articles / "a.jsonl", ("a", " ".join(told)))
    run(engine, encoder, articles)
    snapshot = engine.snapshot()
    located = snapshot.locate(snapshot.passages("a"))
    found = [span.of(one.passage.text) for one in located for span in one.sentences.spans]
    assert len(located) > 2
    assert found == told
    [storm] = encoder.encode_queries(["a storm without injuries"])
    vectors = from_signs(located[0].sentences.signs, encoder.dimension)
    assert np.argmax(vectors[:3] @ storm) == 2


def test_the_vector_of_a_passage_is_that_of_title_and_text(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    write(articles / "a.jsonl", ("Bridge", "It reopened."))
    run(engine, encoder, articles)
    vector = encoder.encode_passages(["Bridge\nIt reopened."])[0]
    [score] = engine.snapshot().dense(vector, 1, EVERYTHING).scores
    assert score == pytest.approx(1.0, abs=1e-3)


def test_a_title_that_was_only_inferred_is_not_put_in_front(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    (articles / "a.txt").write_text("The ferry left at dawn. Nobody saw it go.")
    run(engine, encoder, articles)
    [article] = engine.snapshot().articles(NO_FILTERS, 0, 1)
    assert (article.title, article.headline) == ("The ferry left at dawn.", "")
    vector = encoder.encode_passages([article.text])[0]
    [score] = engine.snapshot().dense(vector, 1, EVERYTHING).scores
    assert score == pytest.approx(1.0, abs=1e-3)


def test_a_long_title_leaves_room_for_the_text(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path, tmp_path: Path
) -> None:
    title = "A headline that goes on and on about the harbour " * 20
    article = {"id": "a", "title": title, "text": "The ferry left. " * 30}
    (articles / "a.json").write_text(json.dumps(article))
    listening = Listening(encoder)
    with closing(CachedEncoder(listening, tmp_path / "listening.sqlite")) as cached:
        run(engine, cached, articles)
    counts = encoder.count_tokens([text for text in listening.heard if "ferry left" in text])
    assert counts
    assert max(counts) + SPECIAL_TOKENS <= CHUNKING.tokens


def test_unchanged_text_is_not_encoded_again(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    write(articles / "a.jsonl", ("ferry", "The ferry left."), ("bridge", "The bridge reopened."))
    assert run(engine, encoder, articles).encoded == 2
    write(articles / "a.jsonl", ("ferry", "The ferry left."), ("bridge", "The bridge is shut."))
    again = run(engine, encoder, articles)
    assert (again.articles, again.encoded) == (2, 1)


def test_text_of_an_index_that_is_gone_is_not_encoded_again(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path, tmp_path: Path
) -> None:
    write(articles / "a.jsonl", ("ferry", "The ferry left."), ("bridge", "The bridge reopened."))
    run(engine, encoder, articles)
    anew = run(LocalEngine(tmp_path / "another"), encoder, articles)
    assert (anew.added, anew.passages, anew.encoded) == (2, 2, 0)


def test_an_article_as_long_as_a_book_is_encoded_in_parts(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = " ".join(f"Ferry number {n} left the northern harbour before dawn." for n in range(40))
    write(articles / "a.jsonl", ("book", told))
    whole = run(engine, encoder, articles)
    before = engine.snapshot().vectors(engine.snapshot().passages("book"))
    monkeypatch.setattr("indexer.writing._AT_ONCE", 3)
    run(LocalEngine(articles / "index"), encoder, articles / "a.jsonl")
    snapshot = LocalEngine(articles / "index").snapshot()
    assert len(snapshot.passages("book")) == whole.passages > 6
    assert np.array_equal(snapshot.vectors(snapshot.passages("book")), before)


def test_an_edited_file_replaces_its_article(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    path = articles / "ferry.txt"
    path.write_text("Ferry\n\nThe ferry left late.\n")
    run(engine, encoder, articles)
    path.write_text("Ferry\n\nThe ferry left on time.\n")
    summary = run(engine, encoder, articles)
    [article] = engine.snapshot().articles(NO_FILTERS, 0, 10)
    assert article.text.strip() == "The ferry left on time."
    assert summary.manifest.articles == 1


def test_of_two_articles_with_one_id_the_first_stays_and_the_other_is_reported(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    first = write(articles / "a.jsonl", ("same", "The ferry left."))
    write(articles / "b.jsonl", ("same", "The bridge reopened."))
    summary = run(engine, encoder, articles)
    [problem] = summary.problems
    assert "b.jsonl" in problem.where
    assert str(first) in problem.reason
    assert engine.snapshot().articles(NO_FILTERS, 0, 10)[0].text == "The ferry left."


def test_files_of_one_name_under_two_roots_do_not_overwrite_each_other(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    roots = [articles / "north", articles / "south"]
    for root in roots:
        root.mkdir()
        (root / "ferry.txt").write_text(f"Ferry\n\nThe {root.name} ferry left.\n")
    summary = run(engine, encoder, *roots)
    assert summary.articles == 1
    assert "south" in summary.problems[0].where


def test_progress_goes_from_reading_through_writing_to_publishing(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    for number in range(3):
        write(articles / f"{number}.jsonl", (f"a{number}", f"Ferry {number} left. " * 700))
    told: list[tuple[str, float, int]] = []
    summary = index(
        Intake((articles,)), engine, encoder, CHUNKING, lambda *progress: told.append(progress)
    )
    stages = {stage: list(each) for stage, each in groupby(told, key=itemgetter(0))}
    assert list(stages) == ["indexing", "writing", "publishing"]
    for each in stages.values():
        assert len(each) == len(set(each)), "told twice"
        assert each == sorted(each)
        assert each[-1][1] == 1.0
    assert told[-1] == ("publishing", 1.0, summary.passages)


def test_nothing_is_published_when_nothing_could_be_read(
    engine: LocalEngine, encoder: CachedEncoder, articles: Path
) -> None:
    (articles / "broken.json").write_text("{")
    with pytest.raises(DatelineError, match=r"No article could be read.*\n.*broken\.json"):
        run(engine, encoder, articles)
    with pytest.raises(IndexMissing):
        engine.current()
