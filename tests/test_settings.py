"""Settings come from the environment, and nonsense is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.answers.endpoint import ModelSettings
from api.settings import ApiSettings
from indexer.errors import DatelineError
from indexer.settings import IndexerSettings, query_precision


def test_nothing_has_to_be_set() -> None:
    assert ApiSettings.from_environment({}) == ApiSettings()
    assert IndexerSettings.from_environment({}).passage_tokens == 128


def test_what_is_set_is_taken() -> None:
    environment = {
        "DATELINE_INDEX": "somewhere",
        "DATELINE_FUSION": "rrf",
        "DATELINE_MODEL": "a-model",
        "DATELINE_PASSAGE_TOKENS": "96",
    }
    serving, indexing = (
        ApiSettings.from_environment(environment),
        IndexerSettings.from_environment(environment),
    )
    assert (serving.index, serving.fusion) == (Path("somewhere"), "rrf")
    assert (indexing.model, indexing.passage_tokens) == ("a-model", 96)


def test_a_language_model_has_an_address_a_name_and_its_limits() -> None:
    environment = {
        "DATELINE_LLM_BASE_URL": "http://any/v1",
        "DATELINE_LLM_MODEL": "any",
        "DATELINE_LLM_API_KEY": "a-key",
        "DATELINE_LLM_SECONDS": "9",
    }
    settings = ApiSettings.from_environment(environment)
    assert settings.llm == ModelSettings("http://any/v1", "any", "a-key", seconds=9)


@pytest.mark.parametrize("name", ["DATELINE_LLM_BASE_URL", "DATELINE_LLM_MODEL"])
def test_an_address_without_a_model_is_refused_and_so_is_the_reverse(name: str) -> None:
    with pytest.raises(DatelineError, match="DATELINE_LLM_MODEL belong together"):
        ApiSettings.from_environment({name: "http://any/v1"})


def test_what_is_set_to_nothing_is_not_set() -> None:
    names = (
        *("INDEX", "FUSION", "WEIGHTS", "MAX_BODY_BYTES", "MODEL", "CACHE", "PASSAGE_TOKENS"),
        *("THREADS", "RERANKER", "RERANKER_MODEL", "RERANKER_API_KEY", "RERANKER_DEPTH"),
        *("RERANKER_MS", "WRITE_KEYS", "MAX_ARTICLE_BYTES", "MAX_ARTICLES_BYTES"),
        *("RETAIN_SECONDS", "APPROXIMATE_FROM", "RECALL", "LLM_BASE_URL", "LLM_MODEL"),
        *("LLM_API_KEY", "LLM_SECONDS", "LLM_SILENCE_SECONDS", "LLM_STREAMS"),
    )
    empty = {f"DATELINE_{name}": "" for name in names}
    assert ApiSettings.from_environment(empty) == ApiSettings.from_environment({})
    assert IndexerSettings.from_environment(empty) == IndexerSettings.from_environment({})


@pytest.mark.parametrize(
    ("settings", "name", "value", "advice"),
    [
        (IndexerSettings, "DATELINE_PASSAGE_TOKENS", "many", "must be a whole number, not 'many'"),
        (IndexerSettings, "DATELINE_PASSAGE_TOKENS", "3", "must be at least 16, not 3"),
        (IndexerSettings, "DATELINE_OVERLAP_TOKENS", "65", "must be at most half of 128, not 65"),
        (IndexerSettings, "DATELINE_THREADS", "-1", "must be at least 0"),
        (IndexerSettings, "DATELINE_APPROXIMATE_FROM", "9", "must be at least 1000, not 9"),
        (IndexerSettings, "DATELINE_RECALL", "99 %", "must be a number from 0 to 1, not '99 %'"),
        (IndexerSettings, "DATELINE_RECALL", "1.1", "must be a number from 0 to 1, not '1.1'"),
        (ApiSettings, "DATELINE_MAX_BODY_BYTES", "1", "must be at least 1024"),
        (ApiSettings, "DATELINE_MAX_ARTICLE_BYTES", "1", "must be at least 1024"),
        (ApiSettings, "DATELINE_MAX_ARTICLES_BYTES", "x", "must be a whole number, not 'x'"),
        (ApiSettings, "DATELINE_WRITE_KEYS", "good,no good", "holds a key with a character"),
        (ApiSettings, "DATELINE_RERANKER_MS", "soon", "must be a whole number, not 'soon'"),
        (ApiSettings, "DATELINE_RERANKER_MS", "9" * 20, "must be at most 86400000, not 9999"),
        (ApiSettings, "DATELINE_RERANKER_DEPTH", "0", "must be at least 1, not 0"),
        (
            ApiSettings,
            "DATELINE_FUSION",
            "magic",
            "must be one of layered, convex, rrf; it is 'magic'",
        ),
    ],
)
def test_nonsense_is_named(
    settings: type[IndexerSettings] | type[ApiSettings], name: str, value: str, advice: str
) -> None:
    with pytest.raises(DatelineError, match=f"{name} {advice}"):
        settings.from_environment({name: value})


@pytest.mark.parametrize(
    ("name", "most"), [("SECONDS", 86_400), ("SILENCE_SECONDS", 86_400), ("STREAMS", 256)]
)
def test_a_language_model_has_no_more_than_a_server_can_give_it(name: str, most: int) -> None:
    model = {"DATELINE_LLM_BASE_URL": "http://any/v1", "DATELINE_LLM_MODEL": "any"}
    ApiSettings.from_environment({**model, f"DATELINE_LLM_{name}": f"{most}"})
    with pytest.raises(DatelineError, match=f"LLM_{name} must be at most {most}, not {most + 1}"):
        ApiSettings.from_environment({**model, f"DATELINE_LLM_{name}": f"{most + 1}"})


def test_write_keys_are_separated_by_commas_and_never_shown() -> None:
    settings = ApiSettings.from_environment({"DATELINE_WRITE_KEYS": " first-key,second=, "})
    assert settings.write_keys == ("first-key", "second=")
    assert "first-key" not in repr(settings)


def test_the_precision_of_queries_is_one_of_two() -> None:
    assert query_precision({}) == query_precision({"DATELINE_QUERY_PRECISION": "int8"}) == "int8"
    assert query_precision({"DATELINE_QUERY_PRECISION": "float32"}) == "float32"
    with pytest.raises(DatelineError, match="DATELINE_QUERY_PRECISION must be float32 or int8"):
        query_precision({"DATELINE_QUERY_PRECISION": "int4"})


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (IndexerSettings, "DATELINE_CACHE"),
        (ApiSettings, "DATELINE_INDEX"),
        (ApiSettings, "DATELINE_WEIGHTS"),
    ],
)
def test_a_home_directory_that_nobody_has_is_named(
    settings: type[IndexerSettings] | type[ApiSettings], name: str
) -> None:
    with pytest.raises(DatelineError, match=rf"{name} is '~nobody-at-all/x', .* a whole path"):
        settings.from_environment({name: "~nobody-at-all/x"})


def test_a_path_may_begin_at_home() -> None:
    settings = ApiSettings.from_environment({"DATELINE_INDEX": "~/index"})
    assert settings.index == Path.home() / "index"
