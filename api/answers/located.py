"""Passages with what the index keeps of their sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from api.search.generations import Generation
from indexer.documents import Passage
from indexer.engines.base import Located


def located(generation: Generation, passages: Sequence[Passage]) -> list[Located]:
    """The passages as `generation` has them, in their order; without those it does not have."""
    handles = [generation.snapshot.handle(passage.id) for passage in passages]
    known = [handle for handle in handles if handle is not None]
    return generation.snapshot.locate(np.array(known, np.int64))
