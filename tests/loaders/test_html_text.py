"""Plain paragraphs out of HTML fragments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.loaders.html_text import plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<div><h2>Head</h2>\n <p>One  <b>bold</b>\nword.</p></div>", "Head\n\nOne bold word."),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("A<script>x = '<p>'</script><style>p {}</style>B", "AB"),
        ("fish &amp; chips &lt;hot&gt; <i>now</i>", "fish & chips <hot> now"),
        ("no tags &amp; two\n\nparagraphs ", "no tags & two\n\nparagraphs"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("</script>stray<p>end", "stray\n\nend"),
        ("<p><![if !mso]>One<![endif]> <!-- two --> three<?x y?></p>", "One three"),
        ("", ""),
    ],
)
def test_a_reader_sees_the_words_and_the_paragraphs(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@given(st.text())
def test_any_markup_is_read(markup: str) -> None:
    text = plain_text(f"<p>{markup}")

    assert text == text.strip()
    assert "\n\n\n" not in text


def test_tags_left_open_cost_no_time() -> None:
    assert plain_text("<p>" + "<a " * 20_000 + "<!--" * 20_000) == ""
