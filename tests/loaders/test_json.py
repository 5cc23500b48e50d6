"""JSON files, under the names outlets and news APIs use."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.documents import Json
from indexer.loaders import Severity
from indexer.loaders.records import split_authors
from tests.loaders.reading import Read, read

TEXT = "The port reopened on Monday after a week of storms, the harbour master said."


def read_one(folder: Path, **fields: Json) -> Read:
    return read(folder, "a.json", json.dumps({"text": TEXT, "title": "Port"} | fields))


@pytest.mark.parametrize("name", ["content", "body", "text", "description", "summary"])
def test_the_text_goes_by_many_names(tmp_path: Path, name: str) -> None:
    article = read(tmp_path, "a.json", json.dumps({name: TEXT, "title": "T"})).article

    assert article.text == TEXT
    assert article.metadata == {}


def test_a_summary_beside_the_text_is_metadata(tmp_path: Path) -> None:
    assert read_one(tmp_path, summary="In short.").article.metadata == {"summary": "In short."}


@pytest.mark.parametrize("name", ["title", "headline", "webTitle"])
def test_the_title_goes_by_many_names(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, "a.json", json.dumps({name: "T", "text": TEXT})).article.title == "T"


@pytest.mark.parametrize("name", ["publishedAt", "published_at", "date", "webPublicationDate"])
def test_the_date_goes_by_many_names(tmp_path: Path, name: str) -> None:
    article = read_one(tmp_path, **{name: "2026-01-05"}).article

    assert article.published_at == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", ["updatedAt", "updated_at"])
def test_the_update_goes_by_many_names(tmp_path: Path, name: str) -> None:
    article = read_one(tmp_path, **{name: "2026-01-05"}).article

    assert article.updated_at == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "fields",
    [
        {"source": "Ledger"},
        {"source": {"name": "Ledger"}},
        {"source.name": "Ledger"},
        {"publisher": "Ledger"},
        {"publisher": {"name": "Ledger"}},
        {"source": " ", "publisher": "Ledger"},
    ],
)
def test_the_source_goes_by_many_names(tmp_path: Path, fields: dict[str, Json]) -> None:
    assert read_one(tmp_path, **fields).article.source == "Ledger"


def test_what_else_a_source_says_is_metadata(tmp_path: Path) -> None:
    article = read_one(tmp_path, source={"id": "pl", "name": "Ledger"}).article

    assert article.source == "Ledger"
    assert article.metadata == {"source": {"id": "pl"}}


@pytest.mark.parametrize(
    "fields",
    [
        {"byline": "By Ann Lee and Bo Ek"},
        {"author": "Ann Lee, Bo Ek"},
        {"authors": ["Ann Lee", "Bo Ek"]},
        {"authors": [{"name": "Ann Lee"}, {"name": "Bo Ek"}]},
        {"author": "Ann Lee & Bo Ek"},
        {"author": None, "authors": "Ann Lee; Bo Ek"},
    ],
)
def test_authors_are_named_in_many_ways(tmp_path: Path, fields: dict[str, Json]) -> None:
    assert read_one(tmp_path, **fields).article.authors == ("Ann Lee", "Bo Ek")


def test_one_author_may_be_an_object(tmp_path: Path) -> None:
    assert read_one(tmp_path, author={"name": "Ann Lee"}).article.authors == ("Ann Lee",)


def test_an_author_without_a_name_is_reported_and_kept_as_metadata(tmp_path: Path) -> None:
    bob: Json = {"firstName": "Bob", "lastName": "Ray"}

    result = read_one(tmp_path, authors=[{"name": "Ann Lee"}, bob, {"name": "Bo Ek"}])

    assert result.articles[0].authors == ("Ann Lee", "Bo Ek")
    assert result.articles[0].metadata == {"authors": [bob]}
    assert result.problems[0].severity is Severity.WARNING
    assert result.problems[0].reason == "some of its authors have no name; kept as metadata"


@pytest.mark.parametrize("authors", [[{"first": "Bob"}], {"original": "By Ann Lee"}, 42])
def test_authors_without_any_name_are_reported(tmp_path: Path, authors: Json) -> None:
    result = read_one(tmp_path, authors=authors)

    assert result.articles[0].metadata == {"authors": authors}
    assert result.problems[0].reason == "its authors have no name; kept as metadata"


def test_authors_may_stand_under_the_second_of_two_names(tmp_path: Path) -> None:
    article = read_one(tmp_path, byline={"original": "By Ann Lee"}, author="Ann Lee").article

    assert article.authors == ("Ann Lee",)
    assert article.metadata == {"byline": {"original": "By Ann Lee"}}


@pytest.mark.parametrize("author", [None, "", [], [None], {}, {"name": None}, [{"name": ""}]])
def test_an_author_left_blank_is_no_problem(tmp_path: Path, author: Json) -> None:
    assert read_one(tmp_path, author=author).article.authors == ()


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ann Lee, Bo Ek and Cy Day", ("Ann Lee", "Bo Ek", "Cy Day")),
        ("Ann Lee, Bo Ek, and Cy Day", ("Ann Lee", "Bo Ek", "Cy Day")),
        ("Sam Day, Jr. and Bo Ek", ("Sam Day, Jr.", "Bo Ek")),
        ("Alexander Band", ("Alexander Band",)),
        ("BY  ANN  LEE", ("ANN LEE",)),
        ("Byron Ek", ("Byron Ek",)),
        ("", ()),
    ],
)
def test_a_byline_is_split_into_names(byline: str, names: tuple[str, ...]) -> None:
    assert split_authors(byline) == names


@pytest.mark.parametrize("name", ["url", "link", "webUrl"])
def test_the_address_goes_by_many_names(tmp_path: Path, name: str) -> None:
    article = read_one(tmp_path, **{name: "https://ledger.example/port"}).article

    assert article.url == "https://ledger.example/port"
    assert article.id.startswith("port-")


@pytest.mark.parametrize("name", ["section", "sectionName", "category"])
def test_the_section_goes_by_many_names(tmp_path: Path, name: str) -> None:
    assert read_one(tmp_path, **{name: "World"}).article.section == "World"


@pytest.mark.parametrize("name", ["language", "lang"])
def test_a_given_language_is_kept_as_given(tmp_path: Path, name: str) -> None:
    assert read_one(tmp_path, **{name: "en-GB"}).article.language == "en-GB"


@pytest.mark.parametrize("name", ["language", "lang"])
def test_an_underscore_in_a_language_is_read_as_a_hyphen(tmp_path: Path, name: str) -> None:
    assert read_one(tmp_path, **{name: "zh_Hans_CN"}).article.language == "zh-Hans-CN"


@pytest.mark.parametrize("fields", [{"id": "p-1"}, {"_id": "p-1"}, {"id": None, "_id": "p-1"}])
def test_a_given_id_is_kept(tmp_path: Path, fields: dict[str, Json]) -> None:
    assert read_one(tmp_path, **fields).article.id == "p-1"


def test_a_number_is_an_id(tmp_path: Path) -> None:
    assert read_one(tmp_path, id=42).article.id == "42"


def test_other_keys_are_metadata(tmp_path: Path) -> None:
    extra: dict[str, Json] = {"words": 14, "tags": ["port"], "paid": False, "geo": {"lat": 1.5}}

    assert read_one(tmp_path, **extra).article.metadata == extra


def test_a_field_of_a_strange_kind_is_reported_and_kept_as_metadata(tmp_path: Path) -> None:
    result = read_one(tmp_path, section=["World", "Asia"], language=True)

    assert result.articles[0].section is None
    assert result.articles[0].metadata == {"section": ["World", "Asia"], "language": True}
    assert [problem.severity for problem in result.problems] == [Severity.WARNING] * 2
    assert result.problems[0].reason == "its section is not text; it was kept as metadata"


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.md", "a.txt"])
def test_a_bad_byte_is_reported_and_the_rest_is_read(tmp_path: Path, name: str) -> None:
    text = "Für die größte Überschwemmung am Rhein brauchten die Bürger Hilfe. #"
    written = f'{{"text": "{text}"}}' if "json" in name else text

    result = read(tmp_path, name, written.encode().replace(b"#", b"\xe9"))

    assert result.articles[0].text == text.replace("#", "\ufffd")
    assert [problem.severity for problem in result.problems] == [Severity.WARNING]
    assert "(0xE9) is not UTF-8" in result.problems[0].reason


@pytest.mark.parametrize("field", ["publishedAt", "updatedAt"])
def test_an_unreadable_date_is_reported_and_left_null(tmp_path: Path, field: str) -> None:
    result = read_one(tmp_path, **{field: "03/04/2026"})

    (article,), (problem,) = result.articles, result.problems
    assert (article.published_at, article.updated_at) == (None, None)
    assert problem.severity is Severity.WARNING
    assert "'03/04/2026' is no date that can be read for certain" in problem.reason


def test_a_text_of_a_strange_kind_is_named_in_the_problem(tmp_path: Path) -> None:
    problem = read(tmp_path, "a.json", json.dumps({"content": [{"p": "One."}]})).problem

    assert problem.reason.startswith("it holds no text; its content is not text")


def test_a_body_of_a_strange_kind_is_reported_though_there_is_a_summary(tmp_path: Path) -> None:
    body = {"rendered": "<p>One.</p>"}

    result = read(tmp_path, "a.json", json.dumps({"content": body, "summary": TEXT}))

    assert (result.articles[0].text, result.articles[0].metadata) == (TEXT, {"content": body})
    assert result.problems[0].severity is Severity.WARNING
    assert result.problems[0].reason == "its content is not text; it was kept as metadata"


@pytest.mark.parametrize("name", ["content", "body", "text"])
def test_a_list_of_paragraphs_is_the_text(tmp_path: Path, name: str) -> None:
    record = {name: ["One.", None, " ", "Two."], "summary": "In short."}

    article = read(tmp_path, "a.json", json.dumps(record)).article

    assert article.text == "One.\n\nTwo."
    assert article.metadata == {"summary": "In short."}


@pytest.mark.parametrize("metadata", [{"words": 14}, 14])
def test_metadata_of_a_record_is_metadata_of_the_article(tmp_path: Path, metadata: Json) -> None:
    article = read_one(tmp_path, metadata=metadata, desk="Asia").article

    assert article.metadata["desk"] == "Asia"
    assert article.metadata["words" if metadata != 14 else "metadata"] == 14


def test_an_unreadable_address_is_reported_and_left_null(tmp_path: Path) -> None:
    result = read_one(tmp_path, url="javascript:alert(1)")

    assert result.articles[0].url is None
    assert "no http or https address" in result.problems[0].reason


@pytest.mark.parametrize(
    "wrapped",
    [
        '{"articles": [RECORD, RECORD]}',
        '{"status": "ok", "results": [RECORD, RECORD]}',
        '{"response": {"results": [RECORD, RECORD]}}',
        "[RECORD, RECORD]",
        "RECORD\nRECORD\n",
    ],
)
def test_arrays_come_bare_or_wrapped_or_as_lines(tmp_path: Path, wrapped: str) -> None:
    record = json.dumps({"title": "Port", "text": TEXT})

    result = read(tmp_path, "a.json", wrapped.replace("RECORD", record))

    assert [article.text for article in result.articles] == [TEXT, TEXT]
    assert len({article.id for article in result.articles}) == 2
    assert result.problems == []


@pytest.mark.parametrize("name", ["articles", "results", "response"])
@pytest.mark.parametrize("beside", [[], [{"id": "rel", "text": "An older story."}]])
def test_what_an_article_holds_beside_its_text_is_metadata(
    tmp_path: Path, name: str, beside: list[Json]
) -> None:
    held: Json = {"results": beside} if name == "response" else beside

    article = read_one(tmp_path, id="main", **{name: held}).article

    assert (article.id, article.text, article.metadata) == ("main", TEXT, {name: held})


def test_a_description_of_a_wrapper_is_not_the_article(tmp_path: Path) -> None:
    written = json.dumps({"description": "All the news.", "articles": [{"text": TEXT}]})

    assert read(tmp_path, "a.json", written).article.text == TEXT


def test_an_answer_of_the_guardian_is_read(tmp_path: Path) -> None:
    record = {
        "id": "world/2026/port",
        "webTitle": "Port reopens",
        "webUrl": "https://paper.example/port",
        "sectionName": "World",
        "webPublicationDate": "2026-01-05T06:00:00Z",
        "fields": {"bodyText": TEXT, "byline": "Ann Lee", "wordcount": "14"},
    }

    article = read(tmp_path, "a.json", json.dumps({"response": {"results": [record]}})).article

    assert (article.id, article.title, article.text) == ("world/2026/port", "Port reopens", TEXT)
    assert article.authors == ("Ann Lee",)
    assert article.metadata == {"fields": {"wordcount": "14"}}


def test_an_entry_that_is_no_object_costs_only_itself(tmp_path: Path) -> None:
    result = read(tmp_path, "a.json", json.dumps(["no", {"text": TEXT}]))

    assert [article.text for article in result.articles] == [TEXT]
    assert result.problems[0].where == f"{tmp_path / 'a.json'}, entry 1"


def test_an_entry_without_text_costs_only_itself(tmp_path: Path) -> None:
    result = read(tmp_path, "a.json", json.dumps([{"title": "T", "text": " \n"}, {"text": TEXT}]))

    assert len(result.articles) == 1
    assert result.problems[0].reason == "it holds no text"
    assert result.problems[0].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('{"text": ', "it is not JSON: Expecting value at line 1, column 10"),
        ("1" * 5000, "it is not JSON: a number has too many digits"),
        ("[" * 100_000, "nested too deeply"),
        ("42", "it is not an object with the fields of an article"),
        ('{"text": "a", "x": ' + "[" * 40 + "]" * 40 + "}", "nested more than 32 levels"),
        ('{"text": "a", "id": "' + "x" * 257 + '"}', "at most 256 are kept"),
    ],
)
def test_json_that_cannot_be_read_is_a_problem(tmp_path: Path, written: str, reason: str) -> None:
    assert reason in read(tmp_path, "a.json", written).problem.reason


def test_numbers_that_are_no_json_are_null(tmp_path: Path) -> None:
    written = '{"text": "' + TEXT + '", "author": NaN, "a": [Infinity, 1e999, 2.5]}'

    article = read(tmp_path, "a.json", written).article

    assert article.authors == ()
    assert article.metadata == {"a": [None, None, 2.5]}


def test_lone_surrogates_become_replacement_characters_one_for_one(tmp_path: Path) -> None:
    written = (
        r'{"id": "a\udc00", "title": "T\ud800", "text": "x\ud800\udc00y\udfffz",'
        r' "k": {"\ud800": ["\udfff"]}}'
    )

    article = read(tmp_path, "a.json", written).article

    assert (article.id, article.title, article.text) == ("a�", "T�", "x𐀀y�z")
    assert article.metadata == {"k": {"�": ["�"]}}


def test_a_text_stays_exactly_as_given(tmp_path: Path) -> None:
    text = "  One.\r\n\r\nTwo\u00a0three.\x00\x1b[1m \n"

    assert read_one(tmp_path, text=text).article.text == text


def test_short_fields_lose_control_characters(tmp_path: Path) -> None:
    article = read_one(tmp_path, title="Port\x1b[31m\n opens\u3000now", source="A\x00B").article

    assert (article.title, article.source) == ("Port [31m opens now", "A B")
