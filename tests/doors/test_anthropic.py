"""Hits as content blocks that Anthropic's models cite."""

from __future__ import annotations

from typing import Any

from tests.processes import Server

QUESTION = "Nansei island chain deployments"


def blocks(served: Server, **asked: str) -> dict[str, Any]:
    answer: dict[str, Any] = served.get(
        "/search", **{"q": QUESTION, "format": "anthropic", **asked}
    ).json
    return answer


def test_a_block_has_the_members_that_the_api_takes_and_no_other(served: Server) -> None:
    content = blocks(served)["content"]
    assert content
    for block in content:
        assert block.keys() == {"type", "source", "title", "content", "citations"}
        assert block["type"] == "search_result"
        assert block["citations"] == {"enabled": True}
        assert block["source"]
        assert block["title"]
        assert block["content"]
        for text in block["content"]:
            assert text.keys() == {"type", "text"}
            assert text["type"] == "text"
            assert text["text"].strip()


def test_blocks_are_the_hits_of_the_search(served: Server) -> None:
    hits = served.get("/search", q=QUESTION).json["hits"]
    answer = blocks(served)
    assert [place["passage_id"] for place in answer["places"]] == [
        hit["passage"]["id"] for hit in hits
    ]
    assert [block["source"] for block in answer["content"]] == [
        hit["article"]["url"] for hit in hits
    ]
    for hit, block in zip(hits, answer["content"], strict=True):
        texts = "".join(text["text"] for text in block["content"])
        assert "".join(texts.split()) == "".join(hit["passage"]["text"].split())


def test_each_text_stands_where_its_place_says(served: Server) -> None:
    answer = blocks(served, limit="20")
    for block, place in zip(answer["content"], answer["places"], strict=True):
        text = served.get(f"/articles/{place['article_id']}").json["text"]
        spans = place["sentences"]
        assert [text[start:end] for start, end in spans] == [
            each["text"] for each in block["content"]
        ]


def test_what_nothing_answers_has_no_blocks(served: Server) -> None:
    answer = blocks(served, q="price of unobtainium futures on Mars")
    assert answer["content"] == []
    assert answer["answerable"] is False
    assert answer["reason"] == "below_threshold"


def test_pages_and_tags_are_those_of_any_search(served: Server) -> None:
    first = blocks(served, limit="2")
    second = blocks(served, limit="2", cursor=first["next_cursor"])
    four = blocks(served, limit="4")["places"]
    assert first["places"] + second["places"] == four
    asked = {"q": QUESTION, "format": "anthropic"}
    tag = served.get("/search", **asked).headers["ETag"]
    assert served.request("/search", {"If-None-Match": tag}, asked).status == 304
    assert served.request("/search", {"If-None-Match": tag}, {"q": QUESTION}).status == 200


def test_there_is_no_other_format(served: Server) -> None:
    answer = served.get("/search", q=QUESTION, format="xml")
    assert answer.status == 422
    assert "json, anthropic" in answer.json["detail"]
