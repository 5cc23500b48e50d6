"""`dateline evaluate`, run as a user runs it, on collections small enough to know by heart."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import ir_measures
import pytest
from click.testing import CliRunner

from api.cli import main
from api.search.weights import Weights
from tests.processes import dateline

ARTICLES = {
    "ferry": "The ferry to the islands was late, because the crew had gone on strike.",
    "flood": "The river rose above the quay, and cellars in the old town filled with water.",
    "vote": "Parliament voted for the budget after a debate that went on until midnight.",
    "harvest": "Growers expect half of the usual harvest of apples after the frost in April.",
}
QUERIES = {
    "q1": "sailors refusing work",
    "q2": "high water in the streets",
    "q3": "midnight debate in parliament",
    "q4": "a question nobody judged",
}
RELEVANT = {"q1": "ferry", "q2": "flood", "q3": "vote"}


def write_collection(directory: Path, prefix: str = "") -> Path:
    """The collection above, its queries' ids beginning with `prefix`."""
    directory.mkdir()
    articles = [{"_id": id_, "title": "", "text": text} for id_, text in ARTICLES.items()]
    queries = [{"_id": prefix + id_, "text": text} for id_, text in QUERIES.items()]
    for name, records in (("corpus.jsonl", articles), ("queries.jsonl", queries)):
        (directory / name).write_text("".join(json.dumps(record) + "\n" for record in records))
    judged = "".join(f"{prefix}{query_id}\t{id_}\t1\n" for query_id, id_ in RELEVANT.items())
    (directory / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    return directory


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "harbour")


def test_every_arm_and_the_chain_stand_side_by_side(
    harbour: Path, environment: dict[str, str]
) -> None:
    done = dateline("evaluate", harbour, env=environment)
    title, heads, _, lexical, dense, chain, compared, *_ = done.stdout.splitlines()
    assert title == "harbour: 3 queries, 4 articles, 4 passages"
    assert heads.split() == ["nDCG@10", "R@10", "R@100", "RR@10"]
    # Each query's one relevant article is first by meaning; q1 has not a word in common with it.
    assert dense.split() == ["dense", *["1.0000"] * 4]
    assert lexical.split() == ["lexical", *["0.6667"] * 4]
    assert chain.split()[0] == "chain"
    assert compared.startswith("chain − dense: ")
    assert "Called unanswerable, though each has an answer: " in done.stdout
    assert "harbour: indexing" in done.stderr
    assert "Read 4 articles" in done.stderr


