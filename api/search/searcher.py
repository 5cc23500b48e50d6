"""The searcher: queries go in, rankings come out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from api.search.cursor import decode_cursor
from api.search.errors import CursorRefused
from api.search.generations import Generation, Generations
from api.search.method import Method
from api.search.page import listing_of, page
from api.search.query import Query, Ranking
from api.search.query_vectors import Meaning
from api.search.reading import Reading, read
from api.search.search import Search
from api.search.under_way import UnderWay
from api.search.why_not import WhyNot, why_not
from indexer.encoders.base import Encoder
from indexer.engines.base import Engine, Snapshot
from indexer.engines.manifest import ModelCard


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, the generation it is answered from, and how many hits come before its page.

    `newest` says what of an older generation still stands.
    """

    query: Query
    generation: Generation
    first: int
    newest: Generation

    @property
    def depends_on(self) -> tuple[str, str]:
        """The names of the generations that decide the answer."""
        return self.generation.name, self.newest.name


class Searcher:
    """Answers queries from the generations of an engine; safe to use from several threads."""

    def __init__(
        self,
        engine: Engine,
        open_encoder: Callable[[ModelCard], Encoder],
        method: Method,
    ) -> None:
        self.method = method
        self.generations = Generations(engine, open_encoder)
        self._under_way = UnderWay()

    def search(self, query: Query) -> Ranking:
        """The page of hits `query` asks for; raises as `asked` and `answers` do."""
        [ranking] = self.answers(self.asked([query]))
        return ranking

    def asked(self, queries: Sequence[Query]) -> list[Asked]:
        """The queries with the generations they are answered from: the newest, or their cursor's.

        Raises BadCursor, StaleCursor, IndexMissing, IndexDamaged or ModelUnavailable.
        """
        newest = self.generations.newest()
        asked = []
        for place, query in enumerate(queries):
            try:
                asked.append(self._asked(query, newest))
            except CursorRefused as error:
                error.place = place
                raise
        return asked

    def answers(self, asked: Sequence[Asked]) -> list[Ranking]:
        """The pages of hits that are asked for; raises NotCalibrated or IndexDamaged."""
        with self._under_way.one_more() as count:
            searches = self._searches(asked, alone=count == 1)
            return [
                page(search, one.first, one.newest.snapshot)
                for search, one in zip(searches, asked, strict=True)
            ]

    def why_not(self, query: Query, article_id: str) -> WhyNot:
        """What kept an article out of the hits of `query`; raises as `search` does."""
        [search] = self._searches(self.asked([query]), alone=False)
        return why_not(search, article_id)

    def snapshot(self) -> Snapshot:
        """The newest generation at hand, opened once; raises IndexMissing or IndexDamaged."""
        return self.generations.newest().snapshot

    def _asked(self, query: Query, newest: Generation) -> Asked:
        if query.cursor is None:
            return Asked(query, newest, 0, newest)
        place = decode_cursor(query.cursor, listing_of(query, self.method))
        generation = self.generations.named(place.generation)
        return Asked(query, generation, place.offset, self.generations.judging(generation))

    def _searches(self, asked: Sequence[Asked], alone: bool) -> list[Search]:
        readings = [read(one.query) for one in asked]
        meanings = list(_meanings(asked, readings, alone))
        # What is asked for together shares the time there is for reranking.
        rerank_by = monotonic() + self.method.rerank_seconds
        return [
            Search(self.method, one.generation.snapshot, one.query, reading, meaning, rerank_by)
            for one, reading, meaning in zip(asked, readings, meanings, strict=True)
        ]


def _meanings(
    asked: Sequence[Asked], readings: Sequence[Reading], alone: bool
) -> Iterator[Meaning | None]:
    """What each query means, those to one generation encoded together; None for words alone."""
    texts: dict[Generation, list[str]] = defaultdict(list)
    for one, reading in zip(asked, readings, strict=True):
        if one.query.mode != "lexical":
            texts[one.generation].append(reading.text)
    # All are begun before the first is waited for.
    found = {generation: iter(generation.meanings(own, alone)) for generation, own in texts.items()}
    for one in asked:
        yield None if one.query.mode == "lexical" else next(found[one.generation])
