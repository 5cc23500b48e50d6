"""What `/verify` is asked with, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from marshmallow import Schema, ValidationError, fields, post_load, validates, validates_schema
from marshmallow.validate import Length, OneOf, Range, Regexp

from api.grounding.claims import claims
from api.grounding.numbered import digest_of
from api.grounding.references import Reference
from api.grounding.verdict import Checked, Verdict
from api.schemas.described import described
from api.schemas.fields import Rounded, Text, WholeNumber, refusals
from api.schemas.filters import JsonBody
from api.schemas.hits import RELEVANCE_DIGITS
from api.schemas.strict import Strict

MAX_ANSWER_LENGTH = 20_000
# One without a marker takes a twentieth of a second, beside very long sentences a fifth.
MAX_SENTENCES = 100
MAX_CITATIONS = 64
MAX_NUMBER = 999
_FAR = 10**8


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer to check; `references` is None where it came without citations."""

    answer: str
    references: tuple[Reference, ...] | None


@dataclass(frozen=True, slots=True)
class Verified:
    """An answer that was checked against a generation."""

    answer: str
    generation: str
    sentences: tuple[Checked, ...]

    @property
    def checked(self) -> list[dict[str, object]]:
        """The sentences with their texts."""
        return checked_in(self.answer, self.sentences)


class CitationArguments(Strict):
    """One citation: an article, or a stretch of it."""

    n = WholeNumber(
        validate=Range(1, MAX_NUMBER, error=f"Must be from 1 to {MAX_NUMBER}."),
        metadata=described(
            "Its number in markers of the answer, like [2]; its place in the list, from 1, when "
            "not given.",
            1,
        ),
    )
    article_id = Text(required=True, metadata=described("The article.", "wire/0412-defence-talks"))
    start = WholeNumber(
        validate=Range(0, _FAR, error="Must not be negative."),
        metadata=described(
            "Where the stretch begins in the text of the article, in code points.", 1204
        ),
    )
    end = WholeNumber(
        validate=Range(1, _FAR, error="Must be positive."),
        metadata=described("Where it ends; not included. Without both, all of it is cited.", 1264),
    )
    sha256 = fields.String(
        validate=Regexp(r"[0-9a-f]{64}\Z", error="Must be 64 hexadecimal digits in small letters."),
        error_messages=dict(refusals("Must be a string.")),
        metadata=described(
            "SHA-256 of the text that was cited, in UTF-8. Where today's is another, that is a "
            "problem of the sentences that refer to it.",
            digest_of("Deployments along the Nansei island chain were on the table."),
        ),
    )
    passage_id = Text(
        metadata=described(
            "The passage that is cited, where `start` and `end` are not given.",
            "wire/0412-defence-talks#3",
        )
    )

    @validates_schema
    def check_span(self, values: dict[str, Any], **_: Any) -> None:
        """Refuse half a span, and one that ends before it begins."""
        start, end = values.get("start"), values.get("end")
        if (start is None) != (end is None):
            missing = "start" if start is None else "end"
            raise ValidationError("Give both `start` and `end`, or neither.", missing)
        if start is not None and end <= start:
            raise ValidationError("Must be greater than `start`.", "end")


class VerifyBody(JsonBody):
    """The body of `POST /verify`."""

    answer = Text(
        required=True,
        length=MAX_ANSWER_LENGTH,
        metadata=described(
            "The text to check. Markers like [1] refer to citations by their numbers. At most "
            f"{MAX_SENTENCES} of its sentences may claim something.",
            "The ministers spoke about the Nansei island chain [1].",
        ),
    )
    citations = fields.List(
        fields.Nested(CitationArguments()),
        validate=Length(0, MAX_CITATIONS, error=f"Must hold at most {MAX_CITATIONS} citations."),
        error_messages=dict(refusals("Must be an array of citations.")),
        metadata=described(
            "What the answer cites. Without it, evidence is looked up in the index.",
            [{"n": 1, "article_id": "wire/0412-defence-talks"}],
        ),
    )

    @validates("answer")
    def check_sentences(self, answer: str, **_: Any) -> None:
        """Refuse more sentences than can be checked at once; what claims nothing is for free."""
        if sum(claim.asserts for claim in claims(answer)) > MAX_SENTENCES:
            raise ValidationError(
                f"Must hold at most {MAX_SENTENCES} sentences that claim something: check a long "
                "answer in parts."
            )

    @post_load
    def asked(self, values: dict[str, Any], **_: Any) -> Asked:
        """The members as a value."""
        if "citations" not in values:
            return Asked(values["answer"], None)
        given: list[dict[str, Any]] = values["citations"]
        numbered = [{"n": place, **each} for place, each in enumerate(given, 1)]
        numbers = [each["n"] for each in numbered]
        if len(set(numbers)) < len(numbers):
            raise ValidationError("Must not give two citations the same number.", "citations")
        return Asked(values["answer"], tuple(Reference(**each) for each in numbered))


