"""Channels that reach far beyond all others, kept out of the layers that multiply int8.

Behind the activation functions of a transformer a few channels hold values many times those of the
rest, and one scale for all leaves the rest a handful of its 256 steps. So a layer there is divided
in two: what these channels give is multiplied in float32, all else in int8.
T. Dettmers, M. Lewis, Y. Belkada, L. Zettlemoyer: LLM.int8(), 2022, arXiv:2208.07339.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.encoders.card import GRAPH
from indexer.encoders.onnx import open_session

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Inputs: TypeAlias = Mapping[str, NDArray[np.int64]]
Reach: TypeAlias = NDArray[np.float32]

# With 8 to 64 of them queries lie as near to float32, in the same time (docs/encoders.md).
SPARED = 16

# Their names once onnxruntime has fused a graph.
_ACTIVATIONS = {"BiasGelu", "Gelu", "FastGelu", "QuickGelu", "Relu"}


def divided(directory: Path, fed: Iterable[Inputs]) -> ModelProto:
    """The graph of an export with every layer behind an activation function divided in two.

    `fed` is what the graph is given to show how far each channel reaches. Weights stay in the
    file they are in, beside the graph.
    """
    import onnx

    model = onnx.load(directory / GRAPH, load_external_data=False)
    layers = list(_behind_activations(model))
    # Asked for no output at all, onnxruntime gives every one.
    reaches = _reach(directory, layers, fed) if layers else ()
    for layer, reach in zip(layers, reaches, strict=True):
        _divide(model, layer, reach)
    return model


def _behind_activations(model: ModelProto) -> Iterator[NodeProto]:
    weights = {initializer.name for initializer in model.graph.initializer}
    activated = {
        name for node in model.graph.node if node.op_type in _ACTIVATIONS for name in node.output
    }
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[0] in activated and node.input[1] in weights:
            yield node


def _reach(directory: Path, layers: Sequence[NodeProto], fed: Iterable[Inputs]) -> Iterator[Reach]:
    """How far each channel reaches that a layer reads, float32[channels] for each layer."""
    import onnx

    names = [layer.input[0] for layer in layers]
    model = onnx.load(directory / GRAPH, load_external_data=False)
    model.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    watched = directory / "watched.onnx"
    try:
        onnx.save(model, watched)
        session = open_session(directory, threads=1, graph=watched.name)
        seen = [session.run(names, dict(inputs)) for inputs in fed]
    finally:
        watched.unlink(missing_ok=True)
    for values in zip(*seen, strict=True):
        yield np.max([np.abs(each).max(axis=(0, 1)) for each in values], axis=0)


def _divide(model: ModelProto, layer: NodeProto, reach: Reach) -> None:
    """Give the channels that reach furthest a product of their own, added to that of the others."""
    from onnx.helper import make_node
    from onnx.numpy_helper import from_array

    furthest = np.sort(np.argsort(-reach, kind="stable")[:SPARED])
    others = np.ones(len(reach), np.float32)
    others[furthest] = 0
    (read, weights), [name] = tuple(layer.input), tuple(layer.output)
    model.graph.initializer.append(from_array(furthest, f"{name}/furthest"))
    model.graph.initializer.append(from_array(others, f"{name}/others"))
    layer.input[0], layer.output[0] = f"{name}/read", f"{name}/product"
    # onnxruntime makes constants of the weights that are gathered here.
    before = [
        make_node("Gather", [read, f"{name}/furthest"], [f"{name}/far"], axis=-1),
        make_node("Gather", [weights, f"{name}/furthest"], [f"{name}/far/weights"], axis=0),
        make_node("MatMul", [f"{name}/far", f"{name}/far/weights"], [f"{name}/far/product"]),
        make_node("Mul", [read, f"{name}/others"], [layer.input[0]]),
    ]
    after = make_node("Add", [layer.output[0], f"{name}/far/product"], [name])
    place = list(model.graph.node).index(layer)
    model.graph.node.insert(place + 1, after)
    for node in reversed(before):
        model.graph.node.insert(place, node)
