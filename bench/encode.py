"""How near indexing and querying come to bare onnxruntime: `python -m bench.encode`.

The graph is run bare on exactly the token batches the encoder makes, in turn with the encoder,
so that whatever else the machine does meets both. Takes about a minute.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench.inputs import open_encoder
from bench.timing import alternate
from indexer.encoders.card import OUTPUT
from indexer.encoders.exports import find_export
from indexer.encoders.onnx import OnnxEncoder, open_session
from indexer.encoders.resolve import find_local
from indexer.sentences import sentences
from indexer.settings import IndexerSettings

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

PASSAGES = 96
ROUNDS = 7
QUERIES = 200
WORDS = (
    "harbour council voted ferry strike engineers flood gate budget minister inspected bridge "
    "delayed harvest growers warned prices northern coast patrol vessel hospital ward nurses "
    "reopened border crossing treaty talks resumed spokeswoman denied investigation published "
    "company shares fell quarter analysts expected court ruled appeal witness storm reservoir"
)


def made_up_passages(count: int) -> list[str]:
    """Passages of 90 to 120 words, about 100 to 145 tokens; the same on every run."""
    chance = random.Random(0)
    return [made_up_text(chance, chance.randint(90, 120)) for _ in range(count)]


def made_up_text(chance: random.Random, words: int) -> str:
    """So many words in sentences of fourteen."""
    text = chance.choices(WORDS.split(), k=words)
    for start in range(0, words, 14):
        text[start] = text[start].capitalize()
        text[min(start + 13, words - 1)] += "."
    return " ".join(text)


def measure_passages(
    encoder: OnnxEncoder, session: InferenceSession, texts: Sequence[str]
) -> Table:
    """Indexing throughput: the encoder, the bare graph, sentence-transformers on torch."""
    batches = [batch.inputs for batch in encoder.token_batches(texts)]

    def bare() -> None:
        for inputs in batches:
            session.run([OUTPUT], inputs)

    spans = [sentences(text) for text in texts]
    ours, told, theirs = alternate(
        ROUNDS,
        lambda: encoder.encode_passages(texts),
        lambda: encoder.encode_with_sentences(texts, spans),
        bare,
    )
    tokens = sum(encoder.count_tokens(texts)) / len(texts)
    table = Table(title=f"{len(texts)} passages of {tokens:.0f} tokens on average, all cores")
    for column in ("", "passages/s", "of bare"):
        table.add_column(column, justify="left" if not column else "right")
    rows = {
        "bare session.run on all cores, same batches": theirs,
        "OnnxEncoder.encode_passages": ours,
        "OnnxEncoder.encode_with_sentences": told,
        "sentence-transformers on torch": measure_torch(encoder.name, texts),
    }
    for label, seconds in rows.items():
        table.add_row(label, f"{len(texts) / seconds:.1f}", f"{theirs / seconds:.1%}")
    return table


def measure_torch(model: str, texts: Sequence[str]) -> float:
    """Median seconds of sentence-transformers, imported last so that it disturbs nothing else."""
    from sentence_transformers import SentenceTransformer

    files = find_local(model)
    original = SentenceTransformer(str(files.directory) if files else model, device="cpu")
    return alternate(2, lambda: original.encode_document(list(texts), show_progress_bar=False))[0]


def measure_query(encoder: OnnxEncoder, query: str) -> Table:
    """Latency of one short query on one thread: the encoder and the bare graph."""
    inputs = next(iter(encoder.token_batches([query]))).inputs
    ours, bare = alternate(
        QUERIES,
        lambda: encoder.encode_queries([query]),
        lambda: encoder.session.run([OUTPUT], inputs),
    )
    table = Table(title=f"One query of {inputs['input_ids'].size} tokens, one thread")
    for column in ("", "p50 ms", "over bare"):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row("bare session.run", f"{bare * 1e3:.2f}", "")
    table.add_row("OnnxEncoder.encode_queries", f"{ours * 1e3:.2f}", f"{(ours - bare) * 1e3:+.2f}")
    return table


def main() -> None:
    """Print both tables."""
    indexing, serving = open_encoder(threads=0), open_encoder(threads=1)
    cache = IndexerSettings.from_environment().cache_dir
    export = find_export(cache, indexing.fingerprint)
    if export is None:
        sys.exit(f"The export of {indexing.name} has gone from {cache}.")
    console = Console()
    console.print(measure_query(serving, "flood gate budget delayed on the northern coast"))
    console.print(measure_passages(indexing, open_session(export, 0), made_up_passages(PASSAGES)))


if __name__ == "__main__":
    main()
