"""The benchmarks measure what they say: their corpora, their witness and their clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Thread

import numpy as np
import pytest

from bench.corpus import Recombination, corpus
from bench.load import load
from bench.questions import questions
from bench.texts import Piece, Texts
from bench.timing import spread
from bench.witness import Version, look_through
from indexer.documents import Article, Passage, Span
from tests.conftest import SEEDS

DIMENSION = 16


@pytest.fixture(scope="module")
def texts() -> Texts:
    """Forty passages of two sentences each, in two languages."""
    chance = np.random.default_rng(3)
    vectors = chance.standard_normal((120, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pieces = [_piece(number) for number in range(40)]
    first = np.arange(0, 82, 2)
    return Texts(pieces, vectors[:40], vectors[40:], np.full(80, 12), first)


def _piece(number: int) -> Piece:
    text = f"Gate {number} was opened. Crew {number} went home."
    article = Article(
        f"a{number}", f"Gate {number} opens", text, language="en" if number % 2 else "de"
    )
    end = text.index(".") + 1
    spans = (Span(0, end), Span(end + 1, len(text)))
    return Piece(article, Passage(f"a{number}#0", article.id, text, 0, len(text)), text, spans)


def test_made_up_articles_keep_the_offset_law(texts: Texts) -> None:
    for entry in islice(Recombination(texts).entries(), 50):
        for passage, sentences in zip(entry.passages, entry.sentences, strict=True):
            assert entry.article.text[passage.start : passage.end] == passage.text
            assert all(
                span.of(passage.text).startswith(("Gate", "Crew")) for span in sentences.spans
            )
            assert len(sentences.signs) == len(sentences.spans)


def test_a_made_up_article_is_the_same_whenever_it_is_made(texts: Texts) -> None:
    alone = Recombination(texts).entry(7)
    among = next(islice(Recombination(texts).entries(), 7, None))
    assert among.article == alone.article
    assert among.passages == alone.passages
    np.testing.assert_array_equal(among.vectors, alone.vectors)


def test_made_up_vectors_have_length_one(texts: Texts) -> None:
    vectors = Recombination(texts).entry(3).vectors
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_a_small_corpus_is_real(texts: Texts) -> None:
    real = {piece.passage.text for piece in texts.pieces}
    assert {p.text for entry in corpus(texts, 40) for p in entry.passages} == real


def test_a_large_corpus_has_as_many_passages_as_asked_for(texts: Texts) -> None:
    assert 500 <= sum(len(entry.passages) for entry in corpus(texts, 500)) < 509


def test_no_question_is_asked_twice() -> None:
    asked = questions([SEEDS], 300)
    assert len(set(asked)) == 300


OLD = Version("live-1", 1, ("Who won?", "Where did it rain?"))
NEW = Version("live-1", 2, ("Who lost?", "Where was it dry?"))


def answer(*hits: tuple[str, Version], generation: str = "000001-aa") -> bytes:
    """An answer whose hits have the title and the whole text of versions."""
    found = [
        {
            "article": {"id": version.article_id, "title": title},
            "passage": {"text": version.text, "start": 0, "end": len(version.text)},
        }
        for title, version in hits
    ]
    return json.dumps({"generation": generation, "hits": found}).encode()


def test_answers_of_one_version_each_are_in_order() -> None:
    before = answer((OLD.title, OLD), (OLD.title, OLD))
    after = answer((NEW.title, NEW), generation="000002-bb")
    seen = look_through([before, before, after], [OLD, NEW])
    assert (seen.answers, seen.hits, seen.generations) == (3, 5, 2)
    assert (seen.mixed, seen.contradicting, seen.nameless) == (0, 0, 0)


def test_two_versions_of_an_article_in_one_answer_are_noticed() -> None:
    assert look_through([answer((OLD.title, OLD), (NEW.title, NEW))], [OLD, NEW]).mixed == 1


def test_a_title_over_another_versions_text_is_noticed() -> None:
    assert look_through([answer((OLD.title, NEW))], [OLD, NEW]).mixed == 1


def test_a_generation_that_shows_another_version_later_is_noticed() -> None:
    bodies = [answer((OLD.title, OLD)), answer((NEW.title, NEW))]
    assert look_through(bodies, [OLD, NEW]).contradicting == 1


def test_an_answer_without_a_generation_is_noticed() -> None:
    assert look_through([answer(generation="")], [OLD]).nameless == 1


class Fickle(BaseHTTPRequestHandler):
    """Answers 200, closes the connection after that, or answers 503, as the path says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", "2")
        if self.path == "/closing":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Fickle) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_load_counts_what_is_no_answer(port: int) -> None:
    done = load(port, ["/", "/busy"], connections=2, seconds=0.3)
    assert done.failed > 0
    assert abs(done.failed - len(done.milliseconds)) <= 2


def test_a_load_goes_on_when_the_server_closes_connections(port: int) -> None:
    done = load(port, ["/closing"], connections=2, seconds=0.3)
    assert done.failed == 0
    assert len(done.milliseconds) > 2


def test_a_spread_is_made_of_the_values() -> None:
    found = spread(list(range(101)))
    assert (found.p50, found.p95, found.p99, found.count) == (50, 95, 99, 101)
