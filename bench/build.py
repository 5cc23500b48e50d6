"""Build an index of any size: `python -m bench.build PASSAGES INDEX DIR…`.

Prints, as JSON, what that took. Run in a process of its own, so that the peak of memory is its own.
"""

from __future__ import annotations

import json
import resource
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
import psutil

from bench.corpus import corpus
from bench.inputs import DIRECTORIES, open_inputs
from bench.serving import MB
from bench.texts import CHUNKING
from indexer.encoders import canary_vectors
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import Manifest, ModelCard

_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Built:
    """What an index took to write.

    `adding` is what the engine took of the time, without making up articles; `publishing` includes
    any approximate index. MB: `before` is what the generator and the model take, `peak` the most
    memory with every mapped page, `peak_anonymous` without pages that are also in a file.
    """

    articles: int
    passages: int
    generating: float
    adding: float
    publishing: float
    before: float
    peak: float
    peak_anonymous: float
    bytes_of: dict[str, int]
    manifest: dict[str, object] = field(default_factory=dict)

    @property
    def passages_a_second(self) -> float:
        """How many the engine wrote, publishing included."""
        return self.passages / (self.adding + self.publishing)

    @property
    def bytes_on_disk(self) -> int:
        """All files, those that two generations share once."""
        return sum(self.bytes_of.values())


class _Peak:
    """The most anonymous memory this process had, looked at again and again."""

    def __init__(self) -> None:
        self.most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @contextmanager
    def watched(self) -> Iterator[None]:
        self._thread.start()
        yield
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.most = max(self.most, anonymous())


def anonymous() -> float:
    """MB of this process that are in no file."""
    memory = psutil.Process().memory_info()
    return (memory.rss - memory.shared) / MB


def build(passages: int, index: Path, directories: tuple[Path, ...]) -> Built:
    """Write a corpus into a new index."""
    texts, encoder = open_inputs(directories)
    card = ModelCard(encoder.name, encoder.fingerprint, encoder.dimension, canary_vectors(encoder))
    peak, before, adding = _Peak(), psutil.Process().memory_info().rss / MB, 0.0
    begun = time.perf_counter()
    with peak.watched(), LocalEngine(index).draft(card, CHUNKING) as draft:
        for entry in corpus(texts, passages):
            started = time.perf_counter()
            draft.add(entry.article, entry.passages, entry.vectors, entry.sentences)
            adding += time.perf_counter() - started
        added = time.perf_counter()
        manifest = draft.publish()
        published = time.perf_counter()
    return Built(
        articles=manifest.articles,
        passages=manifest.passages,
        generating=added - begun - adding,
        adding=adding,
        publishing=published - added,
        before=before,
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB,
        peak_anonymous=peak.most,
        bytes_of=bytes_of(index),
        manifest=_told(manifest),
    )


def bytes_of(index: Path) -> dict[str, int]:
    """Bytes of all files by name, those in folders by the name of the folder."""
    sizes: Counter[str] = Counter()
    seen: set[int] = set()
    for path in index.rglob("*"):
        status = path.stat()
        if path.is_file() and status.st_ino not in seen:
            seen.add(status.st_ino)
            folder = path.parent.name
            sizes[f"{folder}/" if folder in ("lexical", "articles") else path.name] += (
                status.st_size
            )
    return dict(sizes)


def _told(manifest: Manifest) -> dict[str, object]:
    """The manifest without what is long and tells nothing here."""
    raw: dict[str, object] = json.loads(manifest.to_json())
    return {name: value for name, value in raw.items() if name not in ("files", "model")}


@click.command(help=__doc__)
@click.argument("passages", type=int)
@click.argument("index", type=click.Path(path_type=Path))
@DIRECTORIES
def main(passages: int, index: Path, directories: tuple[Path, ...]) -> None:
    click.echo(json.dumps(asdict(build(passages, index, directories))))


if __name__ == "__main__":
    main()
