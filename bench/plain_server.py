"""The straightforward program: sentence-transformers, a flat FAISS index and Flask.

    python -m bench.plain_server PASSAGES.jsonl INDEX MODEL       # index; prints the seconds
    INDEX=… MODEL=… gunicorn 'bench.plain_server:create_app()'    # serve

It is what one writes in an afternoon, and has nothing of Dateline in it, to be compared with.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import faiss
import numpy as np
from flask import Flask, Response, request
from sentence_transformers import SentenceTransformer

LIMIT = 10


def build(passages: Path, index: Path, model: str) -> float:
    """Encode every line's `text` and write the index; seconds, without loading the model."""
    encoder = SentenceTransformer(model, device="cpu")
    begun = time.perf_counter()
    texts = [json.loads(line)["text"] for line in passages.open()]
    vectors = encoder.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(np.asarray(vectors, np.float32))
    index.mkdir(parents=True)
    faiss.write_index(flat, str(index / "vectors.faiss"))
    (index / "texts.json").write_text(json.dumps(texts))
    return time.perf_counter() - begun


def create_app() -> Flask:
    """`GET /search?q=` over the index and model the environment names."""
    index = Path(os.environ["INDEX"])
    encoder = SentenceTransformer(os.environ["MODEL"], device="cpu")
    flat = faiss.read_index(str(index / "vectors.faiss"))
    texts = json.loads((index / "texts.json").read_text())
    app = Flask(__name__)

    @app.get("/search")
    def search() -> Response:
        vector = encoder.encode([request.args["q"]], normalize_embeddings=True)
        scores, rows = flat.search(np.asarray(vector, np.float32), LIMIT)
        found = [
            {"score": float(score), "text": texts[row]}
            for score, row in zip(scores[0], rows[0], strict=True)
        ]
        return Response(json.dumps({"hits": found}), mimetype="application/json")

    @app.get("/ready")
    def ready() -> str:
        return "ready"

    return app


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
