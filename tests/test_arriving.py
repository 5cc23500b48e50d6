"""When a request has come so far that a thread can work on it."""

from __future__ import annotations

import pytest

from api.arriving import LARGE_BODY, LONGEST_HEAD, LONGEST_LINE, has_arrived, is_endless

GET = b"GET /search?q=ferry HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /search HTTP/1.1\r\nHost: localhost\r\n"


def test_a_request_without_a_body_has_arrived_with_its_headers() -> None:
    assert not any(has_arrived(GET[:length]) for length in range(len(GET)))
    assert has_arrived(GET)
    assert has_arrived(GET * 2)


@pytest.mark.parametrize("name", [b"Content-Length:", b"content-length: ", b"CONTENT-LENGTH:\t"])
def test_one_with_a_body_has_arrived_with_as_much_as_its_headers_say(name: bytes) -> None:
    whole = POST + name + b"4\r\n\r\n{  }"
    assert not any(has_arrived(whole[:length]) for length in range(len(whole)))
    assert has_arrived(whole)


def test_a_large_body_is_not_waited_for_to_its_end() -> None:
    head = POST + b"Content-Length: 10000000\r\n\r\n"
    assert not has_arrived(head + b"x" * (LARGE_BODY - 1))
    assert has_arrived(head + b"x" * LARGE_BODY)


@pytest.mark.parametrize(
    "header",
    [
        b"Transfer-Encoding: chunked",
        b"Content-Length: 9\r\nExpect: 100-continue",
        b"Content-Length: many",
        b"Content-Length: 99999999999999999999",
        b"X-Content-Length: 9",
    ],
)
def test_what_the_headers_do_not_tell_is_not_waited_for(header: bytes) -> None:
    assert has_arrived(POST + header + b"\r\n\r\n")


def test_a_first_line_without_an_end_is_refused_and_not_waited_for() -> None:
    assert not has_arrived(b"a" * LONGEST_LINE)
    assert has_arrived(b"a" * (LONGEST_LINE + 1))


def test_headers_are_waited_for_as_long_as_they_may_be() -> None:
    begun = POST + b"X-Long: "
    headers = begun + b"a" * (LONGEST_HEAD - len(begun))
    assert not has_arrived(headers)
    assert not is_endless(headers)
    assert is_endless(headers + b"a")
    assert not is_endless(headers + b"\r\n\r\n")
