"""A scripted model for each test, and a searcher over the small newsroom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.answers import llm
from api.answers.llm import LanguageModel
from api.search.searcher import Searcher
from indexer.engines.local import LocalEngine
from tests.answers.scripted import ScriptedModel, scripted_model
from tests.http.newsroom import ARTICLES, publish, searcher_over


@pytest.fixture
def scripted() -> Iterator[ScriptedModel]:
    with scripted_model() as model:
        yield model


@pytest.fixture
def model(scripted: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[LanguageModel]:
    """A language model that asks the scripted one, and tells every few ms that it waits."""
    monkeypatch.setattr(llm, "HEARTBEAT_SECONDS", 0.02)
    model = LanguageModel(scripted.settings(api_key="a-key", seconds=10, silence=5))
    yield model
    model.close()


@pytest.fixture(scope="session")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    engine = LocalEngine(tmp_path_factory.mktemp("newsroom"))
    publish(engine, *ARTICLES)
    return searcher_over(engine)
