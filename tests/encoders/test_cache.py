"""The vector cache: unchanged text is not encoded twice, and the file may be lost at any time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Timer

import numpy as np
import pytest

from indexer.documents import Span
from indexer.encoders import load_encoder
from indexer.encoders.base import Encoder
from indexer.encoders.cache import CachedEncoder
from indexer.errors import DatelineError
from indexer.vectors import Vectors
from tests.encoders import tiny
from tests.encoders.texts import passages

TEXTS = passages(6, seed=5, longest=30)
HALVES = [[Span(0, 12), Span(12, 40)] for _ in TEXTS]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    directory = tmp_path_factory.mktemp("tiny")
    model = tiny.bert(directory, prompts={"query": "find: "})
    return load_encoder(str(model), directory / "cache")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "vectors.sqlite"


@pytest.fixture
def cached(small: Encoder, path: Path) -> Iterator[CachedEncoder]:
    with closing(CachedEncoder(small, path)) as cached:
        yield cached


def test_what_was_encoded_before_is_not_encoded_anew(
    cached: CachedEncoder, small: Encoder, path: Path
) -> None:
    cached.encode_passages(TEXTS)
    assert (cached.hits, cached.misses) == (0, 6)
    with closing(CachedEncoder(small, path)) as later:
        later.encode_passages([*TEXTS[3:], "Something new.", *TEXTS[:3]])
        assert (later.hits, later.misses) == (6, 1)


def test_a_repeated_text_is_encoded_once(cached: CachedEncoder) -> None:
    vectors = cached.encode_passages(["rain", "snow", "rain"])
    assert (cached.hits, cached.misses) == (1, 2)
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_a_hit_equals_the_miss_before_it(cached: CachedEncoder) -> None:
    fresh = cached.encode_passages(TEXTS)
    remembered = cached.encode_passages(TEXTS[::-1])[::-1]
    np.testing.assert_array_equal(fresh, remembered)


def test_cached_vectors_are_the_encoders_to_half_precision(
    cached: CachedEncoder, small: Encoder
) -> None:
    vectors = cached.encode_passages(TEXTS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(vectors, small.encode_passages(TEXTS), atol=1e-3)


def test_another_model_finds_nothing_in_the_cache(
    cached: CachedEncoder, path: Path, tmp_path: Path
) -> None:
    cached.encode_passages(TEXTS)
    other = load_encoder(str(tiny.bert(tmp_path, seed=1)), tmp_path)
    with closing(CachedEncoder(other, path)) as of_other:
        of_other.encode_passages(TEXTS)
        assert (of_other.hits, of_other.misses) == (0, 6)


def test_everything_else_is_the_encoders_own(cached: CachedEncoder, small: Encoder) -> None:
    assert (cached.name, cached.fingerprint) == (small.name, small.fingerprint)
    assert (cached.dimension, cached.max_tokens) == (small.dimension, small.max_tokens)
    assert cached.count_tokens(TEXTS) == small.count_tokens(TEXTS)
    np.testing.assert_array_equal(cached.encode_queries(TEXTS), small.encode_queries(TEXTS))
    assert cached.encode_passages([]).shape == (0, small.dimension)
    assert (cached.hits, cached.misses) == (0, 0)


def test_sentences_encoded_before_are_not_encoded_anew(
    cached: CachedEncoder, small: Encoder, path: Path
) -> None:
    fresh = cached.encode_with_sentences(TEXTS, HALVES)
    assert (cached.hits, cached.misses) == (0, 6)
    with closing(CachedEncoder(small, path)) as later:
        remembered = later.encode_with_sentences(TEXTS[::-1], HALVES[::-1])
        assert (later.hits, later.misses) == (6, 0)
    np.testing.assert_array_equal(fresh[0], remembered[0][::-1])
    np.testing.assert_array_equal(fresh[1], remembered[1][::-1])


def test_other_sentences_of_a_text_are_encoded_and_both_are_kept(cached: CachedEncoder) -> None:
    _, [halves] = cached.encode_with_sentences(TEXTS[:1], HALVES[:1])
    _, [whole] = cached.encode_with_sentences(TEXTS[:1], [[Span(0, len(TEXTS[0]))]])
    assert (cached.hits, cached.misses) == (0, 2)
    _, [again] = cached.encode_with_sentences(TEXTS[:1], HALVES[:1])
    assert (cached.hits, len(whole)) == (1, 1)
    np.testing.assert_array_equal(halves, again)


def test_a_cache_of_passages_alone_learns_their_sentences(
    cached: CachedEncoder, tmp_path: Path, small: Encoder
) -> None:
    before = cached.encode_passages(TEXTS)
    vectors, pooled = cached.encode_with_sentences(TEXTS, HALVES)
    np.testing.assert_array_equal(vectors, before)
    with closing(CachedEncoder(small, tmp_path / "empty.sqlite")) as empty:
        _, expected = empty.encode_with_sentences(TEXTS, HALVES)
    np.testing.assert_array_equal(pooled, expected)


def test_cached_sentences_are_the_signs_of_the_encoders(
    cached: CachedEncoder, small: Encoder
) -> None:
    _, remembered = cached.encode_with_sentences(TEXTS, HALVES)
    _, exact = small.encode_with_sentences(TEXTS, HALVES)
    for found, expected in zip(remembered, exact, strict=True):
        np.testing.assert_allclose(found, np.where(expected > 0, 1, -1) / 32**0.5, rtol=1e-6)


def test_a_passage_without_sentences_has_no_sentence_vectors(cached: CachedEncoder) -> None:
    for _ in ("encoded", "remembered"):
        vectors, [pooled] = cached.encode_with_sentences(["rain"], [[]])
        assert (vectors.shape, pooled.shape) == ((1, 32), (0, 32))
    assert cached.hits == 1
    assert cached.encode_with_sentences([], [])[0].shape == (0, 32)


def test_a_lone_surrogate_can_be_cached(cached: CachedEncoder) -> None:
    broken = cached.encode_passages(["ferry \ud83d late"])
    np.testing.assert_array_equal(broken, cached.encode_passages(["ferry ? late"]))
    assert cached.hits == 1


def test_a_cache_file_that_is_none_is_begun_anew_with_a_warning(
    small: Encoder, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"This is no database. " * 500)
    for misses in (6, 0):
        with closing(CachedEncoder(small, path)) as cached:
            cached.encode_passages(TEXTS)
            assert cached.misses == misses
    assert "is damaged" in caplog.text


def test_damage_inside_the_file_is_found_on_use_and_mended(
    small: Encoder, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(CachedEncoder(small, path)) as cached:
        expected = cached.encode_passages(TEXTS)
    content = bytearray(path.read_bytes())
    # The first page of 4,096 bytes holds the schema; the vectors come after it.
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with closing(CachedEncoder(small, path)) as cached:
        np.testing.assert_array_equal(cached.encode_passages(TEXTS), expected)
        assert "is damaged" in caplog.text
        np.testing.assert_array_equal(cached.encode_passages(TEXTS), expected)
        assert (cached.hits, cached.misses) == (6, 6)


@pytest.mark.parametrize("bits", [b"\x00\x7c", b"\xff\x7f", b"\x00\x40"])
def test_a_vector_that_was_not_written_so_is_never_answered_with(
    small: Encoder, path: Path, bits: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(CachedEncoder(small, path)) as cached:
        expected = cached.encode_passages(TEXTS)
    # One number becomes infinite, none at all, or 2.
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "UPDATE vectors SET vector = CAST(? || substr(vector, 3) AS BLOB)", (bits,)
        )
    with closing(CachedEncoder(small, path)) as cached:
        np.testing.assert_array_equal(cached.encode_passages(TEXTS), expected)
    assert "is damaged" in caplog.text


def test_a_cache_that_cannot_be_opened_says_what_to_do(small: Encoder, path: Path) -> None:
    path.mkdir(parents=True)
    for place in (path, Path(__file__) / "vectors.sqlite"):
        with pytest.raises(DatelineError, match="set DATELINE_CACHE to another directory"):
            CachedEncoder(small, place)


def test_a_new_cache_waits_for_whoever_is_at_its_file(small: Encoder, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        leaving = Timer(0.2, other.execute, ["COMMIT"])
        leaving.start()
        with closing(CachedEncoder(small, path)) as cached:
            assert len(cached.encode_passages(passages(2, seed=6))) == 2
        leaving.join()


def test_several_writers_share_one_file(small: Encoder, path: Path) -> None:
    texts = passages(40, seed=6, longest=10)

    def encode(order: int) -> Vectors:
        with closing(CachedEncoder(small, path)) as cached:
            parts = [cached.encode_passages(texts[i : i + 4]) for i in range(0, 40, 4)[::order]]
        return np.vstack(parts[::order])

    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(encode, [1, -1, 1, -1]))
    with closing(CachedEncoder(small, path)) as cached:
        expected = cached.encode_passages(texts)
        assert cached.misses == 0
    for found in vectors:
        np.testing.assert_allclose(found, expected, atol=1e-3)
