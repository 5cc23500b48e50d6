"""`POST /verify` over HTTP: what it answers, and what it makes of citations that do not hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.grounding.numbered import digest_of
from api.grounding.pieces import LONGEST
from indexer.engines.local import LocalEngine
from tests.http.newsroom import DEFENCE, FLOOD, go_on, publish

Sentence = dict[str, Any]
CITED = "Deployments along the Nansei island chain were on the table."
START = DEFENCE.text.index(CITED)
SPAN: dict[str, Any] = {"start": START, "end": START + len(CITED)}


def verify(client: FlaskClient, answer: str, *citations: dict[str, Any]) -> list[Sentence]:
    response = client.post("/verify", json={"answer": answer, "citations": citations})
    assert response.status_code == 200, response.get_json()
    sentences: list[Sentence] = response.get_json()["sentences"]
    return sentences


def cite(article_id: str = DEFENCE.id, **members: Any) -> dict[str, Any]:
    return {"article_id": article_id, **members}


def test_a_sentence_comes_with_its_place_and_the_evidence_with_its(client: FlaskClient) -> None:
    answer = f"🛰 Hello! {CITED} [1]"
    _, sentence = verify(client, answer, cite())
    assert sentence["text"] == answer[sentence["start"] : sentence["end"]] == f"{CITED} [1]"
    assert sentence["verdict"] == "supported"
    assert 0.5 < sentence["support"] <= 1
    assert sentence["problems"] == []
    assert sentence["evidence"][0] == {
        "n": 1,
        "article_id": DEFENCE.id,
        "title": DEFENCE.title,
        "source": "Meridian Wire",
        **SPAN,
        "text": CITED,
        "sha256": digest_of(CITED),
    }


def test_the_generation_is_named(client: FlaskClient) -> None:
    answered = client.post("/verify", json={"answer": CITED}).get_json()
    assert answered["generation"] == client.get("/search?q=islands").get_json()["generation"]


def test_where_an_answer_has_markers_a_claim_without_one_is_uncited(client: FlaskClient) -> None:
    cited, uncited = verify(client, f"{CITED} [1] A drill follows in March.", cite())
    assert cited["verdict"] == "supported"
    assert (uncited["verdict"], uncited["support"]) == ("uncited", None)
    assert "A drill follows in March." in uncited["evidence"][0]["text"]


def test_without_markers_every_sentence_is_held_against_every_citation(client: FlaskClient) -> None:
    found = verify(client, f"{CITED} The river rose in the night.", cite(), cite(FLOOD.id))
    assert [each["verdict"] for each in found] == ["supported", "supported"]
    assert [each["evidence"][0]["n"] for each in found] == [1, 2]


def test_a_marker_means_its_own_citation_only(client: FlaskClient) -> None:
    [found] = verify(client, f"{CITED} [2]", cite(), cite(FLOOD.id))
    assert found["verdict"] == "unsupported"
    assert {each["article_id"] for each in found["evidence"]} == {FLOOD.id}


def test_numbers_of_citations_are_those_given_or_their_places(client: FlaskClient) -> None:
    given = verify(client, f"{CITED} [7]", cite(n=7))
    assert given[0]["evidence"][0]["n"] == 7
    assert given[0]["verdict"] == "supported"


def test_without_citations_evidence_is_looked_up(client: FlaskClient) -> None:
    [found] = client.post("/verify", json={"answer": CITED}).get_json()["sentences"]
    assert found["verdict"] == "supported"
    assert found["evidence"][0]["article_id"] == DEFENCE.id
    assert found["evidence"][0]["n"] is None


def test_a_span_is_all_that_is_cited(client: FlaskClient) -> None:
    inside, outside = verify(client, f"{CITED} Neither side gave numbers.", cite(**SPAN))
    assert inside["verdict"] == "supported"
    assert outside["verdict"] == "unsupported"
    assert [each["text"] for each in outside["evidence"]] == [CITED]


def test_a_passage_is_cited_by_its_id(client: FlaskClient) -> None:
    [found] = verify(client, "Neither side gave numbers.", cite(passage_id=f"{DEFENCE.id}#2"))
    assert found["verdict"] == "supported"


def test_an_altered_figure_is_told(client: FlaskClient) -> None:
    [found] = verify(client, "The two ministers met on Friday. [1]", cite())
    assert found["verdict"] == "contradicted"
    assert "The date Friday is not in the source, which has Thursday." in found["problems"]


@pytest.mark.parametrize(
    ("citation", "problem"),
    [
        (cite("gone"), "The article of citation 1 is not in the index."),
        (cite(passage_id="flood#0"), "The passage of citation 1 is not in its article."),
        (
            cite(start=0, end=100_000),
            "The span of citation 1 is not in its article, which is shorter.",
        ),
    ],
)
def test_a_citation_that_leads_nowhere_is_a_problem_of_its_sentences(
    client: FlaskClient, citation: dict[str, Any], problem: str
) -> None:
    found, other = verify(client, f"{CITED} [1] The river rose [2].", citation, cite(FLOOD.id))
    assert (found["verdict"], found["problems"]) == ("unsupported", [problem])
    assert found["evidence"] == []
    assert other["problems"] == []


def test_a_text_that_has_changed_is_a_problem_and_checked_as_it_is_today(
    client: FlaskClient,
) -> None:
    [found] = verify(client, f"{CITED} [1]", cite(**SPAN, sha256="0" * 64))
    assert found["verdict"] == "supported"
    assert found["problems"] == ["The text that citation 1 names has changed since it was cited."]


def test_the_digest_of_what_is_cited_holds(client: FlaskClient) -> None:
    [found] = verify(client, f"{CITED} [1]", cite(**SPAN, sha256=digest_of(CITED)))
    assert found["problems"] == []


def test_a_marker_without_a_citation_is_a_problem(client: FlaskClient) -> None:
    [found] = verify(client, f"{CITED} [3]", cite())
    assert found["verdict"] == "uncited"
    assert found["problems"] == ["There is no citation with the number 3."]


def test_what_claims_nothing_is_not_accused(client: FlaskClient) -> None:
    greeting, question = verify(client, "Hello! Did they meet in Kyoto?", cite())
    for found in (greeting, question):
        assert (found["verdict"], found["support"], found["evidence"]) == ("supported", None, [])


def test_an_answer_that_cites_nothing_at_all_is_uncited(client: FlaskClient) -> None:
    [found] = verify(client, CITED)
    assert found["verdict"] == "uncited"


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "answer"),
        ({"answer": " "}, "answer"),
        ({"answer": "a" * 20_001}, "answer"),
        ({"answer": "It rose. " * 101}, "answer"),
        ({"answer": "a", "citations": {}}, "citations"),
        ({"answer": "a", "citations": [{}]}, "citations/0/article_id"),
        ({"answer": "a", "citations": [cite(start=1)]}, "citations/0/end"),
        ({"answer": "a", "citations": [cite(end=1)]}, "citations/0/start"),
        ({"answer": "a", "citations": [cite(start=2, end=2)]}, "citations/0/end"),
        ({"answer": "a", "citations": [cite(sha256="abc")]}, "citations/0/sha256"),
        ({"answer": "a", "citations": [cite(n=0)]}, "citations/0/n"),
        ({"answer": "a", "citations": [cite(n=2), cite()]}, "citations"),
        ({"answer": "a", "citations": [cite()] * 65}, "citations"),
        ({"answer": "a", "claims": []}, "claims"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(
    client: FlaskClient, body: dict[str, Any], member: str
) -> None:
    response = client.post("/verify", json=body)
    assert response.status_code == 422
    assert f"#/{member}" in [error["pointer"] for error in response.get_json()["errors"]]


def test_what_claims_nothing_does_not_count_towards_the_most_sentences(client: FlaskClient) -> None:
    assert len(verify(client, "It rose. " * 100 + "Did it? " * 20, cite())) == 120


def test_more_than_can_be_read_is_refused_and_less_of_the_same_is_not(
    index: LocalEngine, waiting: FlaskClient
) -> None:
    publish(index, replace(FLOOD, id="long", text=("The river rose. " * 1_000).strip()))
    go_on(waiting)
    cited = [cite("long")] * 62
    refused = waiting.post("/verify", json={"answer": "It rose.", "citations": cited})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.get_json()["errors"]] == ["#/citations"]
    [found] = verify(waiting, "The river rose. [62]", *cited[1:], cite("long", start=0, end=15))
    assert found["verdict"] == "supported"


def test_evidence_from_a_text_without_full_stops_is_a_piece_of_it(
    index: LocalEngine, waiting: FlaskClient
) -> None:
    text = "河川水位上涨" * 1_000
    publish(index, replace(FLOOD, id="endless", text=text, language="zh"))
    go_on(waiting)
    [found] = verify(waiting, "河川水位上涨。", cite("endless"))
    assert found["evidence"]
    for evidence in found["evidence"]:
        assert len(evidence["text"]) <= LONGEST
        assert evidence["text"] == text[evidence["start"] : evidence["end"]]


@pytest.mark.parametrize(
    "answer", ["[1]", "\u202e[999]", "“" * 50, "1" * 4000, "Ⅷ ½ 一二三 ٣٥٪ 5.", "- \n# \n* x"]
)
def test_no_text_is_too_odd(client: FlaskClient, answer: str) -> None:
    assert len(verify(client, answer, cite())) >= 1
