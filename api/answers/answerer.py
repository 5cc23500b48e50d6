"""The answerer: conversations go in, answers come out, told of as they come about."""

from __future__ import annotations

from collections.abc import Generator

from api.answers.answer import Event
from api.answers.course import Asked, Course
from api.answers.llm import LanguageModel
from api.grounding.verification import Verifier
from api.search.searcher import Searcher


class Answerer:
    """Answers from the passages a searcher finds; safe to use from several threads.

    Without `model`, or where it fails, an answer is made of sentences of the passages.
    """

    def __init__(
        self,
        searcher: Searcher,
        verifier: Verifier,
        model: LanguageModel | None = None,
    ) -> None:
        self._searcher = searcher
        self._verifier = verifier
        self._model = model

    def answer(self, asked: Asked) -> Generator[Event, None, None]:
        """What happens until the answer is there, which comes last; raises as a search does.

        Closing the iterator ends what is under way.
        """
        return Course(asked, self._searcher, self._verifier, self._model).events()
