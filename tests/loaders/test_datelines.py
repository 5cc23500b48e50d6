"""The dateline a text opens with."""

from __future__ import annotations

import pytest

from indexer.loaders.datelines import read_dateline


@pytest.mark.parametrize(
    ("text", "dateline", "rest"),
    [
        ("WASHINGTON, Dec 16 (Agency) — The talks", "WASHINGTON, Dec 16", "The talks"),
        ("BERLIN (dpa) - Die Regierung", "BERLIN", "Die Regierung"),
        ("Berlin, 15. Januar (dpa) - Die Regierung", "Berlin, 15. Januar", "Die Regierung"),
        ("Paris (AFP) – Le ministre", "Paris", "Le ministre"),
        ("Rio de Janeiro (AFP) – O ministro", "Rio de Janeiro", "O ministro"),
        ("Port-au-Prince, Haiti (AP) — Guards", "Port-au-Prince, Haiti", "Guards"),
        ("KYIV, Ukraine — Officials", "KYIV, Ukraine", "Officials"),
        ("TWO HARBORS, Minn. — The part", "TWO HARBORS, Minn.", "The part"),
        ("WASHINGTON, D.C. — The House", "WASHINGTON, D.C.", "The House"),
        ("N'DJAMENA, Chad — Rain", "N'DJAMENA, Chad", "Rain"),
        ("WASHINGTON/TOKYO, Jan 15 (X Y) - Two", "WASHINGTON/TOKYO, Jan 15", "Two"),
        ("BEIJING, Jan. 15 (Agency) -- China", "BEIJING, Jan. 15", "China"),
        ("MOSCOW, January 15. /TASS/. The", "MOSCOW, January 15", "The"),
        ("JAKARTA, 5 March 2026 — Indonesia", "JAKARTA, 5 March 2026", "Indonesia"),
        ("SÃO PAULO — O prefeito", "SÃO PAULO", "O prefeito"),
        ("LONDON—“We will stay”", "LONDON", "“We will stay”"),
        ("TOKYO", "TOKYO", ""),
        ("TOKYO\n\nThe minister", "TOKYO", "\n\nThe minister"),
        ("SEOUL, South Korea\r\nThe minister", "SEOUL, South Korea", "\r\nThe minister"),
        ("WASHINGTON, Dec 16 (Agency) —\nThe", "WASHINGTON, Dec 16", "\nThe"),
    ],
)
def test_a_dateline_is_read_without_agency_and_dash(text: str, dateline: str, rest: str) -> None:
    found = read_dateline(text)

    assert found is not None
    assert found.text == dateline
    assert text[found.end :] == rest


@pytest.mark.parametrize(
    "text",
    [
        "NATO — the alliance of 32 — met.",
        "EXCLUSIVE — The minister resigned.",
        "Hope — The thing with feathers.",
        "The Fed (Federal Reserve) — The bank of banks",
        "Koizumi (44) - Der Minister",
        "U.S. officials said on Thursday",
        "TOKYO (Agency) Japan said",
        "MOSCOW. The minister",
        "QUAKE HITS TOKYO AGAIN",
        "Tokyo",
        "A — The first letter",
        "",
    ],
)
def test_other_openings_are_no_dateline(text: str) -> None:
    assert read_dateline(text) is None
