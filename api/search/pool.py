"""The candidates of one query, and all that is known about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from api.search.query import Mode
from api.search.query_vectors import Meaning
from indexer.engines.base import NO_CANDIDATES, Candidates, Handles, Scope, Scores, Snapshot, Word
from indexer.vectors import Vectors

Ranks: TypeAlias = NDArray[np.int64]
Number = TypeVar("Number", np.int64, np.float32)


@dataclass(frozen=True, slots=True)
class Sought:
    """What retrievers look for: a meaning, the words that count, and where to look.

    Without a meaning nothing is compared by it.
    """

    meaning: Meaning | None
    words: Sequence[Word]
    scope: Scope

    @property
    def vector(self) -> Vectors | None:
        """The query vector, float32[dimension], waited for if it is still being made; or None."""
        return self.meaning() if self.meaning else None


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Candidates as arrays of one length n.

    Ranks count from 1; 0 says that the retriever did not propose the passage. `lexical` is its
    BM25 score as a share of the greatest possible, 0 for a passage not proposed; `within` is how
    far it falls behind that of the article's best passage among those gathered. `fused` is what
    all that comes to and `relevance` the probability of an answer. `scores` order: they begin as
    `fused`; reranking and recency change them, and leave behind the rank before (0 if there was
    no reranking) and the factor.
    """

    handles: Handles
    articles: Handles
    dense_rank: Ranks
    lexical_rank: Ranks
    cosine: Scores
    mean_cosine: Scores
    lexical: Scores
    within: Scores
    coverage: Scores
    fused: Scores
    relevance: Scores
    scores: Scores
    reranked_from: Ranks
    recency: Scores

    def __len__(self) -> int:
        return len(self.handles)

    def take(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Pool:
        """The candidates at these places, in that order."""
        return Pool(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def followed_by(self, other: Pool) -> Pool:
        """These candidates and then the others."""
        return Pool(
            **{
                f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)])
                for f in fields(self)
            }
        )

    def without_words(self) -> Pool:
        """The same candidates as if no word had been looked for."""
        nought = np.zeros(len(self), np.float32)
        return replace(self, lexical=nought, within=nought, coverage=nought)

    def ranked(self, scores: Scores) -> Pool:
        """Best first by `scores`, equal ones in order of their handles."""
        scored = replace(self, scores=scores)
        return scored.take(np.lexsort((self.handles, -scores)))


@dataclass(frozen=True, slots=True)
class Gathered:
    """A pool, whether there is nothing beyond it, and whether nothing better was overlooked."""

    pool: Pool
    exhausted: bool
    exact: bool


def gather(snapshot: Snapshot, mode: Mode, sought: Sought, depth: int) -> Gathered:
    """What each retriever of `mode` proposes, at most `depth` passages, with the evidence."""
    # Words first: what they mean may still be in the making.
    lexical = by_words(snapshot, sought, depth) if mode != "dense" else NO_CANDIDATES
    dense = by_meaning(snapshot, sought, depth) if mode != "lexical" else NO_CANDIDATES
    pool = joined(snapshot, sought, dense, lexical)
    exact = dense.exact and lexical.exact
    return Gathered(pool, exact and len(dense) < depth and len(lexical) < depth, exact)


def by_meaning(snapshot: Snapshot, sought: Sought, depth: int) -> Candidates:
    """What the dense retriever proposes."""
    vector = sought.vector
    return NO_CANDIDATES if vector is None else snapshot.dense(vector, depth, sought.scope)


def by_words(snapshot: Snapshot, sought: Sought, depth: int) -> Candidates:
    """What the lexical retriever proposes."""
    return snapshot.lexical(sought.words, depth, sought.scope)


def anything_in(snapshot: Snapshot, scope: Scope) -> bool:
    """Whether any passage at all meets the conditions of `scope`."""
    anywhere = np.zeros(snapshot.manifest.model.dimension, np.float32)
    return len(snapshot.dense(anywhere, 1, scope)) > 0


def joined(snapshot: Snapshot, sought: Sought, dense: Candidates, lexical: Candidates) -> Pool:
    """All that was proposed, with the evidence for each."""
    handles, vector = np.union1d(dense.handles, lexical.handles), sought.vector
    evidence = snapshot.evidence(handles, vector, sought.words)
    bm25 = _spread(handles, lexical.handles, lexical.scores)
    dense_rank = _spread(handles, dense.handles, np.arange(1, len(dense) + 1))
    cosine = _spread(handles, dense.handles, dense.scores)
    missed = np.flatnonzero(dense_rank == 0)
    if vector is not None and len(missed):
        cosine[missed] = _cosine(snapshot, vector, handles[missed])
    nought = np.zeros(len(handles), np.float32)
    share = np.divide(bm25, evidence.ideal, out=nought.copy(), where=evidence.ideal > 0)
    return Pool(
        handles=handles,
        articles=evidence.articles,
        dense_rank=dense_rank,
        lexical_rank=_spread(handles, lexical.handles, np.arange(1, len(lexical) + 1)),
        cosine=cosine,
        mean_cosine=evidence.mean_cosine,
        lexical=share,
        within=behind_best(evidence.articles, share),
        coverage=evidence.coverage,
        fused=nought,
        relevance=nought,
        scores=nought,
        reranked_from=np.zeros(len(handles), np.int64),
        recency=np.ones(len(handles), np.float32),
    )


def behind_best(articles: Handles, lexical: Scores) -> Scores:
    """How far each passage's words fall behind those of its article's best passage: at most 0.

    That orders the passages of one article and nothing else.
    """
    _, places = np.unique(articles, return_inverse=True)
    best = np.zeros(len(lexical), np.float32)
    np.maximum.at(best, places, lexical)
    behind: Scores = lexical - best[places]
    return behind


def _cosine(snapshot: Snapshot, vector: Vectors, handles: Handles) -> Scores:
    """The cosine of passages that the dense retriever did not reach."""
    # Not a product of matrices, whose last digits change with what else is asked for.
    cosine: Scores = np.einsum("ij,j->i", snapshot.vectors(handles), vector)
    return cosine


def _spread(handles: Handles, some: Handles, values: NDArray[Number]) -> NDArray[Number]:
    """The values of `some` handles at their places among all, 0 at the others."""
    spread = np.zeros(len(handles), values.dtype)
    spread[np.searchsorted(handles, some)] = values
    return spread
