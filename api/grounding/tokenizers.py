"""Tokenizers by name: that of the index's model, and those of OpenAI's."""

from __future__ import annotations

from api.grounding.context import CountTokens
from api.search.searcher import Searcher
from indexer.errors import DatelineError

ENCODER = "encoder"


class UnknownTokenizer(DatelineError):
    """A tokenizer that is not at hand."""


def counter(name: str, searcher: Searcher) -> CountTokens:
    """What counts the tokens of a text by the tokenizer called `name`; raises UnknownTokenizer."""
    if name == ENCODER:
        return searcher.generations.newest().vectors.count_tokens
    return _of_tiktoken(name)


def _of_tiktoken(name: str) -> CountTokens:
    try:
        import tiktoken
    except ImportError:
        raise UnknownTokenizer(
            "Only `encoder` counts here: other names need `pip install 'dateline[tiktoken]'`."
        ) from None
    known = tiktoken.list_encoding_names()
    try:
        encoding = tiktoken.get_encoding(name if name in known else _of_model(name))
    except KeyError:
        names = ", ".join([ENCODER, *known])
        raise UnknownTokenizer(f"Must be the name of a model of OpenAI's, or: {names}.") from None
    # It fetches its vocabulary, and lets through whatever that fails with.
    except Exception as error:
        raise UnknownTokenizer(
            f"The vocabulary of {name} could not be loaded on the server. tiktoken fetches it "
            "once; where there is no way out, put it into TIKTOKEN_CACHE_DIR."
        ) from error
    # The names of special tokens in an article are text like any other.
    return lambda text: len(encoding.encode(text, disallowed_special=()))


def _of_model(name: str) -> str:
    from tiktoken.model import encoding_name_for_model

    return encoding_name_for_model(name)
