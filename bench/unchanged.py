"""What indexing again costs when nothing has changed: `python -m bench.unchanged DIR…`.

A corpus is written to a file, its articles are put into an index as the loaders read them from
there, with the vectors of `bench.corpus`. Then `dateline index` is run over the file.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from bench.corpus import Entry, corpus
from bench.inputs import DIRECTORIES, open_inputs
from bench.texts import CHUNKING, Texts, articles_in
from indexer.documents import Article
from indexer.encoders import canary_vectors
from indexer.encoders.onnx import OnnxEncoder
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ModelCard


def record(article: Article) -> dict[str, object]:
    """An article as outlets write it."""
    return {
        "id": article.id,
        "title": article.title,
        "text": article.text,
        "source": article.source,
        "url": article.url,
        "authors": list(article.authors),
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "section": article.section,
        "language": article.language,
    }


def write(entries: Iterable[Entry], path: Path) -> None:
    """A file with an article a line."""
    with path.open("w", encoding="utf-8") as file:
        for entry in entries:
            file.write(json.dumps(record(entry.article), ensure_ascii=False) + "\n")


def put(texts: Texts, passages: int, file: Path, index: Path, encoder: OnnxEncoder) -> None:
    """The articles of the file, as they are loaded, with the passages they were made of."""
    card = ModelCard(encoder.name, encoder.fingerprint, encoder.dimension, canary_vectors(encoder))
    with LocalEngine(index).draft(card, CHUNKING) as draft:
        for article, entry in zip(articles_in(file), corpus(texts, passages), strict=True):
            if article.text != entry.article.text:
                sys.exit(f"{article.id} is not loaded as it was written.")
            draft.add(article, entry.passages, entry.vectors, entry.sentences)
        draft.publish()


def again(file: Path, index: Path) -> tuple[float, Sequence[str]]:
    """Seconds of `dateline index`, process and all, and what it says in the end."""
    command = [sys.executable, "-m", "api.cli", "index", str(file), "--index", str(index)]
    begun = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - begun, done.stderr.splitlines()[-2:]


@click.command(help=__doc__)
@DIRECTORIES
@click.option("--passages", default=100_000, show_default=True)
def main(directories: tuple[Path, ...], passages: int) -> None:
    texts, encoder = open_inputs(directories)
    with tempfile.TemporaryDirectory() as directory:
        file, index = Path(directory) / "articles.jsonl", Path(directory) / "index"
        write(corpus(texts, passages), file)
        put(texts, passages, file, index, encoder)
        seconds, said = again(file, index)
    click.echo("\n".join(said))
    click.echo(f"{passages:,} unchanged passages indexed again in {seconds:.1f} s")


if __name__ == "__main__":
    main()
