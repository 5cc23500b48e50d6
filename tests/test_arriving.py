"""When a request has come so far that a thread can work on it."""

from __future__ import annotations

import pytest

from api.arriving import (
    LARGE_BODY,
    LONGEST_HEAD,
    LONGEST_LINE,
    has_arrived,
    is_endless,
    without_expectation,
)

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


@pytest.mark.parametrize("end", [b"0\r\n\r\n", b"000 ;last\r\nDigest: x\r\n\r\n"])
def test_one_in_chunks_has_arrived_with_its_last_chunk(end: bytes) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    whole = head + b"4;a=b\r\n0\r\n\r\r\nA\r\n0123456789\r\n" + end
    assert not any(has_arrived(whole[:length]) for length in range(len(whole)))
    assert has_arrived(whole)


def test_large_chunks_are_not_waited_for_to_their_end() -> None:
    head = POST + b"Transfer-Encoding: gzip, chunked\r\n\r\nFFFFFF\r\n"
    assert not has_arrived(head + b"x" * (LARGE_BODY - 9))
    assert has_arrived(head + b"x" * LARGE_BODY)


@pytest.mark.parametrize("chunk", [b"-4\r\n", b"many\r\n", b"\r\n", b"123456789\r\n", b"1_0\r\n"])
def test_what_is_no_chunk_is_refused_and_not_waited_for(chunk: bytes) -> None:
    assert has_arrived(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n" + chunk)


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 9\r\nTransfer-Encoding: chunked",
        b"Content-Length: many",
        b"Content-Length: 99999999999999999999",
        b"X-Content-Length: 9",
    ],
)
def test_what_the_headers_do_not_tell_is_not_waited_for(header: bytes) -> None:
    assert has_arrived(POST + header + b"\r\n\r\n")


@pytest.mark.parametrize("wish", [b"Expect: 100-continue", b"EXPECT:100-Continue "])
def test_the_wish_to_be_told_to_go_on_is_heard_when_the_headers_have_come(wish: bytes) -> None:
    rest = b"\r\nContent-Length: 4\r\n\r\n{  }"
    asked = POST + wish + rest
    assert without_expectation(asked) == POST.removesuffix(b"\r\n") + rest
    assert without_expectation(b"\r\n" + asked) == b"\r\n" + POST.removesuffix(b"\r\n") + rest
    assert without_expectation(asked[:-6]) == asked[:-6]


@pytest.mark.parametrize(
    "asked",
    [
        GET,
        POST.replace(b"1.1", b"1.0") + b"Expect: 100-continue\r\n\r\n",
        POST + b"Expect: 100-continued\r\n\r\n",
        POST + b"X-Expect: 100-continue\r\n\r\n",
        POST + b"Content-Length: 30\r\n\r\n\r\nExpect: 100-continue\r\n\r\n",
    ],
)
def test_other_requests_are_left_as_they_are(asked: bytes) -> None:
    assert without_expectation(asked) == asked


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
