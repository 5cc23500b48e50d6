"""Bytes to text: UTF-8 first, then what the bytes look like. Line ends stay as they are."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from indexer.errors import UnreadableFile
from indexer.loaders.languages import classify

# UTF-32 before UTF-16: the mark of the one begins with the mark of the other.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What news is still found in; rarer ones only make short texts come out wrong.
_LEGACY = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp949", "utf_16_le", "utf_16_be"),
]
_SAMPLE = 20_000
# Of the texts in old encodings that were tried, none had one in three by chance.
_SOUND_FOR_EACH_BAD = 5
# Stray ones are few. Where they are more, it is UTF-16, or what a crash left of a file, or no text.
_FOR_EACH_NUL = 50


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and what its bytes lost on the way to it; empty when nothing."""

    text: str
    doubt: str = ""


def decode(data: bytes) -> Decoded:
    """The text in `data`, its byte order mark dropped.

    Raises UnreadableFile when it is in no encoding that can be recognised, or no text at all.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_as(data[len(mark) :], encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return mend(data) or Decoded(data.decode(detect_encoding(data)))
    # NUL is valid UTF-8, and every other byte of UTF-16 without its mark.
    if text.count("\0") * _FOR_EACH_NUL <= len(text):
        return Decoded(text)
    try:
        return Decoded(data.decode(detect_encoding(data)))
    except UnreadableFile:
        raise UnreadableFile("too much of it is NUL bytes; remove them") from None


def mend(data: bytes) -> Decoded | None:
    """UTF-8 of which a few bytes are damaged, each made U+FFFD; None when it is whole or no UTF-8.

    A text cut in the middle of a character, or one stray byte, is no reason to take every other
    letter for two of an old encoding.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        first = error.start
    else:
        return None
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd") - data.count("\ufffd".encode())
    sound = len(text) - len(text.encode("ascii", "ignore")) - bad
    if sound < bad * _SOUND_FOR_EACH_BAD:
        return None
    what = f"and {bad - 1:,} more are" if bad > 1 else "is"
    doubt = f"byte {first} (0x{data[first]:02X}) {what} not UTF-8 and became U+FFFD"
    return Decoded(text, doubt)


def detect_encoding(data: bytes) -> str:
    """The name of the legacy encoding `data` is in; raises UnreadableFile when there is none.

    Of the encodings charset-normalizer finds least disturbed, the one whose text is most
    clearly of some language: alone it takes short cp1252 texts for cp1250.
    """
    from charset_normalizer import from_bytes

    matches = list(from_bytes(data, cp_isolation=_LEGACY))
    candidates = [match for match in matches if "\0" not in str(match)]
    if not candidates:
        raise UnreadableFile("it is in no encoding that could be recognised; save it as UTF-8")
    least = min(match.chaos for match in candidates)
    likely = [match for match in candidates if match.chaos == least]
    return max(likely, key=lambda match: classify(str(match)[:_SAMPLE])[1]).encoding


def _decode_as(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding))
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and (mended := mend(data)):
            return mended
        raise UnreadableFile(
            f"it is marked as {encoding.upper()} but byte {error.start} is not; save it as UTF-8"
        ) from None
