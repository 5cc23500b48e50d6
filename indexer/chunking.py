"""Cut articles into passages: whole sentences, packed up to the number of tokens a model is given.

What is joined, and what never is, indexer/packing.py decides.

Tokens are counted once, sentence by sentence, and added up. Tokenizers split at white space before
anything else, so the sum is the count of the whole (for WordPiece exactly). Only where sentences
touch, as in Chinese, may a word form across the seam: there the whole is counted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from indexer.documents import Article, Passage, Span
from indexer.packing import Unit, Units, breaks, joined, packed, tokens_of
from indexer.sentences import EXTENDER, blocks, sentences

# What a tokenizer puts around a text: one token in front, one behind.
SPECIAL_TOKENS = 2
# A tokenizer has one "unknown" token for a word it cannot spell, however long: 100 letters of
# Thai, a key in base 64. No text a model can read comes near twelve characters a token.
CHARACTERS_PER_TOKEN = 12

# What str.isspace says no to; regex has the four separators of ASCII for no white space.
_SOLID = r"[^\s\x1c-\x1f]"
_CLAUSE = regex.compile(
    rf"""{_SOLID} .*? (?:
        [,;:،؛] [)\]}}"'”’»]* (?=\s) | \s[–-](?=\s) | [—，、；：] (?!{EXTENDER}) | \Z
    )""",
    regex.VERBOSE | regex.DOTALL,
)
_WORD = regex.compile(rf"{_SOLID}+")
# Some normalizers drop control characters, form feed and all: what they parted is then one word.
_SURE_GAP = regex.compile(r"[ \t\r\n]")
# \X counts a run of flags from its beginning, for each of them: a whole page took minutes. Read in
# order, a pair of regional indicators before a third one is known to be a flag.
_GRAPHEME = regex.compile(r"\p{RI}{2}(?=\p{RI})|\X")


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts articles into passages of at most `tokens` tokens.

    `count_tokens` gives the tokens of each text by the model's own tokenizer, special tokens left
    out. `tokens` includes the title put in front of a passage and two special tokens. `overlap` is
    how many tokens of whole sentences at the end of a passage are repeated in the next. What
    cannot be cut, one grapheme, makes a passage of its own whatever it costs.
    """

    count_tokens: Callable[[Sequence[str]], list[int]]
    tokens: int
    overlap: int = 0

    def chunk(self, article: Article) -> list[Passage]:
        """The passages of an article, in order; none if its text is empty."""
        room = self._room(self.prefix(article.headline))
        stretches = self.pack(article.text, sentences(article.text, article.language), room)
        return [
            Passage(f"{article.id}#{n}", article.id, span.of(article.text), span.start, span.end)
            for n, span in enumerate(stretches)
        ]

    def pack(self, text: str, spans: Sequence[Span], room: int) -> list[Span]:
        """Neighbouring spans of a text joined, and long ones cut, to cost at most `room` each."""
        units = list(self._units(text, spans, room))
        parted_by = breaks(text, units, {block.end for block in blocks(text)})
        return [
            stretch
            for run in packed(units, parted_by, room, self.overlap)
            for stretch in self._settle(text, run, room)
        ]

    def prefix(self, title: str) -> str:
        """As much of the beginning of the title as fits into a third of the budget."""
        title = " ".join(title.split())
        limit = max(1, self.tokens // 3)
        units = list(self._units(title, [Span(0, len(title))], limit)) if title else []
        first = next(joined(([unit] for unit in units), limit), [])
        fits = tokens_of(first) <= limit
        return title[: first[-1].end] if first and fits else ""

    def _room(self, prefix: str) -> int:
        """Tokens left for the text of a passage."""
        [taken] = self.count_tokens([prefix])
        return max(1, self.tokens - SPECIAL_TOKENS - taken)

    def _costs(self, texts: Sequence[str]) -> list[int]:
        counts = self.count_tokens(texts)
        return [
            max(count, -(-len(text) // CHARACTERS_PER_TOKEN))
            for text, count in zip(texts, counts, strict=True)
        ]

    def _units(self, text: str, spans: Sequence[Span], limit: int) -> Iterator[Unit]:
        """The spans, in finer pieces where one of them costs more than `limit`."""
        for span, cost in zip(spans, self._costs([s.of(text) for s in spans]), strict=True):
            finer = _cut(text, span, -(-cost // limit)) if cost > limit else [span]
            if len(finer) == 1:
                yield Unit(span.start, span.end, cost)
            else:
                yield from self._units(text, finer, limit)

    def _settle(self, text: str, run: Units, room: int) -> Iterator[Span]:
        """The stretch a run covers, in halves if its seams make it cost more than its units."""
        span = Span(run[0].start, run[-1].end)
        touching = any(
            not _SURE_GAP.search(text, left.end, right.start) for left, right in pairwise(run)
        )
        if touching and self._costs([span.of(text)])[0] > room:
            middle = len(run) // 2
            yield from self._settle(text, run[:middle], room)
            yield from self._settle(text, run[middle:], room)
        else:
            yield span


def embedding_text(prefix: str, passage: str) -> str:
    """What a model is fed for a passage: the title, as `Chunker.prefix` leaves it, and the text."""
    return f"{prefix}\n{passage}" if prefix else passage


def _cut(text: str, span: Span, pieces: int) -> list[Span]:
    """The clauses of a stretch; failing these its words; failing these about `pieces` slices."""
    for pattern in (_CLAUSE, _WORD):
        parts = [Span(*m.span()) for m in pattern.finditer(text, span.start, span.end)]
        if len(parts) > 1:
            return parts
    return _slices(text, span, pieces)


def _slices(text: str, span: Span, pieces: int) -> list[Span]:
    """Slices of about equal length that leave every grapheme (UAX #29) whole."""
    length = -(-(span.end - span.start) // pieces)
    cuts = [span.start]
    for grapheme in _GRAPHEME.finditer(text, span.start, span.end):
        if grapheme.end() - cuts[-1] >= length:
            cuts.append(grapheme.end())
    if cuts[-1] < span.end:
        cuts.append(span.end)
    return [Span(start, end) for start, end in pairwise(cuts)]
