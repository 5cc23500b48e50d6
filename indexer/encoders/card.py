"""The card of an exported model: what must be known to run its graph without torch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from indexer.errors import ModelUnavailable
from indexer.exhaustion import enough

CARD = "encoder.json"
GRAPH = "model.onnx"
WEIGHTS = "model.bin"
# The same in int8 where that comes near enough, for queries.
QUERY_GRAPH = "queries.onnx"
QUERY_WEIGHTS = "queries.bin"
TOKENIZER = "tokenizer.json"
# The weights lie beside the graph they belong to.
WEIGHTS_OF = {GRAPH: WEIGHTS, QUERY_GRAPH: QUERY_WEIGHTS}
# What a graph may take: the tensors that can be made from the tokens of a text alone.
INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
# What a graph gives; the tokens a vector is pooled from come from encoders alone, and not from
# those whose vectors are more than their tokens pooled.
OUTPUT = "output"
TOKENS = "tokens"

# Counts up whenever an export of an older Dateline would be read wrongly.
EXPORT_VERSION = 3


@dataclass(frozen=True, slots=True)
class ExportCard:
    """How to feed an exported graph; `inputs` are the tensors it takes, `files` sizes in bytes.

    `labels` name what it gives for a pair, where that is more than one score. `digests` are the
    SHA-256 of the files; exports of an older Dateline have none.
    """

    name: str
    fingerprint: str
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    pad_id: int
    inputs: tuple[str, ...]
    files: dict[str, int] = field(default_factory=dict)
    version: int = EXPORT_VERSION
    labels: tuple[str, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)

    def write(self, directory: Path) -> None:
        """Write the card into `directory`, together with what the other files there are like."""
        others = [path for path in sorted(directory.iterdir()) if path.name != CARD]
        files = {path.name: path.stat().st_size for path in others}
        digests = {path.name: sha256(path) for path in others}
        card = asdict(replace(self, files=files, digests=digests))
        text = json.dumps(card, ensure_ascii=False, indent=2) + "\n"
        (directory / CARD).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> ExportCard | None:
        """The card in `directory`, or None when the export there cannot be used or is cut short."""
        try:
            raw = json.loads((directory / CARD).read_text(encoding="utf-8"))
            listed = {"inputs": tuple(raw["inputs"]), "labels": tuple(raw.get("labels", ()))}
            card = cls(**{**raw, **listed})
            whole = all((directory / file).stat().st_size == n for file, n in card.files.items())
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return card if whole and card.version == EXPORT_VERSION else None

    def compare(self, directory: Path, *names: str) -> None:
        """Raise ModelUnavailable where one of these files cannot be read or has changed."""
        for name in self.digests.keys() & set(names):
            if sha256(directory / name) != self.digests[name]:
                raise ModelUnavailable(
                    f"The exported model in {directory} is damaged ({name} is not what was "
                    "written): delete that directory, and it is exported again."
                )


@enough()
def sha256(file: Path) -> str:
    """The SHA-256 of a file in hex; raises ModelUnavailable where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ModelUnavailable(
            f"{file} cannot be read ({error.strerror}): mend its permissions."
        ) from error
