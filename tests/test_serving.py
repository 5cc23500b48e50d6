"""The whole, as its users see it: sample articles, the real model, gunicorn, HTTP."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from indexer.failpoints import WRITING
from tests.conftest import SEEDS
from tests.processes import Server, dateline, serving

QUESTION = "Nansei island chain deployments"


@pytest.fixture(scope="module")
def server(seeds_index: Path, environment: dict[str, str]) -> Iterator[Server]:
    with serving(seeds_index, environment, "--workers", "2") as server:
        yield server


def test_the_defence_story_comes_first_from_both_outlets(server: Server) -> None:
    hits = server.get("/search", q=QUESTION).json["hits"]
    assert {hit["article"]["id"] for hit in hits[:2]} == {
        "meridian-koizumi-pentagon",
        "harbour-koizumi-washington",
    }
    assert {hit["article"]["source"] for hit in hits[:2]} == {"Meridian Wire", "The Harbour Post"}
    assert all("Nansei" in hit["passage"]["text"] for hit in hits[:2])


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_hit_obeys_the_offset_law(server: Server, mode: str) -> None:
    for question in (QUESTION, "選挙", "Hochwasser am Rhein", "who won the cup final"):
        for hit in server.get("/search", q=question, mode=mode, limit="100").json["hits"]:
            text = server.get(f"/articles/{quote(hit['article']['id'])}").json["text"]
            passage = hit["passage"]
            assert text[passage["start"] : passage["end"]] == passage["text"]


def test_pages_cover_the_ranking_once(server: Server) -> None:
    ids: list[str] = []
    page = server.get("/search", q=QUESTION, limit="20").json
    while True:
        ids += [hit["passage"]["id"] for hit in page["hits"]]
        if page["next_cursor"] is None:
            break
        page = server.get("/search", q=QUESTION, limit="20", cursor=page["next_cursor"]).json
    assert len(ids) == len(set(ids)) == page["total"]["value"]


def test_an_answer_at_hand_is_not_sent_again(server: Server) -> None:
    tag = server.get("/search", q=QUESTION).headers["ETag"]
    again = server.request("/search", {"If-None-Match": tag}, {"q": QUESTION})
    assert (again.status, again.body) == (304, "")


def test_the_server_says_that_it_is_ready(server: Server) -> None:
    ready = server.get("/readyz").json
    assert ready["status"] == "ready"
    assert ready["articles"] >= 30


def test_serving_never_loads_torch(server: Server) -> None:
    server.get("/search", q=QUESTION)
    assert len(server.workers()) == 2
    for pid in server.workers():
        loaded = Path(f"/proc/{pid}/maps").read_text()
        assert "faiss" in loaded
        assert "torch" not in loaded


def test_nothing_is_kept_for_anybody_else(environment: dict[str, str], tmp_path: Path) -> None:
    article, home = tmp_path / "ferry.txt", tmp_path / "home"
    article.write_text("Ferry\n\nThe ferry left late.\n")
    home.mkdir()
    # onnxruntime would keep there what it has to tell its makers.
    env = {**environment, "HOME": str(home)}
    dateline("index", article, "--index", tmp_path / "index", env=env)
    dateline("search", "ferry", "--index", tmp_path / "index", env=env)
    assert list(home.iterdir()) == []


def test_a_worker_goes_on_sharing_what_its_master_has_loaded(
    seeds_index: Path, environment: dict[str, str]
) -> None:
    with serving(seeds_index, environment, "--workers", "1") as server:
        lines = Path(f"/proc/{server.pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    assert kilobytes["Shared_Dirty"] > kilobytes["Private_Dirty"]


def test_indexing_a_second_time_encodes_nothing_and_never_imports_torch(
    seeds_index: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    assert seeds_index.exists()
    script = f"""
import sys
from api.cli import main
main(["index", {str(SEEDS / "articles")!r}, "--index", {str(tmp_path)!r}], standalone_mode=False)
assert not {{"torch", "transformers", "sentence_transformers"}} & sys.modules.keys()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert ": 0 encoded, " in done.stderr


def write_articles(folder: Path, wording: str) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(3):
        text = f"The ferry to island {number} {wording}. Passengers waited on the pier."
        (folder / f"{number}.txt").write_text(f"Ferry report {number}\n\n{text}\n")


@pytest.mark.parametrize("failpoint", WRITING)
def test_killing_the_indexer_leaves_a_whole_generation_serving_and_the_next_run_clean(
    failpoint: str, environment: dict[str, str], tmp_path: Path
) -> None:
    articles, index = tmp_path / "articles", tmp_path / "index"
    write_articles(articles, "left late")
    dateline("index", articles, "--index", index, env=environment)
    with serving(index, environment) as server:
        before = server.get("/search", q="ferry").json
        write_articles(articles, "sank at dawn")
        dateline(
            *("index", articles, "--index", index),
            env={**environment, "DATELINE_FAILPOINT": failpoint},
            code=-signal.SIGKILL,
        )
        server.catch_up(index)
        after = server.get("/search", q="ferry").json
        if failpoint == "current-renamed":
            assert "sank at dawn" in after["hits"][0]["passage"]["text"]
        else:
            assert (after["generation"], after["hits"]) == (before["generation"], before["hits"])

        dateline("index", articles, "--index", index, env=environment)
        server.catch_up(index)
        clean = server.get("/search", q="ferry").json
        assert clean["total"]["value"] == 3
        assert all("sank at dawn" in hit["passage"]["text"] for hit in clean["hits"])
    left = [path.name for path in index.rglob(".draft")]
    assert left == []
