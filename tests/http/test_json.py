"""How values become bodies."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from api.app import Json

APP = Flask("tests")
JSON = Json(APP)
# Greater integers than 64 bits hold are JSON as well, and an article may come with one.
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def written(value: object) -> str:
    return JSON.response(value).get_data(as_text=True)


@given(VALUES)
def test_a_body_reads_as_what_was_written(value: Any) -> None:
    read = json.loads(written(value))
    assert read == value
    assert json.dumps(read) == json.dumps(value)  # Tells 1 from 1.0, and the order of members.


def test_a_value_nested_deeper_than_orjson_goes_is_written_all_the_same() -> None:
    value: list[Any] = []
    for _ in range(400):
        value = [value]
    assert json.loads(written(value)) == value


def test_members_keep_their_order_and_text_is_not_escaped() -> None:
    for million in (10**6, 10**30):
        assert written({"b": "選挙", "a": million}) == f'{{"b":"選挙","a":{million}}}\n'
