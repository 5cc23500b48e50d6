"""Approximate search: what is found, what is promised about it, and when all is scanned."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.engines.local.dense import Allowed, DenseReader, DenseWriter
from indexer.engines.local.nearest import build
from indexer.engines.manifest import NearestCard
from indexer.errors import IndexDamaged
from indexer.vectors import Vectors

SIZE, DIMENSION = 20_000, 64
CLUSTERS = 500


def clustered(count: int, seed: int) -> Vectors:
    """Unit vectors around common centres."""
    centres = np.random.default_rng(0).standard_normal((CLUSTERS, DIMENSION))
    chance = np.random.default_rng(seed)
    spread = chance.standard_normal((count, DIMENSION)) * 0.5
    vectors = centres[chance.integers(CLUSTERS, size=count)] + spread
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the stored vectors."""
    path = tmp_path_factory.mktemp("segment")
    writer = DenseWriter(path / "vectors.faiss", DIMENSION)
    writer.add(clustered(SIZE, seed=1))
    writer.close()
    return path


@pytest.fixture(scope="module")
def scan(directory: Path) -> DenseReader:
    """The vectors, always scanned."""
    return DenseReader(directory / "vectors.faiss")


@pytest.fixture(scope="module")
def card(directory: Path, scan: DenseReader) -> NearestCard:
    """What building the approximate index told."""
    return build(scan, directory / "nearest.faiss")


@pytest.fixture(scope="module")
def reader(directory: Path, card: NearestCard) -> DenseReader:
    """The vectors, with the approximate index beside them."""
    return DenseReader(directory / "vectors.faiss", card)


QUERIES = clustered(100, seed=2)


def a_share(share: float, seed: int = 3) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """A random mask that allows about this share of the rows."""
    return np.random.default_rng(seed).random(SIZE) < share


def recall(reader: DenseReader, scan: DenseReader, depth: int, allowed: Allowed | None) -> float:
    """The share of the exact answers to all queries that the reader finds."""
    pairs = [
        (reader.search(query, depth, allowed), scan.search(query, depth, allowed))
        for query in QUERIES
    ]
    common = [len(np.intersect1d(found.handles, true.handles)) for found, true in pairs]
    return sum(common) / sum(len(true) for _, true in pairs)


def test_the_card_says_that_the_target_was_reached(card: NearestCard) -> None:
    assert card.recall >= card.target == 0.99
    assert 0.9 < card.recall_at_100 <= 1
    assert card.queries == 400
    assert 0 < card.probes <= card.lists <= 4 * math.sqrt(SIZE)


def test_the_card_goes_through_json(card: NearestCard) -> None:
    assert NearestCard(**json.loads(json.dumps(asdict(card)))) == card


def test_other_queries_meet_the_recall_of_the_card(reader: DenseReader, scan: DenseReader) -> None:
    assert recall(reader, scan, 10, None) >= 0.98


@pytest.mark.parametrize("share", [0.5, 0.2, 0.1])
def test_fewer_allowed_rows_lower_no_recall(
    reader: DenseReader, scan: DenseReader, share: float
) -> None:
    assert recall(reader, scan, 10, Allowed.of(a_share(share))) >= 0.98


def test_a_target_out_of_reach_is_told_as_what_was_found(scan: DenseReader, tmp_path: Path) -> None:
    card = build(scan, tmp_path / "nearest.faiss", target=1.01)
    assert card.target == 1.01
    assert 0.98 <= card.recall <= 1


def test_the_same_vectors_make_the_same_index(
    directory: Path, scan: DenseReader, card: NearestCard, tmp_path: Path
) -> None:
    assert build(scan, tmp_path / "nearest.faiss") == card
    first, second = directory / "nearest.faiss", tmp_path / "nearest.faiss"
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.usefixtures("card")
def test_a_passage_takes_less_than_120_bytes(directory: Path) -> None:
    assert (directory / "nearest.faiss").stat().st_size < 120 * SIZE


def test_building_leaves_the_threads_of_faiss_as_they_were(tmp_path: Path) -> None:
    writer = DenseWriter(tmp_path / "vectors.faiss", DIMENSION)
    writer.add(clustered(500, seed=6))
    writer.close()
    faiss.omp_set_num_threads(1)
    build(DenseReader(tmp_path / "vectors.faiss"), tmp_path / "nearest.faiss")
    assert faiss.omp_get_max_threads() == 1


def test_opened_again_it_answers_the_same_to_the_last_bit(
    directory: Path, reader: DenseReader, card: NearestCard
) -> None:
    again = DenseReader(directory / "vectors.faiss", card)
    for query in QUERIES[:20]:
        first, second = reader.search(query, 10), again.search(query, 10)
        assert first.handles.tolist() == second.handles.tolist()
        assert first.scores.tobytes() == second.scores.tobytes()


def test_its_files_are_mapped_into_memory(directory: Path, reader: DenseReader) -> None:
    assert reader.size == SIZE
    maps = Path("/proc/self/maps").read_text()
    assert str(directory / "nearest.faiss") in maps
    assert str(directory / "vectors.faiss") in maps


def test_an_approximate_index_of_other_vectors_is_refused(
    directory: Path, card: NearestCard, tmp_path: Path
) -> None:
    writer = DenseWriter(tmp_path / "vectors.faiss", DIMENSION)
    writer.add(clustered(10, seed=4))
    writer.close()
    (tmp_path / "nearest.faiss").hardlink_to(directory / "nearest.faiss")
    with pytest.raises(IndexDamaged, match="does not belong to the vectors"):
        DenseReader(tmp_path / "vectors.faiss", card)


