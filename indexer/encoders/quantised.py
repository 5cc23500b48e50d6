"""The graph of an export once more, its linear layers in int8: queries in 2/5 of the time."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.encoders.canaries import CANARY_TEXTS
from indexer.encoders.card import QUERY_GRAPH, QUERY_WEIGHTS, ExportCard
from indexer.encoders.graphs import optimise
from indexer.encoders.onnx import OnnxEncoder, broken
from indexer.encoders.outliers import divided

if TYPE_CHECKING:
    from onnx import ModelProto

# The least mean cosine with queries in float32: at .993 nDCG@10 fell by .005 (docs/encoders.md).
ALIKE = 0.995

log = logging.getLogger(__name__)


def add_quantised(directory: Path) -> None:
    """Write the int8 graph into the export in `directory`, if its queries lie near enough."""
    card = ExportCard.read(directory)
    if card is None:
        raise broken(directory)
    try:
        _write(directory)
        card.write(directory)
        likeness = _likeness(directory)
    except Exception as error:  # Neither library has errors of its own for what it cannot do.
        likeness, reason = 0.0, f"{type(error).__name__}: {error}"
    else:
        reason = f"their cosine with float32 is {likeness:.4f} on average"
    if likeness < ALIKE:
        log.warning("Queries of %s are encoded in float32, not int8: %s.", card.name, reason)
        for name in (QUERY_GRAPH, QUERY_WEIGHTS):
            (directory / name).unlink(missing_ok=True)
        card.write(directory)


def _likeness(directory: Path) -> float:
    queries = [text[:120] for text in CANARY_TEXTS]
    exact = OnnxEncoder(directory).encode_queries(queries)
    quick = OnnxEncoder(directory, precision="int8").encode_queries(queries)
    return float(np.einsum("ij,ij->i", exact, quick).mean())


def _write(directory: Path) -> None:
    """Quantise activations as they come, weights by output channel, and fuse what that leaves."""
    import onnx
    from onnxruntime.quantization import quantize_dynamic

    encoder = OnnxEncoder(directory)
    fed = [batch.inputs for text in CANARY_TEXTS for batch in encoder.token_batches([text])]
    spared, raw = directory / "spared.onnx", directory / "raw.onnx"
    # It recommends to everybody what has been done to this graph already.
    logging.disable(logging.WARNING)
    try:
        onnx.save(divided(directory, fed), spared)
        quantize_dynamic(
            spared,
            raw,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        onnx.save(_halved(onnx.load(raw)), raw)
        optimise(raw, directory / QUERY_GRAPH, QUERY_WEIGHTS)
    finally:
        logging.disable(logging.NOTSET)
        spared.unlink(missing_ok=True)
        raw.unlink(missing_ok=True)


def _halved(model: ModelProto) -> ModelProto:
    """The graph with its embeddings in half precision: they are most of what a process maps."""
    from onnx import TensorProto
    from onnx.helper import make_node
    from onnx.numpy_helper import from_array, to_array

    tables = {
        table.name: table
        for table in model.graph.initializer
        if table.data_type == TensorProto.FLOAT and len(table.dims) > 1
    }
    for place, node in reversed(list(enumerate(model.graph.node))):
        if node.op_type == "Gather" and node.input[0] in tables:
            table, [found] = tables[node.input[0]], node.output
            table.CopyFrom(from_array(to_array(table).astype(np.float16), table.name))
            node.output[0] = f"{found}/half"
            cast = make_node("Cast", [node.output[0]], [found], to=TensorProto.FLOAT)
            model.graph.node.insert(place + 1, cast)
    return model
