"""`POST /citations/resolve` over HTTP."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from flask.testing import FlaskClient

from indexer.engines.local import LocalEngine
from tests.http.newsroom import DEFENCE, go_on, publish

QUOTE = "Deployments along the Nansei island chain were on the table."
START = DEFENCE.text.index(QUOTE)
SAVED = {
    "article_id": DEFENCE.id,
    "start": START,
    "end": START + len(QUOTE),
    "quote": QUOTE,
    "sha256": sha256(QUOTE.encode()).hexdigest(),
}


def test_a_citation_given_out_by_a_search_is_exact(client: FlaskClient) -> None:
    [hit] = client.get("/search", query_string={"q": QUOTE, "limit": 1}).get_json()["hits"]
    passage = hit["passage"]
    saved = {
        "article_id": hit["article"]["id"],
        "start": passage["start"],
        "end": passage["end"],
        "quote": passage["text"],
    }
    answer = client.post("/citations/resolve", json=saved).get_json()
    assert answer["status"] == "exact"
    assert (answer["start"], answer["end"], answer["text"]) == (
        passage["start"],
        passage["end"],
        passage["text"],
    )


def test_it_survives_a_corrected_article_and_tells_of_a_withdrawn_one(
    index: LocalEngine, waiting: FlaskClient
) -> None:
    publish(index, DEFENCE)
    assert waiting.post("/citations/resolve", json=SAVED).get_json()["status"] == "exact"

    corrected = replace(DEFENCE, text=f"CORRECTED to add a name.\n{DEFENCE.text}")
    publish(index, corrected)
    go_on(waiting)
    moved = waiting.post("/citations/resolve", json=SAVED).get_json()
    assert (moved["status"], moved["text"], moved["places"]) == ("moved", QUOTE, 1)
    assert corrected.text[moved["start"] : moved["end"]] == QUOTE
    assert moved["sha256"] == SAVED["sha256"]

    changed = {**SAVED, "article_id": "never-was"}
    gone = waiting.post("/citations/resolve", json=changed).get_json()
    assert (gone["status"], gone["start"], gone["text"], gone["article"]) == (
        "gone",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"end": START}, "#/end"),
        ({"quote": "Other words."}, "#/quote"),
        ({"sha256": "0" * 64}, "#/sha256"),
        ({"sha256": "short"}, "#/sha256"),
        ({"start": -1}, "#/start"),
        ({"quote": 7}, "#/quote"),
    ],
)
def test_what_never_was_a_citation_is_refused(
    client: FlaskClient, change: dict[str, object], pointer: str
) -> None:
    refused = client.post("/citations/resolve", json={**SAVED, **change})
    assert refused.status_code == 422
    assert pointer in [error["pointer"] for error in refused.get_json()["errors"]]


def test_either_the_text_or_its_digest_is_needed(client: FlaskClient) -> None:
    bare = {name: SAVED[name] for name in ("article_id", "start", "end")}
    refused = client.post("/citations/resolve", json=bare)
    assert refused.get_json()["errors"][0]["pointer"] == "#/quote"
    by_digest = client.post("/citations/resolve", json={**bare, "sha256": SAVED["sha256"]})
    assert by_digest.get_json()["status"] == "exact"
