"""Which encodings text files may be in."""

from __future__ import annotations

import pytest

from indexer.errors import UnreadableFile
from indexer.loaders.decoding import decode, mend

LEGACY = [
    ("cp1252", "Renée Aubuchon – “The ice road that wasn’t” – walked two miles for groceries."),
    ("cp1252", "El niño llegó a España el miércoles, según fuentes. ¿Qué pasará mañana?"),
    ("cp1252", "A ministra não comentou a questão. Informações sobre a eleição são escassas."),
    ("cp1252", "Statsministern är på väg till Åland på torsdagen."),
    ("cp1252", "Die Regierung hat über Änderungen beraten, größere würden geprüft."),
    ("cp1250", "Minister spotkał się w czwartek z rządem. Żadnych szczegółów nie ujawniono."),
    ("cp1250", "Ministr se ve čtvrtek sešel s představiteli vlády, žádné podrobnosti."),
    ("cp1251", "Министр обороны встретился с коллегой в четверг."),
    ("koi8_r", "Министр обороны встретился с коллегой в четверг."),
    ("cp1253", "Ο υπουργός συναντήθηκε την Πέμπτη με τον ομόλογό του."),
    ("shift_jis", "日本の防衛大臣は木曜日にワシントンで会談した。"),
    ("euc_jp", "日本の防衛大臣は木曜日にワシントンで会談した。"),
    ("gb18030", "日本防卫大臣周四在华盛顿举行会谈。双方讨论了西南诸岛的防务问题。"),
    ("big5", "日本防衛大臣週四在華盛頓舉行會談。雙方討論了西南諸島的防務問題。"),
    ("cp949", "일본 방위상은 목요일 워싱턴에서 회담을 했다."),
    ("utf_16_le", "The minister arrived on Thursday without a byte order mark."),
]


@pytest.mark.parametrize(("encoding", "text"), LEGACY)
def test_the_encodings_newspapers_used_are_recognised(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_and_its_byte_order_mark_dropped(encoding: str) -> None:
    assert decode("Köln 東京 🌊".encode(encoding)).text == "Köln 東京 🌊"


def test_a_stray_nul_stays_as_other_control_characters_do() -> None:
    text = "The ferries stopped at noon today\0 and nobody knew why, said the harbour master."
    assert decode(text.encode()).text == text
    assert decode(f"{text} Köln".encode()).text == f"{text} Köln"


@pytest.mark.parametrize("data", [b"\0" * 100, b"What was written before the crash." + b"\0" * 62])
def test_a_file_of_nuls_is_said_to_be_one(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="too much of it is NUL bytes"):
        decode(data)


def test_utf_8_is_never_taken_for_anything_else() -> None:
    assert decode("Ã©".encode()).text == "Ã©"


GERMAN = "Für die größte Überschwemmung am Rhein brauchten die Bürger über Köln hinaus Hilfe."
JAPANESE = "東京で雨が降った。船は二時間遅れた。"


@pytest.mark.parametrize(
    ("data", "text", "first"),
    [
        (GERMAN.encode() + b"\xc3", f"{GERMAN}\ufffd", "byte 90 (0xC3)"),
        (b"\x92" + GERMAN.encode(), f"\ufffd{GERMAN}", "byte 0 (0x92)"),
        (b"\xef\xbb\xbf" + GERMAN.encode() + b"\xff", f"{GERMAN}\ufffd", "byte 90 (0xFF)"),
        (JAPANESE.encode()[:-1], f"{JAPANESE[:-1]}\ufffd", "byte 51 (0xE3)"),
        (f"\ufffd{GERMAN}".encode() + b"\xe9", f"\ufffd{GERMAN}\ufffd", "byte 93 (0xE9)"),
    ],
)
def test_one_bad_byte_does_not_make_utf_8_another_encoding(
    data: bytes, text: str, first: str
) -> None:
    decoded = decode(data)

    assert decoded.text == text
    assert decoded.doubt == f"{first} is not UTF-8 and became U+FFFD"


def test_more_than_one_bad_byte_is_told_of() -> None:
    decoded = decode((GERMAN + "#" + GERMAN).encode().replace(b"#", b"\xe9") + b"\xe9")

    assert decoded.doubt == "byte 90 (0xE9) and 1 more are not UTF-8 and became U+FFFD"


@pytest.mark.parametrize(("encoding", "text"), LEGACY)
def test_what_was_read_without_loss_is_without_doubt(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)).doubt == decode(text.encode()).doubt == ""
    assert mend(text.encode()) is mend(text.encode(encoding)) is None


def test_line_ends_stay_as_they_are() -> None:
    assert decode(b"a\r\nb\rc\nd").text == "a\r\nb\rc\nd"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="no encoding that could be recognised"):
        decode(bytes(range(256)) * 8)


def test_text_that_belies_its_byte_order_mark_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="marked as UTF-8 but byte 3 is not"):
        decode(b"\xef\xbb\xbfabc\xff")
