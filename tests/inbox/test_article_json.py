"""Articles as JSON and back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from indexer.article_json import from_json, to_json
from indexer.documents import Article

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
moments = st.none() | st.datetimes(
    datetime(1900, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))),
)
articles = st.builds(
    Article,
    id=texts,
    title=texts,
    text=texts,
    source=st.none() | texts,
    url=st.none() | texts,
    authors=st.lists(texts, max_size=3).map(tuple),
    published_at=moments,
    updated_at=moments,
    section=st.none() | texts,
    language=st.none() | texts,
    dateline=st.none() | texts,
    title_inferred=st.booleans(),
    metadata=st.dictionaries(texts, json_values, max_size=3),
)


@given(articles)
def test_an_article_comes_back_from_json_exactly(written: Article) -> None:
    read = from_json(to_json(written))
    assert read == written
    assert to_json(read) == to_json(written)
