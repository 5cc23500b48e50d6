"""Index with txtai, run by the interpreter that has it: `PYTHON bench/txtai_index.py CONFIG FILE`.

CONFIG is the configuration that txtai is served with afterwards. Prints the seconds of indexing,
without loading the model.
"""

import json
import sys
import time
from pathlib import Path

import yaml
from txtai import Embeddings


def main(config: Path, passages: Path) -> None:
    settings = yaml.safe_load(config.read_text())
    embeddings = Embeddings(settings["embeddings"])
    embeddings.batchtransform(["the model is loaded"])
    begun = time.perf_counter()
    records = [json.loads(line) for line in passages.open()]
    embeddings.index((record["id"], record["text"], None) for record in records)
    embeddings.save(settings["path"])
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
