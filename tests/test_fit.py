"""`dateline fit`, run as a user runs it, on two collections that know nothing of each other."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import main
from api.search.weights import Weights
from tests.processes import dateline

HARBOUR = {
    "ferry": (
        "The ferry to the islands was late, because the crew had gone on strike.",
        "Why was the ferry late?",
    ),
    "flood": (
        "The river rose above the quay, and cellars in the old town filled with water.",
        "Where did cellars fill with water?",
    ),
    "crane": (
        "A crane dropped a container on the pier, and nobody was hurt.",
        "What fell on the pier?",
    ),
    "eel": (
        "Fishers may not catch eels before March, the ministry has decided.",
        "When may fishers catch eels again?",
    ),
}
ORCHARD = {
    "frost": (
        "Growers expect half of the usual harvest of apples after the frost in April.",
        "How many apples do growers expect?",
    ),
    "bees": (
        "Beekeepers lent three hundred hives to the orchards for a fortnight.",
        "How many hives did beekeepers lend?",
    ),
    "cider": (
        "The cider press in the valley has been sold to a brewer from abroad.",
        "Who bought the cider press?",
    ),
    "wasps": (
        "Wasps ruined most of the plums, and no jam will be made this year.",
        "What ruined the plums?",
    ),
}
OBST = {
    "frost": (
        "Nach dem Frost im April rechnen die Bauern mit der Hälfte der Äpfel.",
        "Womit rechnen die Bauern nach dem Frost?",
    ),
    "bienen": (
        "Imker haben den Gärten dreihundert Völker für zwei Wochen geliehen.",
        "Wie viele Völker haben die Imker geliehen?",
    ),
    "most": (
        "Die Mosterei im Tal gehört nun einer Brauerei aus dem Ausland.",
        "Wem gehört die Mosterei im Tal?",
    ),
    "wespen": (
        "Wespen haben die meisten Pflaumen verdorben, und niemand kocht Mus.",
        "Was haben die Wespen verdorben?",
    ),
}


def write_collection(directory: Path, content: dict[str, tuple[str, str]]) -> Path:
    """Each article with the question it answers."""
    directory.mkdir()
    articles = [{"_id": id_, "title": "", "text": text} for id_, (text, _) in content.items()]
    queries = [{"_id": f"q-{id_}", "text": question} for id_, (_, question) in content.items()]
    for name, records in (("corpus.jsonl", articles), ("queries.jsonl", queries)):
        (directory / name).write_text("".join(json.dumps(record) + "\n" for record in records))
    judged = "".join(f"q-{id_}\t{id_}\t1\n" for id_ in content)
    (directory / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged)
    return directory


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "harbour-en", HARBOUR)


@pytest.fixture
def orchard(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "orchard-en", ORCHARD)


@pytest.fixture
def obst(tmp_path: Path) -> Path:
    return write_collection(tmp_path / "obst-de", OBST)


def answerable(question: str, index: Path, environment: dict[str, str]) -> bool:
    found = dateline("search", question, "--index", index, "--json", env=environment)
    told: bool = json.loads(found.stdout)["answerable"]
    return told


def test_the_weights_written_serve(
    harbour: Path, orchard: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    out, index = tmp_path / "weights.json", tmp_path / "index"
    done = dateline("fit", harbour, orchard, "--out", out, "--version", "mine", env=environment)
    weights = Weights.read(out)
    assert (weights.version, weights.model) == ("mine", Weights.read().model)
    assert "Refused though there is an answer: 0.0%" in done.stdout
    dateline("index", harbour / "corpus.jsonl", "--index", index, env=environment)
    served = {**environment, "DATELINE_WEIGHTS": str(out)}
    assert answerable("Why was the ferry late?", index, served)
    assert not answerable("How many hives did beekeepers lend?", index, served)


def test_figures_for_programs_are_complete(
    harbour: Path, orchard: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    out = tmp_path / "weights.json"
    options = ("--out", out, "--json", "--size", "0.4")
    figures = json.loads(dateline("fit", harbour, orchard, *options, env=environment).stdout)
    written = Weights.read(out)
    # Of the day, unless told otherwise; midnight may pass meanwhile.
    today = datetime.now(UTC).date()
    assert written.version in {today.isoformat(), (today - timedelta(days=1)).isoformat()}
    assert (figures["version"], figures["model"]) == (written.version, written.model)
    assert figures["weights"] == written.layered
    assert figures["left_out"].keys() == {"harbour", "orchard"}
    # Every question has words of its one answer.
    assert [found["fitted"] for found in figures["ranking"].values()] == [1, 1]
    assert figures["answerability"].keys() == {"hybrid", "dense", "lexical"}
    for mode, found in figures["answerability"].items():
        assert found["calibration"]["size"] == 0.4
        assert found["calibration"]["threshold"] == written.calibrations[mode].threshold
        assert found["collections"].keys() == {"harbour-en", "orchard-en"}
        assert sum(bin_["share"] for bin_ in found["reliability"]) == pytest.approx(1, abs=1e-4)
    hybrid = figures["answerability"]["hybrid"]["collections"]["harbour-en"]
    shares = ("false_rejects", "here", "elsewhere", "same_language")
    assert [hybrid[share] for share in shares] == [0, 0, 0, 0]


def test_what_could_not_be_measured_is_left_open(
    harbour: Path, obst: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    with (obst / "qrels.tsv").open("a") as file:
        file.write("q-most\tlost\t2\nq-frost\twespen\t1\n")
    options = ("--out", tmp_path / "weights.json", "--plot", tmp_path / "plot.png")
    done = dateline("fit", harbour, obst, *options, env=environment)
    assert "Read 4 articles" in done.stderr
    assert "1 of 5 relevant ones (lost)" in done.stderr
    # No question was put to articles in its own language.
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("obst-de")]
    assert [line[4] for line in lines[1:]] == ["–"] * 3
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    figures = ("--json", "--out", tmp_path / "again.json")
    told = json.loads(dateline("fit", harbour, obst, *figures, env=environment).stdout)
    assert told["answerability"]["hybrid"]["collections"]["obst-de"]["same_language"] is None
    # What is fitted to is what is measured.
    evaluated = json.loads(dateline("evaluate", obst, "--json", env=environment).stdout)
    arms = evaluated["collections"][0]["arms"]
    ranked = told["ranking"]["obst-de"]
    for name, arm in (("lexical", "lexical"), ("dense", "dense"), ("before", "chain")):
        assert ranked[name] == pytest.approx(arms[arm]["nDCG@10"], abs=1e-5)
    assert ranked["dense"] < 1
    assert (tmp_path / "again.json").read_text() == (tmp_path / "weights.json").read_text()


def test_one_family_alone_has_no_strangers(
    harbour: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    twin = write_collection(tmp_path / "harbour-de", HARBOUR)
    out = tmp_path / "weights.json"
    refused = dateline("fit", harbour, twin, "--out", out, env=environment, code=1)
    assert "two families" in refused.stderr
    assert not out.exists()


def test_a_collection_without_its_answers_is_named(
    harbour: Path, orchard: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    (orchard / "qrels.tsv").write_text("q-frost\tlost\t1\n")
    options = ("--out", tmp_path / "weights.json")
    refused = dateline("fit", harbour, orchard, *options, env=environment, code=1)
    assert "orchard-en has none of the articles" in refused.stderr


def test_two_collections_of_one_name_cannot_be_told_apart(
    harbour: Path, orchard: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "other").mkdir()
    same = write_collection(tmp_path / "other" / "harbour-en", ORCHARD)
    options = ("--out", tmp_path / "weights.json")
    refused = dateline("fit", harbour, orchard, same, *options, env=environment, code=1)
    assert "Two collections are called harbour-en" in refused.stderr


@pytest.mark.parametrize(
    ("missing", "options"), [("scipy", []), ("matplotlib", ["--plot", "plot.png"])]
)
def test_without_its_packages_it_says_what_to_install(
    harbour: Path, monkeypatch: pytest.MonkeyPatch, missing: str, options: list[str]
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.chdir(harbour)
    refused = CliRunner().invoke(main, ["fit", str(harbour), "--out", "weights.json", *options])
    assert refused.exit_code == 1
    assert f"({missing}): pip install 'dateline[evaluate]'" in refused.output
