"""The modules that count and cut, on their own: code points, and events cut anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from api.ui.assets import assets
from tests.processes import Server

LAW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(
    st.one_of(
        st.sampled_from("a \n\r\té漢😀🛰\u202e\u200d🇯"), st.characters(exclude_categories=["Cs"])
    ),
    max_size=60,
)
READ = """async ({ cuts, body, module }) => {
  const { events } = await import(module);
  const bytes = new TextEncoder().encode(body);
  const edges = [0, ...cuts.filter((cut) => cut < bytes.length), bytes.length];
  const stream = new ReadableStream({
    start(controller) {
      edges.slice(1).forEach((end, at) => controller.enqueue(bytes.slice(edges[at], end)));
      controller.close();
    },
  });
  const found = [];
  for await (const event of events(stream)) found.push([event.type, event.data]);
  return found;
}"""


@pytest.fixture(scope="module")
def blank(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of the server that modules are loaded into."""
    page = browser.new_page(base_url=server.url)
    page.goto("/docs")
    yield page
    page.close()


def module(name: str) -> str:
    return f"/static/{assets().version}/{name}"


@LAW
@given(text=TEXTS, data=st.data())
def test_texts_are_cut_by_code_points(blank: Page, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    cut = blank.evaluate(
        """async ([module, text, start, end]) => {
          const { Text } = await import(module);
          const cut = new Text(text);
          return [cut.length, cut.slice(start, end)];
        }""",
        [module("text.js"), text, start, end],
    )
    assert cut == [len(text), text[start:end]]


@LAW
@given(text=TEXTS, base=st.integers(0, 5000), data=st.data())
def test_pieces_are_the_whole_text_and_mark_what_lies_in_a_span(
    blank: Page, text: str, base: int, data: st.DataObject
) -> None:
    places = st.integers(base - 5, base + len(text) + 5)
    spans = [sorted(pair) for pair in data.draw(st.lists(st.tuples(places, places), max_size=4))]
    found = blank.evaluate(
        """async ([module, text, base, spans]) => {
          const { pieces } = await import(module);
          return pieces(text, base, spans.map(([start, end]) => ({ start, end })));
        }""",
        [module("text.js"), text, base, spans],
    )
    assert "".join(piece["text"] for piece in found) == text
    for piece in found:
        own = text[piece["start"] - base :][: len(piece["text"])]
        assert own == piece["text"]
        for at in range(piece["start"], piece["start"] + len(own)):
            assert piece["marked"] == any(start <= at < end for start, end in spans)


@LAW
@given(text=TEXTS)
def test_paragraphs_and_what_is_between_them_are_the_whole_text(blank: Page, text: str) -> None:
    found = blank.evaluate(
        """async ([module, text]) => (await import(module)).paragraphs(text)""",
        [module("text.js"), text],
    )
    assert "".join(text[block["start"] : block["end"]] for block in found) == text
    assert all(not text[b["start"] : b["end"]].strip() for b in found if b["between"])


def as_stream(events: list[tuple[str, list[str]]], end: str) -> str:
    lines: list[str] = []
    for kind, data in events:
        lines += [f"event: {kind}", *(f"data: {line}" for line in data), ": heartbeat", ""]
    return "".join(line + end for line in lines)


LINES = st.text(st.sampled_from('{"a:é😀 }'), max_size=8)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["answer.delta", "error"]), st.lists(LINES, min_size=1, max_size=3)),
    max_size=5,
)


@LAW
@given(
    events=EVENTS,
    end=st.sampled_from(["\n", "\r\n"]),
    cuts=st.lists(st.integers(1, 200), max_size=12, unique=True),
)
def test_events_are_the_same_wherever_the_stream_is_cut(
    blank: Page, events: list[tuple[str, list[str]]], end: str, cuts: list[int]
) -> None:
    body = as_stream(events, end)
    asked = {"cuts": sorted(cuts), "body": body, "module": module("sse.js")}
    assert blank.evaluate(READ, asked) == [[kind, "\n".join(data)] for kind, data in events]


def test_an_event_that_was_cut_off_is_none(blank: Page) -> None:
    body = "data: whole\n\nevent: error\ndata: half\n"
    found = blank.evaluate(READ, {"cuts": [3], "body": body, "module": module("sse.js")})
    assert found == [["message", "whole"]]


@pytest.mark.parametrize(
    ("search", "address"),
    [
        ("", "/"),
        ("?q=a+b&source=X&source=Y&from=2026-01-01&weak=true&shown=20", None),
        ("?article=a%2Fb%3F%23&start=0&end=7&ask=one&ask=two&view=ask", None),
        ("?q=x&start=-1&end=1e3&shown=9999999&nonsense=1", "/?q=x&shown=100"),
        ("?weak=maybe&source=&ask=+", "/"),
    ],
)
def test_the_url_is_the_whole_state(blank: Page, search: str, address: str | None) -> None:
    written = blank.evaluate(
        """async ([module, search]) => {
          const { address, parse } = await import(module);
          return address(parse(search));
        }""",
        [module("state.js"), search],
    )
    assert written == (f"/{search}" if address is None else address)


def test_bars_stand_for_every_month_and_for_years_where_those_would_be_too_many(
    blank: Page,
) -> None:
    found = blank.evaluate(
        """async ([module, ...facets]) => {
          const { stretches } = await import(module);
          return facets.map((values) =>
            stretches(values.map((value) => ({ value, count: 2 })))
              .map(({ from, to, count }) => [from, to, count])
          );
        }""",
        [module("histogram.js"), ["2025-12", "2026-02"], ["2019-01", "2019-03", "2024-07"]],
    )
    assert found[0] == [
        ["2025-09-01", "2025-09-30", 0],
        ["2025-10-01", "2025-10-31", 0],
        ["2025-11-01", "2025-11-30", 0],
        ["2025-12-01", "2025-12-31", 2],
        ["2026-01-01", "2026-01-31", 0],
        ["2026-02-01", "2026-02-28", 2],
    ]
    assert [(bar[0], bar[2]) for bar in found[1]] == [
        ("2019-01-01", 4),
        *((f"{year}-01-01", 0) for year in range(2020, 2024)),
        ("2024-01-01", 2),
    ]
    assert re.fullmatch(r"\d{4}-12-31", found[1][0][1])
