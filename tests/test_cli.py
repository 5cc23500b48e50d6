"""The command line, run as a user runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from api.doctor import examine
from indexer.encoders.card import QUERY_WEIGHTS
from tests.conftest import SEEDS
from tests.processes import dateline, serving

QUESTION = "Nansei island chain deployments"


def test_search_shows_title_source_date_and_passage(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    shown = dateline("search", QUESTION, "--index", seeds_index, env=environment).stdout
    assert "Japan's new defence chief takes island plans to the Pentagon" in shown
    assert "Meridian Wire · 15 January 2026 · characters" in shown
    assert "Nansei island chain" in shown


def test_search_prints_the_json_of_http(seeds_index: Path, environment: dict[str, str]) -> None:
    options = ("--limit", "3", "--source", "Meridian Wire", "--from", "2026-01-01", "--json")
    printed = dateline("search", QUESTION, "--index", seeds_index, *options, env=environment)
    found = json.loads(printed.stdout)
    with serving(seeds_index, environment) as server:
        query = {"limit": "3", "source": "Meridian Wire", "from": "2026-01-01"}
        expected = server.get("/search", q=QUESTION, **query).json
    for timed in (found, expected):
        del timed["took_ms"]
    assert found == expected


def test_search_takes_all_that_http_takes(seeds_index: Path, environment: dict[str, str]) -> None:
    options = (
        *("--collapse", "article", "--sort", "newest", "--min-relevance", "0", "--include-weak"),
        *("--recency-half-life", "7d", "--facet", "source", "--facet", "month", "--explain"),
    )
    printed = dateline(
        *("search", QUESTION, "--index", seeds_index, *options, "--json"), env=environment
    )
    found = json.loads(printed.stdout)
    assert list(found["facets"]) == ["source", "month"]
    dates = [hit["article"]["published_at"][:10] for hit in found["hits"]]
    assert dates == sorted(dates, reverse=True)
    assert {"collapsed", "explanation"} <= found["hits"][0].keys()


def test_search_shows_all_that_was_asked_for(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    options = ("--collapse", "article", "--facet", "language", "--explain", "--min-relevance", "0")
    shown = dateline("search", QUESTION, "--index", seeds_index, *options, env=environment).stdout
    assert "more passage" in shown
    assert "language: en " in shown
    assert "signal" in shown
    assert " %\n" in shown


def test_a_question_nothing_answers_is_told_so_and_how_to_see_what_is_nearest(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    asked = ("search", QUESTION, "--index", seeds_index, "--min-relevance", "1")
    assert "--include-weak shows what comes nearest." in dateline(*asked, env=environment).stdout
    weak = dateline(*asked, "--include-weak", env=environment).stdout
    assert "and 100 % are needed" in weak
    assert "Nansei island chain" in weak


def test_why_not_tells_what_kept_an_article_out(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    asked = ("why-not", "meridian-koizumi-pentagon", QUESTION, "--index", seeds_index)
    shown = dateline(*asked, "--source", "Harbour Post", env=environment).stdout
    assert shown == "It does not meet the condition source: without that it takes part.\n"
    found = json.loads(dateline(*asked, "--json", env=environment).stdout)
    assert (found["verdict"], found["rank"]) == ("found", 1)
    figures = dateline(*asked, env=environment).stdout
    assert figures.startswith("It is hit 1.\n")
    assert "rank by meaning" in figures


def test_a_search_that_finds_nothing_says_so(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    shown = dateline(
        *("search", "zyzzyva", "--mode", "lexical", "--index", seeds_index), env=environment
    )
    assert "Nothing found: nothing in the index has anything" in shown.stdout


def test_wrong_parameters_are_named(seeds_index: Path, environment: dict[str, str]) -> None:
    refused = dateline(
        *("search", QUESTION, "--from", "yesterday", "--min-relevance", "2"),
        *("--recency-half-life", "soon", "--index", seeds_index),
        env=environment,
        code=2,
    )
    assert "from: Must be an ISO 8601 date" in refused.stderr
    assert "min_relevance: Must be a number from 0 to 1" in refused.stderr
    assert "recency_half_life: Must be a number with h, d or w" in refused.stderr


def test_searching_without_an_index_says_what_to_do(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    refused = dateline("search", QUESTION, "--index", tmp_path, env=environment, code=1)
    assert "dateline index" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_cannot_be_read_is_named_and_the_rest_is_indexed(
    environment: dict[str, str], tmp_path: Path
) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "good.txt").write_text("Good\n\nA ferry left on time.\n")
    (articles / "broken.json").write_text("{")
    (articles / "picture.png").write_bytes(b"\x89PNG")
    index = tmp_path / "index"
    done = dateline("index", articles, "--index", index, env=environment)
    assert "broken.json" in done.stderr
    assert "Passed over 1 file of no known kind." in done.stderr
    assert re.search(r"Read 1 article in \d+\.\d s: 1 added\.", done.stderr)
    assert "Wrote 1 passage: " in done.stderr
    dateline("index", articles, "--index", index, "--strict", env=environment, code=3)


def test_a_source_that_is_no_text_is_a_wrong_argument(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "ferry.txt").write_text("The ferry left late.")
    options = ("--source", os.fsdecode(b"Post \xff"), "--index", tmp_path / "index")
    refused = dateline("index", tmp_path / "ferry.txt", *options, env=environment, code=2)
    assert "'--source': it is no text in UTF-8" in refused.stderr


def test_indexing_again_publishes_what_changed_or_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    articles, index = tmp_path / "articles", tmp_path / "index"
    articles.mkdir()
    for name in ("ferry", "bridge"):
        (articles / f"{name}.txt").write_text(f"{name.title()}\n\nThe {name} is closed.\n")
    dateline("index", articles, "--index", index, env=environment)
    again = dateline("index", articles, "--index", index, env=environment).stderr
    assert re.search(r"Read 2 articles in \d+\.\d s: 2 unchanged\.", again)
    assert re.search(r"Still generation 000001-\w+: 2 articles, 2 passages\.", again)
    assert "Wrote" not in again
    (articles / "bridge.txt").unlink()
    pruned = dateline("index", articles, "--index", index, "--prune", env=environment).stderr
    assert "1 unchanged, 1 removed." in pruned
    assert re.search(r"^Generation 000002-\w+: 1 article, 1 passage\.", pruned, re.MULTILINE)


def test_what_could_not_be_read_keeps_articles_from_being_withdrawn(
    environment: dict[str, str], tmp_path: Path
) -> None:
    articles, index = tmp_path / "articles", tmp_path / "index"
    articles.mkdir()
    for name in ("ferry", "bridge"):
        (articles / f"{name}.txt").write_text(f"{name.title()}\n\nThe {name} is closed.\n")
    dateline("index", articles, "--index", index, "--workers", "1", env=environment)
    (articles / "bridge.txt").write_text("")
    done = dateline(
        "index", articles, "--index", index, "--prune", "--strict", env=environment, code=3
    )
    assert "bridge.txt: it holds no text" in done.stderr
    assert "Nothing was withdrawn" in done.stderr
    assert "2 articles, 2 passages" in done.stderr


def test_nothing_readable_at_all_is_an_error_and_leaves_the_index_alone(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    refused = dateline("index", tmp_path, "--index", tmp_path / "index", env=environment, code=1)
    assert "No article could be read" in refused.stderr
    assert "empty.txt" in refused.stderr
    dateline("search", "x", "--index", tmp_path / "index", env=environment, code=1)


def test_a_file_name_cannot_command_the_terminal(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "ring\a.txt").write_text("\n")
    refused = dateline("index", tmp_path, "--index", tmp_path / "index", env=environment, code=1)
    assert "ring�.txt" in refused.stderr


def test_articles_come_from_standard_input_too(environment: dict[str, str], tmp_path: Path) -> None:
    lines = '{"id": "a", "title": "Ferry", "text": "The ferry left."}\n'
    index = tmp_path / "index"
    dateline("index", "-", "--index", index, "--source", "Post", env=environment, stdin=lines)
    found = dateline("search", "ferry", "--index", index, "--json", env=environment)
    [hit] = json.loads(found.stdout)["hits"]
    assert (hit["article"]["id"], hit["article"]["source"]) == ("a", "Post")


def test_doctor_finds_everything_in_order(seeds_index: Path, environment: dict[str, str]) -> None:
    shown = dateline("doctor", "--index", seeds_index, env=environment).stdout
    for name in ("python", "packages", "settings", "cache", "model", "ranking", "answers", "index"):
        assert f"ok   {name}" in shown
    assert "mend" not in shown


def test_doctor_says_what_to_mend(environment: dict[str, str], tmp_path: Path) -> None:
    shown = dateline("doctor", "--index", tmp_path, env=environment, code=1).stdout
    assert "mend index" in shown
    assert "dateline index" in shown


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATELINE_QUERY_PRECISION", "int4", "settings"),
        ("DATELINE_WRITE_KEYS", "no key", "settings"),
        ("DATELINE_MAX_BODY_BYTES", "64K", "settings"),
        ("DATELINE_MCP_HOSTS", "https://search.example.org", "settings"),
        ("DATELINE_RECALL", "99", "settings"),
        ("DATELINE_CACHE", __file__, "cache"),
        ("DATELINE_PASSAGE_TOKENS", "257", "model"),
        ("DATELINE_NLI", "/", "answers"),
        ("DATELINE_LLM_BASE_URL", "foo", "answers"),
    ],
)
def test_doctor_finds_what_serving_or_indexing_would_refuse(
    monkeypatch: pytest.MonkeyPatch,
    model_cache: Path,
    tmp_path: Path,
    name: str,
    value: str,
    told: str,
) -> None:
    monkeypatch.setenv("DATELINE_CACHE", str(model_cache))
    if name == "DATELINE_LLM_BASE_URL":
        monkeypatch.setenv("DATELINE_LLM_MODEL", "any")
    monkeypatch.setenv(name, value)
    [finding] = (finding for finding in examine(tmp_path) if finding.name == told)
    assert not finding.passed
    assert name in finding.detail or value in finding.detail


def test_doctor_looks_at_the_index_whatever_the_settings(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    settings = {**environment, "DATELINE_RECALL": "99"}
    shown = dateline("doctor", "--index", seeds_index, env=settings, code=1).stdout
    assert "mend settings     DATELINE_RECALL must be a number from 0 to 1" in shown
    assert "ok   index" in shown


def test_doctor_finds_a_file_that_changed_on_the_disk(
    seeds_index: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    index = shutil.copytree(seeds_index, tmp_path / "index")
    [vectors] = index.glob("segments/*/vectors.faiss")
    contents = vectors.read_bytes()
    vectors.write_bytes(contents[:-1] + bytes([contents[-1] ^ 1]))
    shown = dateline("doctor", "--index", index, env=environment, code=1).stdout
    assert "vectors.faiss" in shown
    assert "is not what was written" in shown


def test_doctor_finds_an_export_that_changed_on_the_disk(
    seeds_index: Path, environment: dict[str, str], model_cache: Path, tmp_path: Path
) -> None:
    cache = shutil.copytree(model_cache, tmp_path / "cache")
    [weights] = cache.glob(f"models/*/{QUERY_WEIGHTS}")
    weights.write_bytes(bytes(weights.stat().st_size))
    settings = {**environment, "DATELINE_CACHE": str(cache)}
    for command in ("doctor", "verify"):
        shown = dateline(command, "--index", seeds_index, env=settings, code=1).stdout
        assert "mend index model" in shown
        assert f"{QUERY_WEIGHTS} is not what was" in shown
    done = dateline("search", "ferries", "--index", seeds_index, env=settings, code=1)
    assert "delete that directory, and it is exported again" in done.stderr


@pytest.mark.parametrize(
    "command", ["", "index", "watch", "serve", "search", "why-not", "doctor", "evaluate", "fit"]
)
def test_every_command_explains_itself(command: str, environment: dict[str, str]) -> None:
    assert "Usage:" in dateline(*command.split(), "--help", env=environment).stdout


def test_the_sample_queries_find_their_articles(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    """A smoke evaluation: most judged queries have a judged article among the first three hits."""
    queries = map(json.loads, (SEEDS / "queries.jsonl").read_text().splitlines())
    wanted: dict[str, set[str]] = {}
    for line in (SEEDS / "qrels.tsv").read_text().splitlines()[1:]:
        query_id, article_id, _ = line.split("\t")
        wanted.setdefault(query_id, set()).add(article_id)
    with serving(seeds_index, environment) as server:
        found = {
            query["_id"]: {
                hit["article"]["id"]
                for hit in server.get("/search", q=query["text"], limit="3").json["hits"]
            }
            for query in queries
        }
    answered = [query_id for query_id in wanted if wanted[query_id] & found[query_id]]
    assert len(answered) >= 0.9 * len(wanted), sorted(wanted.keys() - set(answered))
