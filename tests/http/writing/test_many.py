"""Many articles in one request: read as they come, all of them taken or none."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from gunicorn.http.errors import NoMoreData

from api.settings import ApiSettings
from indexer.inbox import Inbox
from tests.http.problems import assert_problem
from tests.http.writing.desk import JSON, KEY, NDJSON, post, put, waiting_ids


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (JSON, '[{"id": "a", "text": "One."}, {"id": "b", "text": "Two."}]'),
        (JSON, '\ufeff [ {"id": "a", "text": "One."},\r\n\t{"id":"b","text":"Two."} ] '),
        (NDJSON, '{"id": "a", "text": "One."}\n{"id": "b", "text": "Two."}'),
        (NDJSON, '\n{"id": "a", "text": "One."}\r\n  \n{"id": "b", "text": "Two."}\n'),
    ],
)
def test_many_articles_come_as_an_array_or_line_by_line(
    client: FlaskClient, inbox: Inbox, kind: str, body: str
) -> None:
    response = post(client, body.encode(), kind)
    assert response.status_code == 202
    assert response.get_json()["counts"]["received"] == 2
    assert waiting_ids(inbox) == ["a", "b"]


def test_what_is_no_article_is_refused_by_itself_and_the_rest_goes_in(
    client: FlaskClient, inbox: Inbox
) -> None:
    body = [
        {"id": "a", "text": "One."},
        {"id": "b", "text": " ", "titel": "x", "published_at": "soon", "url": "ftp://x"},
        7,
        {"id": "c" * 300, "text": "Three."},
        {"id": "d", "text": "Four.", "metadata": [1]},
        {"id": "e\n", "text": "Five."},
    ]
    job = post(client, json.dumps(body)).get_json()
    assert waiting_ids(inbox) == ["a"]
    assert (job["counts"]["received"], job["counts"]["failed"]) == (6, 5)
    told = {failure["article_id"]: failure["reason"] for failure in job["failures"]}
    for part in ("entry 2: ", "text: Must not be empty.", "Did you mean `title`?"):
        assert part in told["b"]
    for part in ("published_at: Must be a date", "url: Must be an http or https address."):
        assert part in told["b"]
    assert told[None] == "entry 3: It is not an object with the fields of an article."
    assert "at most 256" in told["c" * 300]
    assert told["d"] == "entry 5: metadata: Must be an object."
    assert told["e\n"] == "entry 6: its id holds control characters."


def test_a_line_that_is_no_json_or_too_long_costs_only_itself(
    client: FlaskClient, inbox: Inbox
) -> None:
    lines = [
        '{"id": "a", "text": "One."}',
        "{",
        '{"text": "' + "x" * 3000 + '"}',
        '{"id": "\\ud800"}',
    ]
    body = "\n".join([*lines, '{"id": "b", "text": "Two."}', '{"text": "' + "y" * 3000])
    job = post(client, body, NDJSON).get_json()
    assert waiting_ids(inbox) == ["a", "b"]
    reasons = [failure["reason"] for failure in job["failures"]]
    assert reasons[0] == "line 2: It is not valid JSON in UTF-8."
    assert reasons[1] == reasons[3].replace("line 6", "line 3")
    assert reasons[1] == "line 3: It is longer than 2,048 bytes."
    assert reasons[2].startswith("line 4: ")


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "a", "text": "One."}',
        b'[{"id": "a", "text": "One."}',
        b'[{"id": "a", "text": "One."} {"id": "b", "text": "Two."}]',
        b'[{"id": "a", "text": "One."}] 7',
        b'[{"id": "a", "text": "One."},]',
        b'[{"id": "a", "text": "\xff"}]',
        b"[" * 100_000,
        b"",
        b"[]",
    ],
)
def test_of_a_body_that_is_no_array_nothing_is_taken(
    client: FlaskClient, inbox: Inbox, body: bytes
) -> None:
    assert_problem(post(client, body), 400, "malformed-request")
    assert waiting_ids(inbox) == []


@pytest.mark.parametrize("cut", [1, 5, 63])
def test_values_are_read_however_the_body_comes_in_pieces(
    client: FlaskClient, inbox: Inbox, cut: int
) -> None:
    class Slow(BytesIO):
        def readinto(self, buffer: Any) -> int:
            return super().readinto(memoryview(buffer)[:cut])

    articles = [{"id": f"a{n}", "text": "Zwölf 🛰 Boote."} for n in range(20)]
    response = client.post(
        "/articles",
        input_stream=Slow(json.dumps(articles, ensure_ascii=False).encode()),
        content_type=JSON,
        headers=KEY,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )
    assert response.status_code == 202
    assert waiting_ids(inbox) == [article["id"] for article in articles]


def test_a_large_body_is_larger_than_that_of_a_search_may_be(
    client: FlaskClient, settings: ApiSettings
) -> None:
    articles = [{"id": f"a{n}", "text": "The ferry left late. " * 60} for n in range(100)]
    body = json.dumps(articles).encode()
    assert settings.max_body_bytes < len(body) < settings.max_articles_bytes
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    for environ in ({}, chunked):
        response = client.post(
            "/articles",
            input_stream=BytesIO(body),
            content_type=JSON,
            headers=KEY,
            environ_overrides=environ or {"CONTENT_LENGTH": str(len(body))},
        )
        assert response.get_json()["counts"]["received"] == 100


@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_a_body_that_breaks_off_is_refused_whole(
    client: FlaskClient, inbox: Inbox, kind: str
) -> None:
    class Broken(BytesIO):
        def readinto(self, buffer: Any) -> int:
            length = super().readinto(buffer)
            if not length:
                raise NoMoreData
            return length

    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    response = client.post(
        "/articles",
        input_stream=Broken(b'{"id": "a", "text": "One."}\n'),
        content_type=kind,
        headers=KEY,
        environ_overrides=chunked,
    )
    assert_problem(response, 400, "malformed-request")
    short = client.post(
        "/articles",
        input_stream=BytesIO(b'{"id": "a", "text": "One."}\n'),
        content_type=NDJSON,
        headers=KEY,
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": "500"},
    )
    assert_problem(short, 400, "malformed-request")
    assert waiting_ids(inbox) == []


def test_a_body_that_is_too_large_is_refused_whole(client: FlaskClient, inbox: Inbox) -> None:
    line = b'{"id": "a", "text": "One."}\n'
    assert_problem(post(client, line * 10_000, NDJSON), 413, "body-too-large")
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    response = client.post(
        "/articles",
        input_stream=BytesIO(line * 10_000),
        content_type=NDJSON,
        headers=KEY,
        environ_overrides=chunked,
    )
    assert_problem(response, 413, "body-too-large")
    huge = json.dumps([{"text": "x" * 150_000}])
    assert_problem(post(client, huge), 413, "body-too-large")
    assert_problem(put(client, "a", {"text": "x" * 3000}), 413, "body-too-large")
    assert waiting_ids(inbox) == []


@pytest.mark.parametrize("letter", ["x", "報"])
def test_an_article_in_an_array_may_be_as_large_as_one_alone_and_no_larger(
    client: FlaskClient, inbox: Inbox, settings: ApiSettings, letter: str
) -> None:
    def of(size: int) -> bytes:
        begun = '{"id": "a", "text": "' + letter * 600
        return f'{begun}{"." * (size - len(begun.encode()) - 2)}"}}'.encode()

    largest, larger = of(settings.max_article_bytes), of(settings.max_article_bytes + 1)
    alone = client.put("/articles/a", data=larger, content_type=JSON, headers=KEY)
    last, first = b"[%b]" % larger, b'[%b, {"text": "One."}]' % larger
    for response in (alone, post(client, last), post(client, first)):
        assert_problem(response, 413, "body-too-large")
    assert waiting_ids(inbox) == []
    assert post(client, b'[ %b , {"id": "b", "text": "One."}]' % largest).status_code == 202
    assert waiting_ids(inbox) == ["a", "b"]


def test_another_media_type_is_refused(client: FlaskClient) -> None:
    assert_problem(post(client, "a,b", "text/csv"), 415, "unsupported-media-type")
    response = client.put("/articles/a", data="{}", content_type="text/plain", headers=KEY)
    assert_problem(response, 415, "unsupported-media-type")
