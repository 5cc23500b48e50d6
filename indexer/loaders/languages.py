"""The language of a text that does not say it, detected offline by py3langid."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from indexer.exhaustion import enough
from indexer.temporary import temporary

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE = 1000
# As far as it need read when it is sure of what it read: that took a third of the time, and of
# 2,738 texts in five languages not one was read differently (docs/loading.md).
_OPENING = 200
_SURE = 0.95
# Fewer letters than these gave wrong languages for short English headlines.
_FEWEST_LETTERS = 20
_LEAST_CONFIDENCE = 0.3
_NO_LANGUAGE = frozenset({"zxx", "und"})


def detect_language(title: str, text: str) -> str | None:
    """The ISO 639 code of the language of an article, or None when it is too short to tell.

    Raises TemporaryUnusable: what would be left out now can be read another time.
    """
    sample = f"{title}\n{text[:_SAMPLE]}"
    if sum(1 for _ in islice(filter(str.isalpha, sample), _FEWEST_LETTERS)) < _FEWEST_LETTERS:
        return None
    language, confidence = classify(sample[: len(title) + 1 + _OPENING])
    if confidence < _SURE:
        language, confidence = classify(sample)
    if language in _NO_LANGUAGE or confidence < _LEAST_CONFIDENCE:
        return None
    return language


def classify(sample: str) -> tuple[str, float]:
    """The likeliest language of `sample` and a confidence from 0 to 1."""
    language, confidence = _identifier().classify(sample)
    return str(language), float(confidence)


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # It is unpacked into a temporary file.
    with enough(), temporary():
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
