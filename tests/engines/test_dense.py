"""The file of vectors: written row by row, and what FAISS would have written."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from indexer.engines.local.dense import DenseReader, DenseWriter


@pytest.mark.parametrize("batches", [[], [1], [3, 0, 2]])
def test_the_file_is_byte_for_byte_that_of_faiss(tmp_path: Path, batches: list[int]) -> None:
    chance = np.random.default_rng(1)
    writer = DenseWriter(tmp_path / "ours", 24)
    whole = faiss.IndexScalarQuantizer(
        24, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    for count in batches:
        vectors = chance.standard_normal((count, 24)).astype(np.float32)
        writer.add(vectors)
        if count:
            whole.add(vectors)
    writer.close()
    faiss.write_index(whole, str(tmp_path / "theirs"))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    assert DenseReader(tmp_path / "ours").size == writer.rows == sum(batches)


def test_vectors_come_back_in_half_precision(tmp_path: Path) -> None:
    vectors = np.random.default_rng(2).standard_normal((5, 24)).astype(np.float32)
    writer = DenseWriter(tmp_path / "vectors.faiss", 24)
    writer.add(vectors)
    writer.close()
    stored = DenseReader(tmp_path / "vectors.faiss").vectors(0, 5)
    assert stored.tolist() == vectors.astype(np.float16).astype(np.float32).tolist()
