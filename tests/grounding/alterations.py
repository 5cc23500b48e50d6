"""Sentences of articles with one thing changed in them, and the same sentences put differently.

Made by rules of its own, which know nothing of the checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from indexer.documents import Article
from indexer.sentences import sentences

_MONTHS = "January February March April May June July August September October November December"
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_SPELLED = {
    "en": "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze vingt trente quarante",
}
_CALENDAR = {
    "en": (_MONTHS, _DAYS),
    "de": (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
    ),
}
# Where capitals or spaces do not tell names, those that are altered are named here.
_NAMES = {
    "de": {
        "Köln": "Mainz", "Koblenz": "Speyer", "Emmerich": "Wesel", "Unkel": "Remagen",
        "Linz": "Bonn", "Breuer": "Hellwig", "Volkert": "Ammann", "Brammer": "Tietjen",
        "Rostock": "Kiel", "Tallinn": "Riga", "Estland": "Litauen", "Finnland": "Schweden",
        "Marlo": "Selma", "Bundeswehr": "Caritas",
    },
    "fr": {
        "Brest": "Nantes", "Abgrall": "Le Goff", "Toamasina": "Mahajanga", "Belami": "Corentin",
        "Rakotobe": "Andriana", "Laroche": "Vasseur", "Paris": "Rome", "Réunion": "Martinique",
    },
    "ja": {
        "植田": "黒田", "浅倉": "石原", "古賀": "福島", "北九州": "名古屋", "松尾": "木村",
        "井手": "佐藤", "朴": "金",
    },
}  # fmt: skip
_OTHER_NAMES = ("Marchetti", "Lindqvist", "Okonkwo", "Thornbury", "Vasquez")
_KANJI = {"二": "三", "三": "四", "四": "五", "五": "六", "六": "七", "七": "八", "八": "九"}


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence about an article: how it was made, what it says, what it said before."""

    kind: str
    article: Article
    text: str
    before: str


def altered(articles: Iterable[Article]) -> Iterator[Told]:
    """Every sentence with one number, name, date or quotation altered, once for each there is."""
    for article in articles:
        for sentence in _sentences(article):
            for kind, change in _ALTERATIONS.items():
                for text in change(sentence, _language(article)):
                    if text != sentence:
                        yield Told(kind, article, text, sentence)


def unaltered(articles: Iterable[Article]) -> Iterator[Told]:
    """Every sentence as it stands, and put differently where a rule says how."""
    for article in articles:
        for sentence in _sentences(article):
            yield Told("verbatim", article, sentence, sentence)
            for kind, put in _PARAPHRASES.items():
                text = put(sentence, article)
                if text != sentence:
                    yield Told(kind, article, text, sentence)


def _sentences(article: Article) -> list[str]:
    found = [span.of(article.text) for span in sentences(article.text, article.language)]
    return [" ".join(text.split()) for text in found if len(text) > 20]


def _language(article: Article) -> str:
    return (article.language or "en").split("-")[0]


def _numbers(sentence: str, language: str) -> Iterator[str]:
    for found in re.finditer(r"(?<![\w.,-])\d[\d.,]*(?<![.,])", sentence):
        first = int(found[0][0])
        yield _with(sentence, found, f"{first % 9 + 1}{found[0][1:]}")
    for number, following in _pairs(_SPELLED.get(language, "")):
        for found in re.finditer(rf"(?<![\w-]){number}(?![\w-])", sentence):
            yield _with(sentence, found, following)
    if language == "ja":
        for found in re.finditer(r"[二三四五六七八](?=[十百人日月枚年割円]|年)", sentence):
            yield _with(sentence, found, _KANJI[found[0]])


def _names(sentence: str, language: str) -> Iterator[str]:
    for name, other in _NAMES.get(language, {}).items():
        if found := re.search(rf"{name}(?![a-zäöüé])", sentence):
            yield _with(sentence, found, other)
    if language == "en":
        whole = re.finditer(r"(?<=[a-z,] )[A-Z][a-z]+ ([A-Z][a-z]{3,})(?!\w)", sentence)
        titled = re.finditer(r"(?:Mr|Ms|Mrs|Dr)\.? ([A-Z][a-z]{3,})(?!\w)", sentence)
        for place, found in enumerate([*whole, *titled]):
            if found[1] not in f"{_MONTHS} {_DAYS}":
                other = _OTHER_NAMES[(place + len(sentence)) % len(_OTHER_NAMES)]
                yield f"{sentence[: found.start(1)]}{other}{sentence[found.end(1) :]}"


def _dates(sentence: str, language: str) -> Iterator[str]:
    for names in _CALENDAR.get(language, ()):
        for name, following in _pairs(names):
            for found in re.finditer(rf"(?<!\w){name}(?!\w)", sentence):
                if (
                    name not in ("May", "mars", "mai", "March")
                    or sentence[found.end() :][1:2].isdigit()
                ):
                    yield _with(sentence, found, following)
    if language == "en":
        months = "|".join(name[:3] for name in _MONTHS.split())
        for found in re.finditer(rf"(?<=(?:{months}) )\d+", sentence):
            yield _with(sentence, found, str(int(found[0]) % 27 + 2))