class EvidenceSchema(Schema):
    """A sentence of an article; dumps an `Evidence`."""

    n = fields.Integer(
        required=True,
        allow_none=True,
        metadata=described("The number of the citation it is from; null when looked up.", 1),
    )
    article_id = fields.String(
        attribute="article.id",
        required=True,
        metadata=described("The article.", "wire/0412-defence-talks"),
    )
    title = fields.String(
        attribute="article.title",
        required=True,
        metadata=described("Its headline.", "Defence chiefs weigh island deployments"),
    )
    source = fields.String(
        attribute="article.source",
        required=True,
        allow_none=True,
        metadata=described("Its publisher.", "Meridian Wire"),
    )
    start = fields.Integer(
        attribute="span.start",
        required=True,
        metadata=described("Where the sentence begins in its text, in code points.", 1204),
    )
    end = fields.Integer(
        attribute="span.end",
        required=True,
        metadata=described("Where it ends; not included.", 1264),
    )
    text = fields.Function(
        lambda evidence: evidence.span.of(evidence.article.text),
        required=True,
        metadata=described(
            "`text[start:end]` of the article.",
            "Deployments along the Nansei island chain were on the table.",
            type="string",
        ),
    )
    sha256 = fields.Function(
        lambda evidence: digest_of(evidence.span.of(evidence.article.text)),
        required=True,
        metadata=described(
            "SHA-256 of that in UTF-8, by which it can be recognised.",
            digest_of("Deployments along the Nansei island chain were on the table."),
            type="string",
        ),
    )


class CheckedSchema(Schema):
    """What became of a sentence of an answer; dumps what `checked_in` makes of a `Checked`."""

    start = fields.Integer(
        required=True,
        metadata=described("Where the sentence begins in the answer, in code points.", 0),
    )
    end = fields.Integer(
        required=True, metadata=described("Where it ends; not included, its markers are.", 54)
    )
    text = fields.String(
        required=True,
        metadata=described(
            "`answer[start:end]`.", "The ministers spoke about the Nansei island chain [1]."
        ),
    )
    verdict = fields.String(
        required=True,
        validate=OneOf(get_args(Verdict)),
        metadata=described(
            "`supported`; `partial`: the evidence says part of it; `contradicted`: it says the "
            "like, with another number, date, name or sense; `unsupported`: nothing says so; "
            "`uncited`: the answer has markers and this sentence, which claims something, none.",
            "supported",
        ),
    )
    support = Rounded(
        RELEVANCE_DIGITS,
        required=True,
        allow_none=True,
        metadata=described(
            "Estimated probability, 0 to 1, that the evidence says so by meaning and words; null "
            "where the sentence claims nothing, or is not cited.",
            0.93,
        ),
    )
    evidence = fields.List(
        fields.Nested(EvidenceSchema()),
        required=True,
        metadata=described("The sentences of articles that bear on it most, best first."),
    )
    problems = fields.List(
        fields.String(),
        required=True,
        metadata=described(
            "What does not hold, in words.",
            ["The number 2% is not in the source, which has 3.5%."],
        ),
    )


class VerifySchema(Schema):
    """An answer, checked; dumps a `Verified`."""

    generation = fields.String(
        required=True,
        metadata=described(
            "The generation of the index it was checked against.", "000001-1f3a9c2e"
        ),
    )
    sentences = fields.List(
        fields.Nested(CheckedSchema()),
        attribute="checked",
        required=True,
        metadata=described("Its sentences, in order."),
    )


def checked_in(answer: str, sentences: Sequence[Checked]) -> list[dict[str, object]]:
    """What `CheckedSchema` dumps: the sentences with their texts."""
    return [
        {
            "start": each.span.start,
            "end": each.span.end,
            "text": each.span.of(answer),
            "verdict": each.verdict,
            "support": each.support,
            "evidence": each.evidence,
            "problems": each.problems,
        }
        for each in sentences
    ]
