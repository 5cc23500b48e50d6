"""The OpenAPI document: committed, valid, complete, and true."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import openapi
from api.errors import PROBLEMS

COMMITTED = Path(__file__).parents[2] / "openapi.yaml"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMMITTED.read_text("utf-8"))
    return loaded


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from (operation for name, operation in path.items() if name != "parameters")


def parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.get("parameters", [])
    for operation in operations(document):
        yield from operation.get("parameters", [])


def test_the_committed_document_is_the_one_the_schemas_make(
    capsys: pytest.CaptureFixture[str],
) -> None:
    openapi.main()
    assert capsys.readouterr().out == COMMITTED.read_text("utf-8"), "run `make openapi`"


def test_the_server_serves_the_committed_document(client: FlaskClient) -> None:
    response = client.get("/openapi.yaml")
    assert response.mimetype == "application/yaml"
    assert response.text == COMMITTED.read_text("utf-8")


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_every_field_is_described_and_has_an_example_or_fields_of_its_own(
    document: dict[str, Any],
) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, meaning in schema["properties"].items():
            assert meaning.get("description"), f"{name}.{field}"
            nested = "$ref" in str([meaning, meaning.get("items"), meaning.get("anyOf")])
            assert nested or meaning.get("examples"), f"{name}.{field}"


def test_every_parameter_is_described_and_has_an_example(document: dict[str, Any]) -> None:
    for parameter in parameters(document):
        assert parameter["description"], parameter["name"]
        assert parameter["schema"]["examples"], parameter["name"]


def test_every_operation_has_an_id_a_summary_and_its_problems(document: dict[str, Any]) -> None:
    for operation in operations(document):
        assert operation["operationId"]
        assert operation["summary"]
        assert {"200", "405", "500"} <= operation["responses"].keys()


def test_every_operation_that_writes_says_that_it_needs_a_key(document: dict[str, Any]) -> None:
    [scheme] = document["components"]["securitySchemes"]
    writing = [op for op in operations(document) if "401" in op["responses"]]
    assert {op["operationId"] for op in writing} == {
        "putArticle",
        "putArticles",
        "withdrawArticle",
        "getJob",
    }
    for operation in writing:
        assert operation["security"] == [{scheme: []}]
        assert "403" in operation["responses"]


def test_every_problem_is_shown_by_an_example(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"].values()
    shown = {
        example["value"]["type"]
        for response in responses
        for example in response["content"]["application/problem+json"]["examples"].values()
    }
    assert shown == {problem.type for problem in PROBLEMS.values()}


def test_filters_are_repeated_in_a_url_and_a_string_or_an_array_in_a_body(
    document: dict[str, Any],
) -> None:
    by_name = {found["name"]: found for found in document["paths"]["/search"]["get"]["parameters"]}
    assert by_name["source"]["explode"] is True
    assert by_name["source"]["schema"]["type"] == "array"
    body = document["components"]["schemas"]["SearchBody"]["properties"]
    assert body["source"]["type"] == ["string", "array"]


def test_a_real_answer_has_the_fields_the_document_promises(
    client: FlaskClient, document: dict[str, Any]
) -> None:
    schemas = document["components"]["schemas"]
    body = client.get("/search?q=island").get_json()
    hit = body["hits"][0]
    assert set(body) == set(schemas["SearchResponse"]["required"])
    assert set(hit) == set(schemas["Hit"]["required"])
    assert set(hit["article"]) == set(schemas["ArticleSummary"]["required"])
    article = client.get("/articles/flood").get_json()
    assert set(article) == set(schemas["Article"]["required"])


def test_one_query_or_several_make_a_body_and_one_answer_or_several_its_answer(
    document: dict[str, Any],
) -> None:
    post = document["paths"]["/search"]["post"]
    body = post["requestBody"]["content"]["application/json"]
    answer = post["responses"]["200"]["content"]["application/json"]
    for content, names in (
        (body, ("SearchBody", "SearchBatch")),
        (answer, ("SearchResponse", "BatchResponse")),
    ):
        assert content["schema"]["oneOf"] == [
            {"$ref": f"#/components/schemas/{name}"} for name in names
        ]
        assert set(content["examples"]) == {"one", "several"}


@pytest.mark.parametrize("example", ["one", "several"])
def test_the_example_of_a_body_is_one_that_is_answered(
    client: FlaskClient, document: dict[str, Any], example: str
) -> None:
    post = document["paths"]["/search"]["post"]
    body = post["requestBody"]["content"]["application/json"]["examples"][example]["value"]
    answer = post["responses"]["200"]["content"]["application/json"]["examples"][example]["value"]
    response = client.post("/search", json=body)
    assert response.status_code == 200
    assert set(response.get_json()) == set(answer)


def test_a_real_answer_has_what_was_asked_for_beside_what_is_required(
    client: FlaskClient, document: dict[str, Any]
) -> None:
    schemas = document["components"]["schemas"]
    body = client.get("/search?q=island&facets=source&collapse=article&explain=true").get_json()
    hit = body["hits"][0]
    assert set(body) == set(schemas["SearchResponse"]["properties"])
    assert set(hit) == set(schemas["Hit"]["properties"])
    assert set(hit["explanation"]) == set(schemas["Explanation"]["required"])
    assert set(hit["explanation"]["signals"][0]) == set(schemas["Signal"]["required"])
    near = client.get("/articles/flood/similar").get_json()
    assert set(near) == set(schemas["Neighbours"]["required"])
    assert set(near["hits"][0]) == set(schemas["Neighbour"]["required"])
    asked = {"query": "river", "article_id": "flood"}
    told = client.post("/search/why-not", json=asked).get_json()
    assert set(told) == set(schemas["WhyNot"]["required"])


def test_the_document_names_no_server_of_ours(document: dict[str, Any]) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]
