"""Laws of the checks: nothing is too odd for them, and what repeats its source is never accused."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from api.grounding.checks import findings
from api.grounding.checks.finding import Ground
from api.grounding.checks.quotes import quotations

_PIECES = """Mr. Koizumi|Tokyo|the|rose|not|3.5%|1.200|twenty-five|million|two hundred and|
Jan 15|May|Thursday|Donnerstag|2026-01-15|15. Januar|二十三日|植田総裁は|“never|again”|"|
«|»|„|“|'|third|5th|
$3bn|60 000|ⅷ|½|٣٥|0/0/1000|99月99日|U.S.|GDP|—|…|.|,|\n"""
PIECES = st.lists(
    st.sampled_from(_PIECES.replace("\n", "").split("|")) | st.text(max_size=8), max_size=20
).map(" ".join)
LANGUAGES = st.sampled_from([None, "en", "de-AT", "fr", "ja"])


def quoted(text: str) -> list[str]:
    return [span.of(text) for span in quotations(text)]


@given(PIECES, PIECES, LANGUAGES)
def test_any_text_can_be_held_against_any_other(claim: str, source: str, language: str) -> None:
    ground = Ground(source, source, (date(2026, 1, 15),), language)
    for found in findings(claim, quoted(claim), ground):
        assert found.problem.endswith(".")


@given(PIECES, PIECES, LANGUAGES)
def test_a_sentence_held_against_itself_has_no_findings(
    sentence: str, around: str, language: str
) -> None:
    ground = Ground(sentence, f"{around}\n{sentence}\n{around}", (date(2026, 1, 15),), language)
    assert findings(sentence, quoted(sentence), ground) == ()
