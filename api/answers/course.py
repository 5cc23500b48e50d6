"""One question on its way to its answer."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeAlias

from api.answers.answer import (
    WAITING,
    Answer,
    AnswerDelta,
    AnswerVerified,
    Citation,
    Event,
    SearchCompleted,
    Waiting,
    Written,
)
from api.answers.backing import Backing
from api.answers.conversation import Message, spoken, with_words_before
from api.answers.endpoint import ModelFailed
from api.answers.extractive import Quote, best_sentences
from api.answers.llm import LanguageModel, Usage
from api.answers.markers import MarkerParser
from api.answers.prompt import to_answer, to_reword
from api.answers.writing import Writing
from api.grounding.context import Budget, Context, build_context
from api.grounding.tokenizers import ENCODER, counter
from api.grounding.verdict import Checked, Cited
from api.grounding.verification import Verifier
from api.search.query import Query
from api.search.reading import read
from api.search.searcher import Searcher
from indexer.documents import Span

log = logging.getLogger(__name__)

# What stands for the model in `degraded`.
MODEL = "llm"
NOTHING = "Nothing in the index answers this."
NO_ROOM = "No passage fits into the budget of this answer."
UNQUOTABLE = "What answers this cannot be quoted unmistakably; the passages themselves have it."
# As long as one may be asked.
LONGEST_QUESTION = 2048

_Told: TypeAlias = "Generator[AnswerDelta | Citation | Waiting, None, Written]"


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation whose last message is a question, and how to look for its answer.

    The text of `query` is that message; `max_tokens` bounds what is read to answer it.
    """

    messages: tuple[Message, ...]
    query: Query
    max_tokens: int


class Course:
    """What becomes of one question; `model` answers it, until it fails."""

    def __init__(
        self,
        asked: Asked,
        searcher: Searcher,
        verifier: Verifier,
        model: LanguageModel | None,
    ) -> None:
        self._asked = asked
        self._searcher = searcher
        self._verifier = verifier
        self._model = model
        self._failed: tuple[str, ...] = ()

    def events(self) -> Generator[Event, None, None]:
        """What happens until the answer is there, which comes last; raises as a search does."""
        started = perf_counter()
        text = yield from self._stand_alone()
        query = replace(self._asked.query, text=text)
        budget = self._budget()
        context = build_context(self._searcher, query, budget)
        yield SearchCompleted(text, context, context.ranking.degraded + self._failed)
        written = yield from self._written(text, context)
        sentences = self._checked(written, context)
        yield AnswerVerified(written.text, sentences)
        degraded = context.ranking.degraded + self._failed
        count = budget.count
        usage = written.usage or Usage(context.tokens + count(text), count(written.text))
        took_ms = round((perf_counter() - started) * 1000, 2)
        yield Answer(text, context, written, sentences, degraded, usage, took_ms)

    def _budget(self) -> Budget:
        return Budget(self._asked.max_tokens, counter(ENCODER, self._searcher))

    def _stand_alone(self) -> Generator[Waiting, None, str]:
        """The question in words that need no conversation."""
        messages = self._asked.messages
        if self._model is None or len(spoken(messages)) == 1:
            return with_words_before(messages)
        try:
            return (yield from _worded(self._model, messages))
        except ModelFailed as error:
            self._do_without(error)
            return with_words_before(messages)

    def _written(self, text: str, context: Context) -> _Told:
        if context.ranking.answerable is False:
            return (yield from _refused(NOTHING))
        if not context.numbered:
            return (yield from _refused(NO_ROOM))
        generation = self._searcher.generations.named(context.ranking.generation)
        backing = Backing(generation)
        if self._model:
            try:
                writing = Writing(context.numbered, backing)
                return (yield from _by_model(self._model, text, context, writing))
            except ModelFailed as error:
                self._do_without(error)
        quotes = best_sentences(context, read(Query(text)).text, generation)
        if not quotes:
            return (yield from _refused(UNQUOTABLE))
        return (yield from _quoted(quotes, Writing(context.numbered, backing)))

    def _checked(self, written: Written, context: Context) -> tuple[Checked, ...]:
        if written.refused:
            return ()
        return self._verifier.verify(written.text, _cited(written, context))

    def _do_without(self, error: ModelFailed) -> None:
        log.warning("Answered without the language model: it %s.", error)
        self._model = None
        self._failed = (MODEL,)


def _cited(written: Written, context: Context) -> tuple[Cited, ...]:
    """The stretches an answer refers to, whole: it may rest on several of their sentences."""
    numbers = {citation.n for citation in written.citations}
    return tuple(
        Cited(stretch.article, stretch.span, stretch.n)
        for stretch in context.numbered
        if stretch.n in numbers
    )


def _worded(model: LanguageModel, messages: Sequence[Message]) -> Generator[Waiting, None, str]:
    """The last question as the model words it; raises ModelFailed where that is no question."""
    said = ""
    with closing(model.stream(to_reword(messages))) as stream:
        for piece in stream:
            if piece is None:
                yield WAITING
            elif isinstance(piece, str):
                said += piece
    question = " ".join(said.split())
    if len(question) > LONGEST_QUESTION:
        raise ModelFailed("made a question too long")
    return question


def _by_model(model: LanguageModel, text: str, context: Context, writing: Writing) -> _Told:
    """An answer in the model's words; raises ModelFailed, which may be in the middle of it."""
    parser = MarkerParser([stretch.n for stretch in context.numbered])
    usage = None
    with closing(model.stream(to_answer(context.text, text))) as stream:
        for piece in stream:
            if piece is None:
                yield WAITING
            elif isinstance(piece, Usage):
                usage = piece
            else:
                yield from writing.add(parser.feed(piece))
    yield from writing.add(parser.close())
    if not writing.text.strip():
        raise ModelFailed("said nothing but markers")
    return Written(writing.text, tuple(writing.citations), tuple(parser.unknown), usage=usage)


def _quoted(quotes: Sequence[Quote], writing: Writing) -> _Told:
    """An answer of sentences of the passages."""
    for quote in quotes:
        yield from writing.quote(quote)
    return Written(writing.text, tuple(writing.citations))


def _refused(sentence: str) -> _Told:
    yield AnswerDelta(sentence, Span(0, len(sentence)))
    return Written(sentence, refused=True)