@pytest.mark.parametrize("dimension", [5, 64, 96])
def test_vectors_of_any_dimension_are_found(tmp_path: Path, dimension: int) -> None:
    chance = np.random.default_rng(8)
    vectors = chance.standard_normal((3000, dimension), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    writer = DenseWriter(tmp_path / "vectors.faiss", dimension)
    writer.add(vectors)
    writer.close()
    card = build(DenseReader(tmp_path / "vectors.faiss"), tmp_path / "nearest.faiss")
    reader = DenseReader(
        tmp_path / "vectors.faiss", replace(card, probes=card.lists // 4, rescored=100)
    )
    found = [reader.search(vectors[row], 1) for row in range(0, 3000, 100)]
    assert not any(each.exact for each in found)
    assert [each.handles.tolist() for each in found] == [[row] for row in range(0, 3000, 100)]


def exactness(reader: DenseReader, depth: int, allowed: Allowed | None = None) -> bool:
    return reader.search(QUERIES[0], depth, allowed).exact


def test_without_an_approximate_index_everything_is_exact(scan: DenseReader) -> None:
    assert exactness(scan, 10)


def test_looking_into_some_lists_is_not_exact(reader: DenseReader) -> None:
    assert not exactness(reader, 10)
    assert not exactness(reader, 10, Allowed.of(a_share(0.5)))


def test_few_allowed_rows_are_searched_exactly(reader: DenseReader) -> None:
    assert exactness(reader, 10, Allowed.of(a_share(0.02)))
    assert exactness(reader, 10, Allowed.of(a_share(0.001)))


def test_asking_for_a_large_part_of_the_index_scans_it(reader: DenseReader) -> None:
    found = reader.search(QUERIES[0], SIZE // 2)
    assert found.exact
    assert len(found) == SIZE // 2


def test_allowed_rows_far_from_the_query_are_searched_exactly(tmp_path: Path) -> None:
    vectors = clustered(SIZE, seed=7)
    other_subject = np.arange(SIZE) % 2 == 1
    vectors[:, 0] = np.where(other_subject, -1, 1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    writer = DenseWriter(tmp_path / "vectors.faiss", DIMENSION)
    writer.add(vectors)
    writer.close()
    scan = DenseReader(tmp_path / "vectors.faiss")
    reader = DenseReader(tmp_path / "vectors.faiss", build(scan, tmp_path / "nearest.faiss"))
    assert not reader.search(vectors[1], 10, Allowed.of(other_subject)).exact
    found, true = (
        each.search(vectors[0], 10, Allowed.of(other_subject)) for each in (reader, scan)
    )
    assert found.exact
    assert found.handles.tolist() == true.handles.tolist()


@pytest.mark.parametrize("share", [0, 0.0005, 0.01, 0.5, 1])
def test_allowed_rows_are_those_of_the_mask(share: float) -> None:
    mask = a_share(share)
    allowed = Allowed.of(mask)
    assert allowed.rows().tolist() == np.flatnonzero(mask).tolist()
    assert allowed.count == mask.sum()


@pytest.mark.parametrize("which", ["scan", "reader"])
def test_nothing_is_found_where_nothing_is_allowed_or_wanted(
    which: str, request: pytest.FixtureRequest
) -> None:
    searched: DenseReader = request.getfixturevalue(which)
    assert len(searched.search(QUERIES[0], 10, Allowed.of(np.zeros(SIZE, np.bool_)))) == 0
    assert len(searched.search(QUERIES[0], 0)) == 0


masks = st.none() | st.builds(a_share, st.sampled_from([0, 0.001, 0.03, 0.3, 1]), st.integers(0, 9))


@given(
    query=st.integers(0, len(QUERIES) - 1),
    depth=st.sampled_from([1, 10, 100, 1000, SIZE]),
    mask=masks,
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_found_is_allowed_in_order_and_scored_as_by_a_scan(
    reader: DenseReader,
    scan: DenseReader,
    query: int,
    depth: int,
    mask: np.ndarray[tuple[int], np.dtype[np.bool_]] | None,
) -> None:
    allowed = None if mask is None else Allowed.of(mask)
    found = reader.search(QUERIES[query], depth, allowed)
    true = scan.search(QUERIES[query], SIZE)
    scores = dict(zip(true.handles.tolist(), true.scores.tolist(), strict=True))
    assert mask is None or mask[found.handles].all()
    assert len(found) == min(depth, SIZE if mask is None else mask.sum())
    assert found.scores.tolist() == [scores[row] for row in found.handles.tolist()]
    keys = list(zip((-found.scores).tolist(), found.handles.tolist(), strict=True))
    assert keys == sorted(set(keys))
    if found.exact:
        best = [row for row in true.handles.tolist() if mask is None or mask[row]]
        assert found.handles.tolist() == best[:depth]


def test_equal_scores_come_in_order_of_their_rows(tmp_path: Path) -> None:
    writer = DenseWriter(tmp_path / "vectors.faiss", DIMENSION)
    writer.add(np.repeat(clustered(SIZE // 4, seed=5), 4, axis=0))
    writer.close()
    card = build(DenseReader(tmp_path / "vectors.faiss"), tmp_path / "nearest.faiss")
    found = DenseReader(tmp_path / "vectors.faiss", card).search(QUERIES[0], 40)
    assert not found.exact
    keys = list(zip((-found.scores).tolist(), found.handles.tolist(), strict=True))
    assert keys == sorted(keys)
    assert len(np.unique(found.scores)) <= 11
