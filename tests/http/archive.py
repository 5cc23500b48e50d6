"""Ninety passages of thirty articles that share their words unevenly, for laws over many hits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from indexer.documents import Article

_WORDS = ("island", "ferry", "harbour", "storm", "vote", "minister", "river", "school", "drill")
SOURCES = ("Meridian Wire", "Harbour Post", "Pacific Ledger", None)
SECTIONS = ("World", "Asia", None)
LANGUAGES = ("en", "en-GB", "de", None)
AUTHORS = ((), ("Ana Ruiz",), ("Ken Mori", "Ana Ruiz"))
_FIRST = datetime(2025, 12, 20, 9, 0, tzinfo=UTC)


def archive() -> list[Article]:
    """The articles; every property repeats with a period of its own."""
    return [_article(number) for number in range(30)]


def _article(number: int) -> Article:
    lines = [_line(number, line) for line in range(1 + number % 5)]
    return Article(
        id=f"archive/{number}",
        title=f"Report {number} on the {_WORDS[number % 4]}",
        text="\n".join(lines),
        source=SOURCES[number % 4],
        authors=AUTHORS[number % 3],
        published_at=None if number % 7 == 3 else _FIRST + timedelta(days=3 * (number * 11 % 30)),
        section=SECTIONS[number % 3],
        language=LANGUAGES[number // 2 % 4],
    )


def _line(number: int, line: int) -> str:
    chosen = [_WORDS[(number * step + line * 2 + step) % len(_WORDS)] for step in (1, 2, 5)]
    return f"The {chosen[0]} and the {chosen[1]} by the {chosen[2]} in part {line}."
