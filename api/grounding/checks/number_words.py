"""Numbers written out, and the words that scale them or say what they measure: en, de, fr."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType


def _row(words: str) -> list[str]:
    return words.split()


_EN = _row("""zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen""")
_EN_TENS = _row("twenty thirty forty fifty sixty seventy eighty ninety")
_DE = _row("""null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn
fünfzehn sechzehn siebzehn achtzehn neunzehn""")
_DE_TENS = _row("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
_FR = _row("""zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze
quinze seize""")
_FR_TENS = _row("vingt trente quarante cinquante soixante")


def _english() -> Iterator[tuple[tuple[str, ...], int]]:
    yield from (((word,), number) for number, word in enumerate(_EN))
    for ten, tens in enumerate(_EN_TENS, 2):
        yield (tens,), ten * 10
        yield from (((tens, _EN[unit]), ten * 10 + unit) for unit in range(1, 10))


def _german() -> Iterator[tuple[tuple[str, ...], int]]:
    below = dict(enumerate(_DE))
    for ten, tens in enumerate(_DE_TENS, 2):
        below[ten * 10] = tens
        for unit in range(1, 10):
            below[ten * 10 + unit] = f"{'ein' if unit == 1 else _DE[unit]}und{tens}"
    yield from (((word.casefold(),), number) for number, word in below.items())
    for hundreds in range(1, 10):
        head = "ein" if hundreds == 1 else _DE[hundreds]
        yield (f"{head}hundert",), hundreds * 100
        for number, word in below.items():
            yield (f"{head}hundert{word}".casefold(),), hundreds * 100 + number
    for thousands in range(2, 100):
        yield (f"{below[thousands]}tausend".casefold(),), thousands * 1000


def _french() -> Iterator[tuple[tuple[str, ...], int]]:
    below: dict[int, tuple[str, ...]] = {number: (word,) for number, word in enumerate(_FR)}
    below |= {number: ("dix", _FR[number - 10]) for number in (17, 18, 19)}
    for ten, tens in enumerate(_FR_TENS, 2):
        below[ten * 10] = (tens,)
        below[ten * 10 + 1] = (tens, "et", "un")
        below |= {ten * 10 + unit: (tens, _FR[unit]) for unit in range(2, 10)}
    below |= {60 + rest: ("soixante", *below[rest]) for rest in range(10, 20)}
    below |= {80 + rest: ("quatre", "vingt", *below[rest]) for rest in range(1, 20)}
    yield from ((words, number) for number, words in below.items())
    yield ("quatre", "vingts"), 80
    yield ("soixante", "et", "onze"), 71


# The unaccompanied one of German and French is an article, `neuf` and `sept` are worth the risk.
_ARTICLES = {("un",), ("eins",), ("null",)}

SPELLED: Mapping[tuple[str, ...], int] = MappingProxyType(
    {
        words: number
        for table in (_french(), _german(), _english())
        for words, number in table
        if words not in _ARTICLES
    }
)
"""Folded words, in order, and the number they make; up to 99, in German up to 99,000."""

LONGEST = max(map(len, SPELLED))

SCALES: Mapping[str, Decimal] = MappingProxyType(
    {
        word: Decimal(10) ** power
        for power, words in {
            2: "hundred hundert cent cents",
            3: "thousand thousands tausend mille k",
            4: "万",
            6: "million millions millionen mio mn m",
            8: "億",
            9: "billion billions milliarde milliarden milliard milliards mrd bn",
            12: "trillion trillions 兆",
        }.items()
        for word in words.split()
    }
)
"""What a number is multiplied by when one of these follows it; single letters only glued to it."""

UNITS: Mapping[str, str] = MappingProxyType(
    {
        word: unit
        for unit, words in {
            "%": "percent pct prozent percentage",
            "$": "dollar dollars usd",
            "€": "euro euros eur",
            "£": "pound pounds gbp sterling pfund livres",
            "¥": "yen jpy 円",
            "km": "km kilometre kilometres kilometer kilometers kilometern kilomètre kilomètres",
            "m": "metre metres meter meters metern mètre mètres",
            "cm": "cm centimetre centimetres centimeter centimeters zentimeter zentimetern",
            "mile": "mile miles meile meilen",
            "foot": "foot feet",
            "kg": "kg kilo kilos kilogram kilograms kilogramm",
            "t": "tonne tonnes ton tons tonnen",
            "l": "litre litres liter liters litern",
            "second": "seconds sekunde sekunden seconde secondes",
            "minute": "minute minutes minuten",
            "hour": "hour hours stunde stunden heure heures",
            "day": "day days tag tage tagen jour jours",
            "week": "week weeks woche wochen semaine semaines",
            "month": "month months monat monate monaten mois",
            "year": "year years jahr jahre jahren ans année années",
        }.items()
        for word in words.split()
    }
)
"""What a number measures, by the word after it."""

SYMBOLS: Mapping[str, str] = MappingProxyType(
    {"%": "%", "％": "%", "$": "$", "€": "€", "£": "£", "¥": "¥", "￥": "¥"}
)

_ORDINALS = """
first erste ersten erster premier première
second zweite zweiten zweiter deuxième
third dritte dritten dritter troisième
fourth vierte vierten vierter quatrième
fifth fünfte fünften fünfter cinquième
sixth sechste sechsten sixième
seventh siebte siebten septième
eighth achte achten huitième
ninth neunte neunten neuvième
tenth zehnte zehnten dixième
"""
ORDINALS: Mapping[str, int] = MappingProxyType(
    {
        word: number
        for number, row in enumerate(_ORDINALS.strip().splitlines(), 1)
        for word in row.split()
    }
)
"""Ordinals written out."""
