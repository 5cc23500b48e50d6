"""The sample articles on a server, for the clients of other systems to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Server, serving


@pytest.fixture(scope="package")
def served(seeds_index: Path, environment: dict[str, str]) -> Iterator[Server]:
    """One server for all doors."""
    with serving(seeds_index, environment) as server:
        yield server
