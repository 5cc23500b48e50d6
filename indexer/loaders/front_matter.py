"""YAML front matter: the fields some text files carry between two lines of `---`."""

from __future__ import annotations

import re
from typing import Any

import yaml

from indexer.documents import Json
from indexer.errors import UnreadableFile

_OPEN = re.compile(r"\s*---[ \t]*(?:\r\n|\r|\n)")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r\n|\r|\n|\Z)", re.MULTILINE)
_NULL = "tag:yaml.org,2002:null"


def split_front_matter(text: str) -> tuple[dict[str, Json], str]:
    """The fields above a text and the text below them; no fields when there is no front matter.

    Raises UnreadableFile when the front matter is not closed, or no YAML of keys and values.
    """
    opened = _OPEN.match(text)
    if opened is None:
        return {}, text
    # YAML knows a lone carriage return as a line end; Python's ^ does not.
    closed = _CLOSE.search(text.replace("\r", "\n"), opened.end())
    if closed is None:
        raise UnreadableFile("its front matter is not closed; end it with a line of ---")
    return _parse(text[opened.end() : closed.start()]), text[closed.end() :]


def _parse(written: str) -> dict[str, Json]:
    try:
        top = yaml.compose(written, Loader=_PlainLoader)
        fields = _value(top) if top else {}
    except RecursionError:
        raise UnreadableFile("its front matter is nested too deeply") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # Beside its own errors PyYAML lets those of chr() pass, which reads "\UFFFFFFFF".
        raise UnreadableFile(f"its front matter is not YAML: {_summary(error)}") from None
    if not isinstance(fields, dict | None):
        raise UnreadableFile("its front matter is not made of keys and values")
    return fields or {}


def _value(node: yaml.Node) -> Json:
    """What a node says, whatever kind it claims by a tag: `!!int 7` is the text `7`."""
    if isinstance(node, yaml.MappingNode):
        return {_key(key): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    return None if node.tag == _NULL else str(node.value)


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        line = node.start_mark.line + 2
        raise UnreadableFile(f"a key of its front matter is no text, at line {line}")
    return str(node.value)


def _summary(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or error
    return f"{problem} at line {mark.line + 2}" if mark else str(problem)


class _PlainLoader(yaml.SafeLoader):
    """YAML whose plain values stay as written: `no` is Norwegian, `2026-02-30` ours to refuse."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own class attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        # Aliases let a few lines stand for gigabytes, or for themselves.
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        return super().compose_node(parent, index)
