"""Names of months and weekdays: en, de, fr."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_MONTHS = """
january jan januar jänner janvier janv|february feb februar février févr|march mar märz mars
april apr avril avr|may mai|june jun juni juin|july jul juli juillet juil
august aug août|september sept sep septembre|october oct oktober okt octobre
november nov novembre|december dec dezember dez décembre déc
"""
_WEEKDAYS = """
monday mon montag lundi|tuesday tue tues dienstag mardi|wednesday wed mittwoch mercredi
thursday thu thurs donnerstag jeudi|friday fri freitag vendredi
saturday sat samstag sonnabend samedi|sunday sun sonntag dimanche
"""


def _numbered(table: str) -> Mapping[str, int]:
    rows = table.replace("\n", "|").strip("|").split("|")
    return MappingProxyType(
        {word: number for number, row in enumerate(rows, 1) for word in row.split()}
    )


MONTHS = _numbered(_MONTHS)
"""By folded name, 1 for January."""
WEEKDAYS = _numbered(_WEEKDAYS)
"""By folded name, 1 for Monday, as ISO 8601 counts."""
