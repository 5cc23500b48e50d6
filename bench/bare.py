"""The bare encoder: the graph on tokens, float32 unless another is given, and nothing around it.

`python -m bench.bare SECONDS` is one process of those whose throughput is measured together: it
reads questions, one a line and then an empty one, says that it is ready, and begins at the next
line.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from itertools import cycle

import click
import numpy as np
from numpy.typing import NDArray

from bench.inputs import open_encoder
from bench.timing import milliseconds
from indexer.encoders.card import OUTPUT
from indexer.encoders.onnx import OnnxEncoder

Inputs = dict[str, NDArray[np.int64]]


class Bare:
    """One thread of the graph."""

    def __init__(self, encoder: OnnxEncoder | None = None) -> None:
        self._encoder = encoder or open_encoder(threads=1)

    def tokens(self, question: str) -> Inputs:
        """What the graph is fed for a question."""
        [batch] = self._encoder.token_batches([question])
        return batch.inputs

    def run(self, inputs: Inputs) -> None:
        """Encode."""
        self._encoder.query_session.run([OUTPUT], inputs)

    def milliseconds(self, questions: Sequence[str]) -> list[float]:
        """How long each question takes, without what its tokens take."""
        fed = [self.tokens(question) for question in questions]
        return [milliseconds(partial(self.run, inputs)) for inputs in fed]


def throughput(questions: Sequence[str], processes: int, seconds: float) -> float:
    """Questions a second that so many processes encode bare, all at once."""
    command = [sys.executable, "-m", "bench.bare", str(seconds)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for number, process in enumerate(running):
        assert process.stdin
        assert process.stdout
        process.stdin.write("\n".join([*questions[number::processes], "", ""]))
        process.stdin.flush()
        process.stdout.readline()
    printed = [process.communicate("\n")[0] for process in running]
    return sum(map(float, printed))


@click.command(help=__doc__)
@click.argument("seconds", type=float)
def main(seconds: float) -> None:
    bare = Bare()
    fed = [bare.tokens(line.strip()) for line in iter(sys.stdin.readline, "\n")]
    bare.run(fed[0])
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.perf_counter()
    done = 0
    for inputs in cycle(fed):
        bare.run(inputs)
        done += 1
        if time.perf_counter() - begun >= seconds:
            break
    print(done / (time.perf_counter() - begun))


if __name__ == "__main__":
    main()
