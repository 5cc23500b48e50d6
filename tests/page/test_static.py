"""What is sent for the page: the policy, what may be kept, and nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

from api.ui.assets import assets
from tests.processes import Server

PAGES = ("/", "/docs")


def linked(server: Server, path: str) -> list[str]:
    """The files a page names."""
    return re.findall(r'(?:src|href)="(/static/[^"]+)"', server.get(path).body)


@pytest.mark.parametrize("path", [*PAGES, "/static/none/none.js"])
def test_no_code_runs_but_that_of_the_server(server: Server, path: str) -> None:
    headers = server.get(path).headers
    policy = dict(
        part.partition(" ")[::2] for part in headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_inline_code_and_names_no_other_site(server: Server, path: str) -> None:
    body = server.get(path).body
    assert re.findall(r"<script(?![^>]*\bsrc=)", body) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", body) == []
    assert re.findall(r"(?:https?:)?//[\w.]+", body) == []


def test_own_code_never_reads_a_text_as_html() -> None:
    code = [
        asset.body.decode()
        for name, asset in assets().by_name.items()
        if not name.startswith("swagger-ui/") and name.endswith(".js")
    ]
    assert len(code) > 10
    risky = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
    assert [text for text in code if re.search(risky, text)] == []


@pytest.mark.parametrize("path", PAGES)
def test_files_under_the_version_of_today_are_kept_for_good(server: Server, path: str) -> None:
    names = linked(server, path)
    assert len(names) >= 4
    for name in names:
        answer = server.get(name)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_file_under_another_version_is_asked_for_again(server: Server) -> None:
    answer = server.get("/static/0123456789abcdef/main.js")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_has_not_changed_is_not_sent_again(server: Server, path: str) -> None:
    tag = server.get(path).headers["ETag"]
    answer = server.request(path, {"If-None-Match": tag}, {})
    assert (answer.status, answer.body) == (304, "")
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("name", ["none.js", "../page.py", "..%2Fpage.py", "swagger-ui/x", "/"])
def test_nothing_is_sent_but_the_files_there_are(server: Server, name: str) -> None:
    answer = server.get(f"/static/{assets().version}/{name}")
    assert answer.status == 404
    assert answer.json["type"] == "urn:dateline:problem:unknown-route"


def test_without_javascript_the_page_says_what_to_do(server: Server) -> None:
    [words] = re.findall(r"<noscript>(.*?)</noscript>", server.get("/").body, re.DOTALL)
    assert "JavaScript" in words
    assert "/openapi.yaml" in words
