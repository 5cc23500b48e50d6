"""What indexing an unchanged corpus again costs: `python -m bench.sync --passages 100000`.

The corpus is made up, every text another. Unless `--real` is given a stand-in takes the model's
place, so that the first run takes minutes and not hours; the second run encodes nothing anyway.
The limit is reading the file and parsing its lines, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from api import terminal
from bench.encode import made_up_text
from bench.stand_in import StandIn
from indexer import pipeline
from indexer.encoders import load_encoder
from indexer.encoders.base import Encoder
from indexer.encoders.cache import CachedEncoder
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ChunkingCard
from indexer.pipeline import Summary
from indexer.reading import Intake
from indexer.settings import IndexerSettings

# Of 90 words a passage, which is some 110 of 128 tokens.
WORDS = 90
CHUNKING = ChunkingCard(128, 0)


def write_corpus(path: Path, articles: int, passages: int) -> None:
    """Articles of so many passages each, as JSON lines; the same on every run."""
    chance = random.Random(0)
    with path.open("w") as file:
        for number in range(articles):
            record = {
                "id": f"article-{number}",
                "title": made_up_text(chance, 8),
                "text": made_up_text(chance, passages * WORDS),
                "source": "Harbour Post",
                "url": f"https://harbourpost.example/{number}",
                "published_at": "2026-01-15T20:45:00-05:00",
                "byline": "Ann Lee",
            }
            file.write(json.dumps(record) + "\n")


def parse(path: Path) -> float:
    """Seconds to read the file and parse its lines."""
    begun = time.perf_counter()
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
    return time.perf_counter() - begun


def measure(encoder: Encoder, directory: Path, articles: int, passages: int) -> Table:
    """The first run, the second, and the limit."""
    path = directory / "corpus.jsonl"
    write_corpus(path, articles, passages)
    engine = LocalEngine(directory / "index")
    with closing(CachedEncoder(encoder, directory / "vectors.sqlite")) as cached:

        def run() -> Summary:
            with terminal.progress(Console(stderr=True)) as progress:
                return pipeline.index(Intake((path,)), engine, cached, CHUNKING, progress)

        first, again = run(), run()
    limit = parse(path)
    table = Table(title=f"{articles:,} articles, {first.manifest.passages:,} passages")
    for column in ("", "seconds", "articles/s", "texts encoded", "of the limit"):
        table.add_column(column, justify="left" if not column else "right")
    rows = {
        "reading and parsing": (limit, 0),
        "first run": (first.seconds, first.encoded),
        "again, unchanged": (again.seconds, again.encoded),
    }
    for label, (seconds, encoded) in rows.items():
        figures = f"{seconds:.1f}", f"{articles / seconds:,.0f}", f"{encoded:,}"
        table.add_row(label, *figures, f"{seconds / limit:.1f} ×")
    return table


def main() -> None:
    """Print the table, and the most memory this process has held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--of-article", type=int, default=5, help="passages of an article")
    parser.add_argument("--real", action="store_true", help="encode with the model")
    asked = parser.parse_args()
    settings = IndexerSettings.from_environment()
    encoder = load_encoder(settings.model, settings.cache_dir) if asked.real else StandIn()
    articles = max(1, asked.passages // asked.of_article)
    with TemporaryDirectory(prefix="dateline-") as directory:
        table = measure(encoder, Path(directory), articles, asked.of_article)
    console = Console()
    console.print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"At most {peak:,.0f} MB resident.")


if __name__ == "__main__":
    main()