def test_json_has_the_figures_of_every_collection(
    harbour: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    other = write_collection(tmp_path / "quay", prefix="o")
    done = dateline("evaluate", harbour, other, "--json", env=environment)
    figures = json.loads(done.stdout)
    assert [found["name"] for found in figures["collections"]] == ["harbour", "quay"]
    first = figures["collections"][0]
    assert (first["queries"], first["articles"], first["passages"]) == (3, 4, 4)
    assert list(first["arms"]) == ["lexical", "dense", "chain"]
    assert first["arms"]["dense"] == {"nDCG@10": 1, "R@10": 1, "R@100": 1, "RR@10": 1}
    assert first["arms"]["lexical"]["nDCG@10"] == pytest.approx(2 / 3, abs=1e-6)
    assert first["comparison"]["against"] == "dense"
    assert first["comparison"]["measure"] == "nDCG@10"
    assert figures["mean"] == first["arms"]
    # q1, whose answer has not a word of it, is not believed to have one.
    assert first["refused"] == pytest.approx(1 / 3, abs=1e-6)


def test_other_fusions_stand_beside_the_chain(
    harbour: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    options = ("--fusion", "rrf", "--fusion", "convex", "--plot", str(tmp_path / "arms.png"))
    done = dateline("evaluate", harbour, *options, env=environment)
    assert "chain − rrf: " in done.stdout
    assert "chain − convex: " in done.stdout
    assert (tmp_path / "arms.png").read_bytes().startswith(b"\x89PNG")
    figures = json.loads(dateline("evaluate", harbour, *options, "--json", env=environment).stdout)
    [found] = figures["collections"]
    assert list(found["arms"]) == ["lexical", "dense", "chain", "rrf", "convex"]
    assert [compared["against"] for compared in found["fusions"]] == ["rrf", "convex"]


def test_of_a_model_that_is_not_calibrated_nobody_knows_what_it_refuses(
    harbour: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    weights = tmp_path / "weights.json"
    weights.write_text(replace(Weights.read(), model="another").to_json())
    done = dateline("evaluate", harbour, env={**environment, "DATELINE_WEIGHTS": str(weights)})
    assert "nDCG@10" in done.stdout
    assert "unanswerable" not in done.stdout


def test_losses_name_the_query_and_both_values(harbour: Path, environment: dict[str, str]) -> None:
    # Judged so that words must win: only they lead from the query to this article.
    (harbour / "qrels.tsv").write_text("q1\tvote\t1\n")
    (harbour / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "until the boat and the harbour ferry and the ships"}\n'
    )
    figures = json.loads(dateline("evaluate", harbour, "--json", env=environment).stdout)
    [found] = figures["collections"]
    [loss] = found["losses"]
    assert (loss["query_id"], loss["text"][:5]) == ("q1", "until")
    best = found["arms"][found["comparison"]["against"]]["nDCG@10"]
    assert loss["arm"] == pytest.approx(best, abs=1e-6)
    assert loss["chain"] == pytest.approx(found["arms"]["chain"]["nDCG@10"], abs=1e-6)
    shown = dateline("evaluate", harbour, "--losses", "1", env=environment).stdout
    assert "until the boat" in shown
    assert "until" not in dateline("evaluate", harbour, "--losses", "0", env=environment).stdout


def test_a_second_run_encodes_nothing_and_prints_the_same(
    harbour: Path, environment: dict[str, str]
) -> None:
    first = dateline("evaluate", harbour, env=environment)
    second = dateline("evaluate", harbour, env=environment)
    assert ": 0 encoded, " in second.stderr
    assert second.stdout == first.stdout


def test_the_run_holds_the_chain_and_gives_the_figures_printed(
    harbour: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    run = tmp_path / "run.txt"
    done = dateline("evaluate", harbour, "--json", "--run", run, env=environment)
    lines = [line.split() for line in run.read_text().splitlines()]
    assert {line[0] for line in lines} == set(RELEVANT)
    assert {(line[1], line[5]) for line in lines} == {("Q0", "dateline")}
    assert [line[3] for line in lines if line[0] == "q1"] == ["1", "2", "3", "4"]
    judged = [ir_measures.Qrel(query_id, id_, 1) for query_id, id_ in RELEVANT.items()]
    measures = [ir_measures.nDCG @ 10, ir_measures.RR @ 10]
    found = ir_measures.calc_aggregate(measures, judged, ir_measures.read_trec_run(str(run)))
    chain = json.loads(done.stdout)["collections"][0]["arms"]["chain"]
    assert {str(name): value for name, value in found.items()} == {
        name: pytest.approx(chain[name], abs=1e-6) for name in ("nDCG@10", "RR@10")
    }


def test_a_file_that_cannot_be_written_costs_no_figures(
    harbour: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    run = tmp_path / "nowhere" / "run.txt"
    refused = dateline("evaluate", harbour, "--run", run, env=environment, code=1)
    assert "harbour: 3 queries" in refused.stdout
    assert "No such file or directory" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_one_run_cannot_hold_two_collections_with_the_same_queries(
    harbour: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    other = write_collection(tmp_path / "quay")
    run = tmp_path / "run.txt"
    refused = dateline("evaluate", harbour, other, "--run", run, env=environment, code=1)
    assert "harbour and quay both have a query 'q1'" in refused.stderr


@pytest.mark.parametrize("others", [[], ["quay"]])
def test_the_plot_is_a_png(
    harbour: Path, tmp_path: Path, environment: dict[str, str], others: list[str]
) -> None:
    directories = [harbour, *(write_collection(tmp_path / name) for name in others)]
    plot = tmp_path / "plot.png"
    dateline("evaluate", *directories, "--plot", plot, env=environment)
    assert plot.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_articles_of_any_kind_may_take_the_place_of_the_corpus(
    harbour: Path, environment: dict[str, str]
) -> None:
    (harbour / "articles").mkdir()
    (harbour / "corpus.jsonl").rename(harbour / "articles" / "all.jsonl")
    assert "4 articles" in dateline("evaluate", harbour, env=environment).stdout


def test_relevant_articles_that_are_not_there_are_told(
    harbour: Path, environment: dict[str, str]
) -> None:
    with (harbour / "qrels.tsv").open("a") as file:
        file.write("q1\tlost\t1\nq1\tunjudged\t0\n")
    done = dateline("evaluate", harbour, "--json", env=environment)
    assert "1 of 4 relevant ones (lost)" in done.stderr
    [found] = json.loads(done.stdout)["collections"]
    assert found["arms"]["dense"]["R@100"] == pytest.approx((1 / 2 + 1 + 1) / 3, abs=1e-6)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(harbour: Path, environment: dict[str, str], name: str) -> None:
    (harbour / name).unlink()
    refused = dateline("evaluate", harbour, env=environment, code=1)
    assert name in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_collection_must_be_named(tmp_path: Path, environment: dict[str, str]) -> None:
    dateline("evaluate", env=environment, code=2)
    options = ("--chunking", tmp_path, "--run", tmp_path / "run.txt")
    assert "Name a collection" in dateline("evaluate", *options, env=environment, code=2).stderr


@pytest.mark.parametrize(
    ("missing", "options"), [("ir_measures", []), ("matplotlib", ["--plot", "plot.png"])]
)
def test_without_its_packages_it_says_what_to_install(
    harbour: Path, monkeypatch: pytest.MonkeyPatch, missing: str, options: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.chdir(harbour)
    refused = CliRunner().invoke(main, ["evaluate", str(harbour), *options])
    assert refused.exit_code == 1
    assert f"({missing}): pip install 'dateline[evaluate]'" in refused.output


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    """A chunking benchmark of two corpora, each one passage long, and a question to each."""
    directory = tmp_path / "benchmark"
    (directory / "corpora").mkdir(parents=True)
    (directory / "corpora" / "sea.md").write_text(ARTICLES["ferry"])
    (directory / "corpora" / "town.md").write_text(ARTICLES["vote"])
    questions = [
        {
            "text": text,
            "corpus_id": corpus,
            "references": [{"start_index": start, "end_index": end}],
        }
        for text, corpus, start, end in (
            ("Why was the ferry late?", "sea", 36, 71),
            ("What was voted for?", "town", 21, 31),
        )
    ]
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    (directory / "questions.jsonl").write_text(lines)
    return directory


def test_chunking_is_measured_by_characters(benchmark: Path, environment: dict[str, str]) -> None:
    done = dateline("evaluate", "--chunking", benchmark, "--json", env=environment)
    figures = json.loads(done.stdout)
    length = len(ARTICLES["ferry"]) + len(ARTICLES["vote"])
    assert figures["collections"] == []
    found = figures["chunking"]
    assert (found["questions"], found["passages"], found["retrieved"]) == (2, 2, 5)
    assert found["mean_characters"] == length / 2
    # Both passages are retrieved for each question, and hold answers of 35 and 10 characters.
    assert found["recall"] == found["recall_in_read"] == 1
    assert found["precision"] == pytest.approx((35 + 10) / length / 2, abs=1e-6)
    assert found["iou"] == found["precision"]
    omega = (35 / len(ARTICLES["ferry"]) + 10 / len(ARTICLES["vote"])) / 2
    assert found["precision_omega"] == pytest.approx(omega, abs=1e-6)


def test_chunking_is_shown_as_a_table(benchmark: Path, environment: dict[str, str]) -> None:
    shown = dateline("evaluate", "--chunking", benchmark, env=environment).stdout
    assert "2 questions, 2 passages of 73 characters" in shown
    assert "5 retrieved" in shown
    assert "1.0000" in shown


def test_a_benchmark_without_the_corpus_of_a_question_is_refused(
    benchmark: Path, environment: dict[str, str]
) -> None:
    (benchmark / "corpora" / "sea.md").unlink()
    refused = dateline("evaluate", "--chunking", benchmark, env=environment, code=1)
    assert "has no sea.md" in refused.stderr