def _quotes(sentence: str, _: str) -> Iterator[str]:
    for quoted in re.finditer(r"“([^”]+)”|\"([^\"]+)\"|„([^“]+)“|« ([^»]+) »", sentence):
        words = list(re.finditer(r"[a-zà-ü]{4,}", quoted[0]))
        if words:
            longest = max(words, key=lambda word: len(word[0]))
            start, end = quoted.start() + longest.start(), quoted.start() + longest.end()
            yield f"{sentence[:start]}strawberry{sentence[end:]}"
    for quoted in re.finditer(r"「([^」]{6,})」", sentence):
        middle = quoted.start() + len(quoted[0]) // 2
        yield f"{sentence[:middle]}決して{sentence[middle:]}"


def _pairs(names: str) -> list[tuple[str, str]]:
    words = names.split()
    return list(zip(words, [*words[1:], *words[:1]], strict=True))


def _with(sentence: str, found: re.Match[str], other: str) -> str:
    return f"{sentence[: found.start()]}{other}{sentence[found.end() :]}"


_ALTERATIONS: dict[str, Callable[[str, str], Iterator[str]]] = {
    "number": _numbers,
    "name": _names,
    "date": _dates,
    "quote": _quotes,
}


def _respelt(sentence: str, _: Article) -> str:
    """3.5% as 3.5 percent and back; 7,000 as 7000; twelve as 12."""
    if any(mark in sentence for mark in '"“”„'):
        return sentence
    text = re.sub(r"(\d)%", r"\1 percent", sentence)
    if text == sentence:
        text = re.sub(r"(\d) (?:percent|per cent|Prozent)\b", r"\1%", sentence)
    text = re.sub(r"\b(\d{1,3})[.,](\d{3})\b", r"\1\2", text)
    for number, word in enumerate(_SPELLED["en"].split()[:11], 2):
        text = re.sub(rf"(?<![\w-]){word}(?! (?:hundred|thousand)|[\w-])", str(number), text)
    return text


def _dated(sentence: str, _: Article) -> str:
    """January 15 and Jan 15 as 15 January."""
    for month in _MONTHS.split():
        text = re.sub(rf"\b{month[:3]}(?:{month[3:]})?\.? (\d+)\b(?!%)", rf"\1 {month}", sentence)
        if text != sentence:
            return text
    return sentence


def _iso(sentence: str, article: Article) -> str:
    """January 15 as 2026-01-15, in the year of the article."""
    if not article.published_at:
        return sentence
    year = article.published_at.year
    for number, month in enumerate(_MONTHS.split(), 1):
        day = re.search(rf"\b{month[:3]}(?:{month[3:]})? (\d{{1,2}})\b(?!%|, \d{{4}})", sentence)
        if day:
            return _with(sentence, day, f"{year}-{number:02d}-{int(day[1]):02d}")
    return sentence


def _attributed(sentence: str, article: Article) -> str:
    """With its publisher before it."""
    if _language(article) != "en" or not article.source or sentence[0] in "\"“'‘":
        return sentence
    first = sentence.split()[0]
    small = (
        first.lower()
        if first
        in ("The", "A", "It", "In", "On", "At", "But", "He", "They", "Then", "She", "Nothing")
        else first
    )
    return f"{article.source} reported that {small}{sentence[len(first) :]}"


def _reordered(sentence: str, article: Article) -> str:
    """What comes after the first comma put before it."""
    if _language(article) != "en" or any(mark in sentence for mark in '"“‘—('):
        return sentence
    head, comma, tail = sentence.rstrip(".!").partition(", ")
    if not comma or len(head) < 15 or len(tail) < 15:
        return sentence
    return f"{tail[0].upper()}{tail[1:]}, {head}."


def _without_a_tail(sentence: str, _: Article) -> str:
    """Without what follows the last comma."""
    if any(mark in sentence for mark in '"“‘„«「'):
        return sentence
    head, comma, tail = sentence.rstrip(".!").rpartition(", ")
    return f"{head}." if comma and len(head) > 40 and len(tail) > 10 else sentence


def _said_first(sentence: str, _: Article) -> str:
    """The speaker before what was said."""
    found = re.fullmatch(r"[\"“]([^\"”]+),[\"”] (said|says) ([^\"“,]+)\.", sentence)
    if not found:
        return sentence
    speaker = found[3]
    return f"{speaker[0].upper()}{speaker[1:]} {found[2]}, “{found[1]}.”"


_PARAPHRASES: dict[str, Callable[[str, Article], str]] = {
    "respelt": _respelt,
    "dated": _dated,
    "iso": _iso,
    "attributed": _attributed,
    "reordered": _reordered,
    "shortened": _without_a_tail,
    "said first": _said_first,
}
