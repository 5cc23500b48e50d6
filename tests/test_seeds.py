"""The sample collection keeps what its README promises, read without Dateline's loaders."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import yaml

from indexer.loaders.identity import article_id_for_url

SEEDS = Path(__file__).parent.parent / "seeds"
FILES = sorted(path for path in (SEEDS / "articles").rglob("*") if path.is_file())
Record = dict[str, object]


def read(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return content.decode("cp1252" if path.name == "lake-ice.txt" else "utf-8")


def records(path: Path) -> list[Record]:
    """The metadata of the articles in one file; feeds and pages have none but their outlet."""
    text = read(path)
    if ".jsonl" in path.suffixes:
        return [json.loads(line) for line in text.splitlines()]
    if path.suffix == ".json":
        return list(json.loads(text))
    if text.startswith("---\n"):
        return [yaml.safe_load(text.split("---\n")[1])]
    return [{} for _ in range(text.count("<item>") + text.count("<entry>") or 1)]


ARTICLES = [(path.parent.name, record) for path in FILES for record in records(path)]
GIVEN_IDS = [str(record["id"]) for _, record in ARTICLES if "id" in record]


def queries() -> dict[str, str]:
    lines = (SEEDS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return {record["_id"]: record["text"] for record in map(json.loads, lines)}


def judgements() -> list[dict[str, str]]:
    with (SEEDS / "qrels.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_format_is_there() -> None:
    assert {"".join(path.suffixes) for path in FILES} == {
        ".atom", ".html", ".json", ".jsonl", ".jsonl.gz", ".md", ".rss", ".txt", ".xml",
    }  # fmt: skip


def test_there_are_as_many_articles_and_outlets_as_the_readme_says() -> None:
    assert len(ARTICLES) == 45
    assert len({outlet for outlet, _ in ARTICLES} - {"unsigned"}) == 11


def test_no_id_is_given_twice() -> None:
    assert [name for name, times in Counter(GIVEN_IDS).items() if times > 1] == []


def test_several_stories_are_told_by_several_outlets() -> None:
    outlets: dict[object, set[str]] = defaultdict(set)
    for outlet, record in ARTICLES:
        if "story" in record:
            outlets[record["story"]].add(outlet)
    assert len(outlets) >= 9
    assert sum(len(telling) > 1 for telling in outlets.values()) >= 4


def test_only_the_two_reports_of_the_visit_name_the_nansei_islands() -> None:
    naming = {path.relative_to(SEEDS / "articles").as_posix() for path in FILES
              if "Nansei" in read(path)}  # fmt: skip
    assert naming == {"meridian-wire/koizumi-pentagon.txt", "harbour-post/koizumi-washington.md"}


def test_every_outlet_keeps_its_own_addresses_on_a_domain_nobody_can_register() -> None:
    addresses = [str(record.get(key)) for _, record in ARTICLES for key in ("url", "webUrl", "link")
                 if key in record]  # fmt: skip
    assert len(addresses) == len(GIVEN_IDS)
    assert all(address.split("/")[2].endswith(".example") for address in addresses)


def test_queries_have_their_own_ids_and_words() -> None:
    lines = (SEEDS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(queries()) == len(lines) >= 26
    assert all(text.strip() for text in queries().values())


def test_judgements_grade_known_queries_once() -> None:
    pairs = [(row["query-id"], row["corpus-id"]) for row in judgements()]
    assert len(set(pairs)) == len(pairs)
    assert {query for query, _ in pairs} <= set(queries())
    assert {row["score"] for row in judgements()} == {"1", "2"}


def test_every_judged_id_is_given_by_a_file_or_derived_from_an_address_in_one() -> None:
    addresses = {
        address
        for path in FILES
        if path.suffix in {".html", ".rss", ".xml", ".atom"}
        for address in re.findall(r'https://[^"<]+', read(path))
    }
    known = {*GIVEN_IDS, *map(article_id_for_url, addresses)}
    assert {row["corpus-id"] for row in judgements()} <= known


def test_some_queries_have_no_answer() -> None:
    assert len(set(queries()) - {row["query-id"] for row in judgements()}) >= 4
