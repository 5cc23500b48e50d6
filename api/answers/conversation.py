"""Conversations, and the question their last message asks when nobody has heard the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.search.words import weigh

Role = Literal["system", "developer", "user", "assistant", "tool"]

# A message with fewer words that tell something hardly stands alone.
FEW = 3
# Of the question before: a name and what was asked of it, hardly ever more.
MOST_ADDED = 8
# What points back at something said before, in the languages that are asked in most.
_POINTERS = frozenset(
    re.findall(
        r"\w+",
        """
    he she it they him her them his hers its their this that these those there then
    er sie es ihn ihm ihr ihnen sein seine ihre dieser diese dieses dort davon damit dazu dabei
    il elle ils elles lui leur cela ceci celui celle
    él ella ellos ellas eso esto esta este allí
        """,
    )
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation: who said it, and what."""

    role: Role
    text: str


def spoken(messages: Sequence[Message]) -> list[Message]:
    """What the two sides said to each other: without instructions, tools and silence."""
    return [
        message for message in messages if message.role in ("user", "assistant") and message.text
    ]


def with_words_before(messages: Sequence[Message]) -> str:
    """The last message, and where it does not stand alone the telling words of the question before.

    It does not when it has next to no words that tell something, or one that points back. A model
    does this better, and where there is one it is asked instead.
    """
    *before, last = spoken(messages)
    asked = [message.text for message in before if message.role == "user"]
    if not asked or _stands_alone(last.text):
        return last.text
    own = {word.text.casefold() for word in weigh(last.text)}
    added = [word.text for word in weigh(asked[-1]) if word.text.casefold() not in own]
    return " ".join([last.text, *added[:MOST_ADDED]])


def _stands_alone(text: str) -> bool:
    words = [word.casefold().strip("?!.,;:'\"") for word in text.split()]
    return len(weigh(text)) >= FEW and _POINTERS.isdisjoint(words)
