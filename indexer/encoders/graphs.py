"""Graphs as onnxruntime likes to open them: fused once, their weights in a file to be mapped."""

from __future__ import annotations

from pathlib import Path


def optimise(traced: Path, graph: Path, weights: str) -> None:
    """Let onnxruntime fuse `traced` into `graph`, with its weights beside in the file `weights`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Beyond "extended", a graph is tied to the processor it was optimised on.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(graph)
    prefix = "session.optimized_model_external_initializers_"
    options.add_session_config_entry(f"{prefix}file_name", weights)
    options.add_session_config_entry(f"{prefix}min_size_in_bytes", "1024")
    onnxruntime.InferenceSession(traced, options, providers=["CPUExecutionProvider"])
