"""The graph of an export once more, most of its linear layers in int8: queries in half the time."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.encoders.canaries import CANARY_TEXTS
from indexer.encoders.card import GRAPH, QUERY_GRAPH, QUERY_WEIGHTS, ExportCard
from indexer.encoders.graphs import optimise
from indexer.encoders.onnx import OnnxEncoder, broken

if TYPE_CHECKING:
    from onnx import ModelProto

# The least mean cosine with queries in float32: at .993 nDCG@10 fell by .005 (docs/encoders.md).
ALIKE = 0.995

# Their names once onnxruntime has fused a graph.
_ACTIVATIONS = {"BiasGelu", "Gelu", "FastGelu", "QuickGelu", "Relu"}

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

    raw = directory / "raw.onnx"
    # It recommends to everybody what has been done to this graph already.
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(
            directory / GRAPH,
            raw,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            nodes_to_exclude=_sensitive(onnx.load(directory / GRAPH, load_external_data=False)),
            extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        optimise(raw, directory / QUERY_GRAPH, QUERY_WEIGHTS)
    finally:
        logging.disable(logging.NOTSET)
        raw.unlink(missing_ok=True)


def _sensitive(model: ModelProto) -> list[str]:
    """The layers to leave in float32: of those that follow an activation function, the first half.

    What comes out of an activation has outliers that one scale in int8 serves badly. In early
    layers that cost more than all other layers together; in late ones next to nothing.
    """
    activated = {
        name for node in model.graph.node if node.op_type in _ACTIVATIONS for name in node.output
    }
    following = [
        node.name
        for node in model.graph.node
        if node.op_type == "MatMul" and node.input[0] in activated
    ]
    return following[: len(following) // 2]
