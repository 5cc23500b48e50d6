"""Whatever comes between, each article ends as its last change says."""

from __future__ import annotations

from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from indexer.inbox import Inbox
from indexer.jobs import Change, Put, Withdrawal
from tests.engines.brute_force import BruteForceEngine
from tests.waiting_room import (
    DRAINING,
    ChokingEncoder,
    Crash,
    article,
    drain,
    dying_at,
    hand_in,
    ingest_into,
    recipes,
    texts,
    waiting,
)


class Interleaved(RuleBasedStateMachine):
    """Changes come, are drained, die on the way, and somebody else writes in between."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = TemporaryDirectory()
        self.inbox = Inbox(Path(self.directory.name) / "index")
        self.engine = BruteForceEngine()
        self.ingest = ingest_into(self.engine, self.inbox)
        self.expected: dict[str, str] = {}
        self.waiting: list[Change] = []
        self.unmarked = False
        self.numbers = count()

    def teardown(self) -> None:
        drain(self.ingest)
        self.went_in()
        assert self.held() == self.expected
        assert waiting(self.inbox) == []
        self.ingest.close()
        self.directory.cleanup()

    @rule(
        changes=st.lists(
            st.tuples(st.sampled_from("abc"), st.sampled_from(["one", "two", None])), min_size=1
        )
    )
    def come(self, changes: list[tuple[str, str | None]]) -> None:
        named: list[Change] = [
            Withdrawal(article_id) if text is None else Put(article(article_id, text))
            for article_id, text in changes
        ]
        hand_in(self.inbox, *named)
        self.waiting += named

    @rule()
    def drained(self) -> None:
        drain(self.ingest)
        self.went_in()

    @rule(failpoint=st.sampled_from(DRAINING))
    def dies(self, failpoint: str) -> None:
        crashed = False
        try:
            with dying_at(failpoint):
                drain(self.ingest)
        except Crash:
            crashed = True
        # What went in before and was not marked is marked first: it may have died there again.
        only_marked = failpoint == "batch-marked" and self.unmarked
        if crashed and (failpoint in ("batch-taken", "batch-written") or only_marked):
            self.unmarked &= failpoint == "batch-taken"
        else:
            self.went_in()
            self.unmarked = crashed and failpoint == "generation-published-unmarked"
        self.ingest.close()
        self.ingest = ingest_into(self.engine, self.inbox)

    @rule(article_id=st.sampled_from("abc"))
    def somebody_else_indexes(self, article_id: str) -> None:
        if self.engine.manifest is None:
            return
        text = f"Indexed by hand, {next(self.numbers)}."
        recipe = recipes(self.inbox, ChokingEncoder())(self.engine.manifest)
        with (
            closing(recipe.encoder),
            self.engine.draft(recipe.writer.model, recipe.writer.chunking) as draft,
        ):
            recipe.writer.write(draft, [article(article_id, text)])
            draft.publish()
        self.expected[article_id] = text

    @invariant()
    def holds_what_went_in(self) -> None:
        assert self.held() == self.expected

    def held(self) -> dict[str, str]:
        return texts(self.engine) if self.engine.manifest else {}

    def went_in(self) -> None:
        for change in self.waiting:
            match change:
                case Put(one):
                    self.expected[one.id] = one.text
                case Withdrawal(article_id):
                    self.expected.pop(article_id, None)
        self.waiting, self.unmarked = [], False


TestInterleaved = Interleaved.TestCase
TestInterleaved.settings = settings(max_examples=10, stateful_step_count=8)
