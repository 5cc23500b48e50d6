"""What tests of the whole share: the exported model, and the sample articles indexed once."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

from indexer.encoders import load_encoder
from indexer.settings import DEFAULT_MODEL
from tests.processes import dateline

SEEDS = Path(__file__).parent.parent / "seeds"

# A busy machine is no counterexample to any law.
hypothesis.settings.register_profile("dateline", deadline=None)
hypothesis.settings.load_profile("dateline")


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the default model is exported to, once for the whole session."""
    directory = tmp_path_factory.mktemp("cache")
    load_encoder(DEFAULT_MODEL, directory)
    return directory


@pytest.fixture(scope="session")
def environment(model_cache: Path) -> dict[str, str]:
    """The environment of a user who has nothing set but the cache."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    return {**kept, "DATELINE_CACHE": str(model_cache)}


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """An index of the sample articles, made with the command a user types."""
    directory = tmp_path_factory.mktemp("seeds") / "index"
    dateline("index", SEEDS / "articles", "--index", directory, env=environment)
    return directory
