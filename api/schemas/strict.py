"""Requests are read strictly: what is not known is refused, with what there is instead."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from marshmallow import Schema, ValidationError


class Strict(Schema):
    """Names every member it does not know, the nearest one it does, and all there are."""

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:  # noqa: ARG002 (a hook of marshmallow)
        """Say of unknown members what might have been meant."""
        unknown = [self.error_messages["unknown"]]
        names = {field.data_key or name for name, field in self.load_fields.items()}
        for name, told in error.messages_dict.items():
            if told == unknown:
                error.messages_dict[name] = [_unknown(name, names)]


class NoArguments(Strict):
    """For addresses that take no URL parameters, so that a misplaced one is not overlooked."""


def _unknown(name: str, names: set[str]) -> str:
    if not names:
        return "Is not a parameter: this address takes no parameters here."
    near = get_close_matches(name, names, n=1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    return f"Is not a parameter here.{hint} There are: {', '.join(sorted(names))}."
