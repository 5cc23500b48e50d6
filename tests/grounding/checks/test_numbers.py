"""Numbers: read however they are written, and compared with those of the evidence."""

from __future__ import annotations

from decimal import Decimal

import pytest

from api.grounding.checks.figures import figures
from api.grounding.checks.finding import Ground
from api.grounding.checks.numbers import check


def problems(claim: str, best: str, whole: str = "") -> list[str]:
    return [found.problem for found in check(claim, [], Ground(best, f"{best}\n{whole}"))]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("3.5 percent", "3.5", "%"),
        ("3.5%", "3.5", "%"),
        ("3,5 Prozent", "3.5", "%"),
        ("12 % des voix", "12", "%"),
        ("3.5 per cent", "3.5", "%"),
        ("1,200,000 doses", "1200000", None),
        ("1.2 million doses", "1200000", None),
        ("zwei Millionen Dosen", "2000000", None),
        ("a million doses", "1000000", None),
        ("$3bn", "3000000000", "$"),
        ("€640", "640", "€"),
        ("£180,000", "180000", "£"),
        ("640 euros", "640", "€"),
        ("twenty-five boats", "25", None),
        ("two hundred and fifty thousand boats", "250000", None),
        ("one hundred boats", "100", None),
        ("fünfundzwanzig Boote", "25", None),
        ("zweitausend Boote", "2000", None),
        ("dreihundertfünf Boote", "305", None),
        ("quatre-vingt-dix bateaux", "90", None),
        ("vingt et un bateaux", "21", None),
        ("60 000 sinistrés", "60000", None),
        ("二十三隻", "23", None),
        ("40万人", "400000", None),
        ("the 3rd boat", "3", "#"),
        ("the third boat", "3", "#"),
        ("in 1995", "1995", None),
        ("9,18 Metern", "9.18", "m"),
        ("5 km", "5", "km"),
    ],
)
def test_a_number_is_read_with_its_scale_and_its_unit(text: str, value: str, unit: str) -> None:
    [figure] = figures(text)
    assert Decimal(value) in figure.values
    assert figure.unit == unit


def test_a_thousands_point_and_a_decimal_point_look_alike() -> None:
    [figure] = figures("1.234 Menschen")
    assert figure.values == {Decimal(1234), Decimal("1.234")}


@pytest.mark.parametrize("text", ["1.200 Menschen", "1,200 people", "1,234 people", "1 234 gens"])
def test_what_can_only_be_thousands_is_read_so(text: str) -> None:
    [figure] = figures(text)
    assert figure.values in ({Decimal(1200)}, {Decimal(1234)})


def test_one_without_digits_is_no_number() -> None:
    assert problems("One of them spoke.", "They spoke.") == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It grew by 3.5 percent.", "It grew by 3.5%."),
        ("1200 people left.", "Rund 1.200 Menschen gingen."),
        ("1.2 million doses were given.", "They gave 1,200,000 doses."),
        ("Twelve boats sank.", "12 boats sank."),
        ("Every third boat sank.", "One in three boats sank."),
        ("About 7,000 troops came.", "6,987 troops came."),
        ("Between 2% and 3% is likely.", "Between 2 and 3 percent is likely."),
    ],
)
def test_the_same_number_otherwise_written_is_no_finding(claim: str, source: str) -> None:
    assert problems(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It grew by 2%.", "It grew by 3.5%."),
        ("It grew by 3.5 percent.", "It grew by 3.5 metres."),
        ("1.2 billion doses were given.", "They gave 1,200,000 doses."),
        ("7,00 troops came.", "7,000 troops came."),
        ("About 7,100 troops came.", "About 7,000 troops came."),
        ("It cost 5 euros.", "It cost 5 dollars."),
        ("Three ships sank.", "Two ships sank."),
        ("The fourth ship sank.", "The third ship sank."),
        ("It last happened in 1994.", "It last happened in 1995."),
    ],
)
def test_another_number_conflicts(claim: str, source: str) -> None:
    [found] = check(claim, [], Ground(source, source))
    assert found.conflicts


def test_a_number_from_elsewhere_in_the_article_counts() -> None:
    assert problems("The 800 helpers were tired.", "The helpers were tired.", "Of 800 …") == []


def test_a_number_nowhere_in_the_article_is_told_without_a_conflict() -> None:
    [found] = check("All 800 helpers were tired.", [], Ground("They were tired.", ""))
    assert found.problem == "The number 800 is not in the source."
    assert not found.conflicts


def test_what_the_source_has_instead_is_told() -> None:
    assert problems("It grew by 2%.", "It grew by 3.5%.") == [
        "The number 2% is not in the source, which has 3.5%."
    ]
