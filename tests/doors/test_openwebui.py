"""The web search of Open WebUI, asked as Open WebUI asks."""

from __future__ import annotations

import json
from urllib.request import urlopen

from tests.processes import Server

QUESTION = "Nansei island chain deployments"


def search(served: Server, **body: object) -> list[dict[str, str]]:
    """The results; Open WebUI sends its key along, which is not looked at."""
    answer = served.send("POST", "/openwebui/search", "any-key", body)
    assert answer.status == 200
    results: list[dict[str, str]] = answer.json
    return results


def test_results_are_the_articles_that_answer(served: Server) -> None:
    hits = served.get("/search", q=QUESTION, collapse="article", limit="3").json["hits"]
    assert search(served, query=QUESTION, count=3) == [
        {
            "link": hit["article"]["url"],
            "title": hit["article"]["title"],
            "snippet": hit["passage"]["text"],
        }
        for hit in hits
    ]


def test_what_nothing_answers_has_no_results(served: Server) -> None:
    assert search(served, query="price of unobtainium futures on Mars", count=3) == []


def test_an_article_without_an_address_is_read_here(served: Server) -> None:
    listed = served.get("/articles", limit="100").json["articles"]
    bare = next(article for article in listed if article["url"] is None)
    found = search(served, query=f"{bare['title']}", count=10)
    [link] = [each["link"] for each in found if each["title"] == bare["title"]]
    assert link.startswith(served.url)
    with urlopen(link, timeout=60) as response:
        assert json.load(response)["id"] == bare["id"]


def test_more_than_there_can_be_are_as_many_as_there_are(served: Server) -> None:
    assert len(search(served, query=QUESTION, count=1000)) > 3


def test_what_open_webui_may_add_one_day_is_let_pass(served: Server) -> None:
    assert search(served, query=QUESTION, count=2, user="x") == search(
        served, query=QUESTION, count=2
    )


def test_a_request_that_makes_no_sense_is_a_problem(served: Server) -> None:
    answer = served.send("POST", "/openwebui/search", "any-key", {"query": " ", "count": 0})
    assert answer.status == 422
    assert "Must not be empty" in answer.json["detail"]
