"""Sentences that read like instructions to a model: told, never taken out.

A list of phrases finds what is commonly tried (OWASP LLM01, prompt injection) and no more; what
holds is the fence around every passage.
"""

from __future__ import annotations

import unicodedata

import regex

from api.grounding.shown import visible
from indexer.documents import Span
from indexer.sentences import sentences

_PHRASES = (
    # English
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instructions?|prompts?|rules|context|above|previous)\b",
    r"\byou are (?:now|no longer)\b|\bact as (?:an?|the)\b.{0,40}\b(?:assistant|model|ai|bot)\b",
    r"\b(?:system|developer) (?:prompt|message)\b|\bas an ai\b|\bnew instructions?\b",
    r"\b(?:reply|respond|answer) (?:only )?with\b|\bdo not (?:tell|mention|cite|reveal)\b",
    # German
    r"\b(?:ignorier\w*|vergiss|vergesst|missachte\w*)\b.{0,40}\b(?:anweisung\w*|regeln|vorherig\w*|oben)\b",
    r"\bdu bist (?:jetzt|nun|ab sofort)\b|\bantworte (?:nur )?mit\b",
    # French
    r"\b(?:ignore[zr]?|oublie[zr]?)\b.{0,40}\b(?:instructions?|consignes?|règles|précédent\w*)\b",
    r"\b(?:tu es|vous êtes) (?:maintenant|désormais)\b",
    # Spanish
    r"\b(?:ignor[ae]\w*|olvid[ae]\w*)\b.{0,40}\b(?:instrucciones|reglas|anterior\w*)\b",
    # Japanese, Chinese
    r"(?:指示|命令|プロンプト).{0,10}無視|忽略.{0,10}(?:指示|指令|提示)",
    # The marks of chat templates
    r"<\|?/?(?:system|assistant|user|im_start|im_end|endoftext)\|?>|\[/?INST\]",
)
_JOINERS = regex.compile(r"[\u200c\u200d\ufe00-\ufe0f]")
_LIKE_INSTRUCTIONS = regex.compile("|".join(_PHRASES), regex.IGNORECASE | regex.DOTALL)


def like_instructions(text: str, span: Span, language: str | None) -> tuple[Span, ...]:
    """The sentences of `span` of an article's text that read like instructions to a model."""
    stretch = span.of(text)
    if not reads_like_instructions(stretch):
        return ()
    return tuple(
        Span(span.start + found.start, span.start + found.end)
        for found in sentences(stretch, language)
        if reads_like_instructions(found.of(stretch))
    )


def reads_like_instructions(text: str) -> bool:
    """Whether something in `text` reads like instructions, however its letters are disguised."""
    plain = unicodedata.normalize("NFKC", _JOINERS.sub("", visible(text)))
    return _LIKE_INSTRUCTIONS.search(plain) is not None
