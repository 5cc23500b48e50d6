"""Kill -9 at random instants: `python -m bench.crashes --runs 200`.

A process hands articles in, works them in, merges, prunes and backs up, one after the other and for
ever, and says on its standard output what was acknowledged. It is killed at a random instant, again
and again over the same index. After each kill the inbox is drained, and then the index must verify
and hold, once, the last acknowledged text of every article, or a later one that was on its way. A
stand-in takes the model's place.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track

from bench.stand_in import StandIn
from indexer.documents import Article
from indexer.encoders.cache import CachedEncoder
from indexer.engines.local import LocalEngine
from indexer.engines.local.tiers import TIERED, WHOLE
from indexer.engines.manifest import ChunkingCard
from indexer.errors import DatelineError
from indexer.inbox import Inbox
from indexer.ingest import Ingest, Recipe
from indexer.jobs import Put, Withdrawal

ARTICLES = 40
LONGEST_SECONDS = 0.6
CHUNKING = ChunkingCard(32, 0)
WITHDRAWN = -1


@dataclass
class Expected:
    """The last change of each article that was acknowledged, and what was on its way then."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)

    def read(self, lines: Iterator[str]) -> None:
        """Take what a process said: `sent` before a delivery, `kept` once it was accepted."""
        for line in lines:
            # The last line may have been cut off by the kill.
            with suppress(json.JSONDecodeError):
                word, changes = json.loads(line)
                if word == "kept":
                    self.acknowledged |= changes
                self.sent = changes if word == "sent" else {}

    def check(self, engine: LocalEngine) -> None:
        """Raise AssertionError unless the index holds what it must, and verifies."""
        for checked in engine.verify():
            assert not checked.problem, checked.problem
        with closing(engine.snapshot()) as snapshot:
            ids = list(snapshot.ids())
            assert len(ids) == len(set(ids)), "an article is there twice"
            for article_id in self.acknowledged | self.sent:
                article = snapshot.article(article_id)
                found = _version(article) if article else WITHDRAWN
                last = self.acknowledged.get(article_id, WITHDRAWN)
                # What was sent and not acknowledged may have arrived all the same.
                assert found in (last, self.sent.get(article_id)), (article_id, found, last)
                self.acknowledged[article_id] = found
        self.sent = {}


def write(index: Path, seed: int) -> None:
    """Write to `index` for ever, in every way there is."""
    chance = random.Random(seed)
    engine, inbox = LocalEngine(index, retain_seconds=0, patience=30), Inbox(index)
    with closing(_ingest(index, engine, inbox)) as ingest:
        for turn in range(10**9):
            new = seed * 100_000 + turn
            changes = {
                f"a{chance.randrange(ARTICLES)}": chance.choice([WITHDRAWN, new, new, new])
                for _ in range(chance.randrange(1, 4))
            }
            _say("sent", changes)
            with inbox.delivery() as delivery:
                for article_id, version in changes.items():
                    delivery.add(_change(article_id, version))
                delivery.accept()
            _say("kept", changes)
            if chance.random() < 0.8:
                ingest.drain()
            if chance.random() < 0.3:
                engine.compact(chance.choice([TIERED, WHOLE]))
            if chance.random() < 0.2:
                engine.back_up(index.with_name("backup.tar"), lambda _: None)


def _say(word: str, changes: dict[str, int]) -> None:
    print(json.dumps([word, changes]), flush=True)


def _change(article_id: str, version: int) -> Put | Withdrawal:
    if version == WITHDRAWN:
        return Withdrawal(article_id)
    text = " ".join(f"The ferry {version} left pier {place}." for place in range(version % 9 + 1))
    return Put(Article(article_id, f"Report {version}", text, language="en"))


def _version(article: Article) -> int:
    return int(article.title.removeprefix("Report "))


def _ingest(index: Path, engine: LocalEngine, inbox: Inbox) -> Ingest:
    cache = index.with_name("vectors.sqlite")
    return Ingest(inbox, engine, lambda _: Recipe.of(CachedEncoder(StandIn(), cache), CHUNKING))


def crash(index: Path, seed: int, expected: Expected) -> None:
    """One kill at a random instant, and what must hold after it."""
    command = [sys.executable, "-m", "bench.crashes", "--write", str(index), "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        first = process.stdout.readline()
        assert first, "the writer ended by itself"
        time.sleep(random.Random(seed).uniform(0, LONGEST_SECONDS))
        process.kill()
        expected.read(iter([first, *process.stdout]))
    expected.check(_drained(index))
    _check_backup(index.with_name("backup.tar"), index.with_name(f"restored-{seed}"))


def begin(index: Path) -> Expected:
    """An index of one article, so that there is one whenever the first kill comes."""
    with Inbox(index).delivery() as delivery:
        delivery.add(_change("a0", 0))
        delivery.accept()
    _drained(index)
    return Expected({"a0": 0})


def _drained(index: Path) -> LocalEngine:
    engine, inbox = LocalEngine(index, retain_seconds=0), Inbox(index)
    with closing(_ingest(index, engine, inbox)) as ingest:
        while ingest.drain():
            pass
    return engine


def _check_backup(backup: Path, directory: Path) -> None:
    """A backup that has its name is whole."""
    if backup.exists():
        engine = LocalEngine(directory)
        engine.restore(backup, lambda _: None)
        problems = [checked.problem for checked in engine.verify() if checked.problem]
        assert not problems, problems
        backup.unlink()


def main() -> None:
    """Kill as often as asked, and say how it went."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=200)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.write:
        write(asked.write, asked.seed)
    with TemporaryDirectory() as directory:
        index = Path(directory) / "index"
        expected = begin(index)
        for run in track(range(asked.runs), "Killing", console=Console(stderr=True)):
            crash(index, asked.seed + run, expected)
        generation = LocalEngine(index).snapshot().manifest
    print(
        f"{asked.runs} kills, {generation.number:,} generations: every acknowledged article is "
        "there once, and the index verified after each."
    )


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, DatelineError) as error:
        sys.exit(f"It does not hold: {error}")
