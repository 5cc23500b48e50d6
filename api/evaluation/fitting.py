"""Fitting on collections: weights that rank their articles, and relevance that can be believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from statistics import fmean

from api.evaluation.corpora import Corpus, open_corpus, open_part
from api.evaluation.putting import Put, encode_queries, put
from api.evaluation.running import Evaluator
from api.search.answerability import Answerability, Kind, Trial, assess, family
from api.search.collection import Collection
from api.search.fitting import Judged, Layered, climb
from api.search.query import Mode
from api.search.weights import SIGNALS, Calibration, Weights
from indexer.errors import DatelineError

# Parts of every corpus are asked too, so that the size of an index is not just another word for
# which collection it is.
PARTS = (1 / 8, 1 / 4, 1 / 2)


@dataclass(frozen=True, slots=True)
class Ranked:
    """nDCG@10 on one collection.

    Of each retriever alone; and of the layered score with the weights there were before, with the
    fitted ones, and with those fitted without the collection's family.
    """

    lexical: float
    dense: float
    before: float
    fitted: float
    left_out: float

    @property
    def best_arm(self) -> float:
        """The better of the two retrievers."""
        return max(self.lexical, self.dense)


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights for one model, and what they are worth."""

    weights: Weights
    ranked: Mapping[str, Ranked]
    left_out: Mapping[str, Layered]
    """The weights fitted without a family."""
    answerability: Mapping[Mode, Answerability]


def check_families(collections: Sequence[Collection]) -> None:
    """Raise DatelineError unless there are two families of collections, and each name once."""
    names = [collection.name for collection in collections]
    for name in names:
        if names.count(name) > 1:
            raise DatelineError(f"Two collections are called {name}: rename a folder.")
    if len(set(map(family, names))) < 2:
        raise DatelineError(
            "Name collections of two families at least, for the questions of one are put to the "
            "others' articles. A family is what names of folders have before the last hyphen."
        )


def fit_weights(
    collections: Sequence[Collection], evaluator: Evaluator, size: float, version: str
) -> Fit:
    """Fit weights and calibrations on the collections; `size` is that of each calibration.

    Raises DatelineError for a collection without any of the articles that answer its queries.
    """
    before = evaluator.method.weights.layered
    with ExitStack() as stack:
        corpora = [stack.enter_context(open_corpus(evaluator, each)) for each in collections]
        encode_queries(collections, evaluator)
        own = {corpus.name: _put(corpus, corpus, evaluator) for corpus in corpora}
        _check_answers(own)
        judged = {name: found.judged() for name, found in own.items()}
        fitted = _best(list(judged.values()), before, evaluator)
        left_out = {
            each: _best(
                [judged[name] for name in judged if family(name) != each], before, evaluator
            )
            for each in dict.fromkeys(map(family, judged))
        }
        trials = list(_trials(corpora, own, fitted, evaluator))
    answerability = {
        mode: assess([found for of, found in trials if of == mode], size) for mode in SIGNALS
    }
    calibrations = {mode: _rounded(found.calibration) for mode, found in answerability.items()}
    return Fit(
        Weights(version, evaluator.encoder.fingerprint, fitted, calibrations),
        {
            name: Ranked(
                **found.arms(),
                before=found.by(before),
                fitted=found.by(fitted),
                left_out=found.by(left_out[family(name)]),
            )
            for name, found in judged.items()
        },
        left_out,
        answerability,
    )


def _check_answers(own: Mapping[str, Put]) -> None:
    for name, found in own.items():
        if not any(found.grades):
            raise DatelineError(
                f"{name} has none of the articles its qrels call relevant: there is nothing to fit."
            )


def _best(judged: Sequence[Judged], start: Layered, evaluator: Evaluator) -> Layered:
    evaluator.progress("fitting weights", 0.0, 0)
    return climb(lambda weights: fmean(each.by(weights) for each in judged), start)


def _trials(
    corpora: Sequence[Corpus], own: Mapping[str, Put], weights: Layered, evaluator: Evaluator
) -> Iterator[tuple[Mode, Trial]]:
    """Every query put wherever it tells something, to every corpus and to parts of it."""
    for corpus in corpora:
        strangers = [each for each in corpora if family(each.name) != family(corpus.name)]
        yield from _by_mode(own[corpus.name], ("own", "removed"), weights)
        for stranger in strangers:
            yield from _by_mode(_put(stranger, corpus, evaluator), ("foreign",), weights)
        for share in PARTS:
            with open_part(evaluator, corpus, share) as part:
                yield from _by_mode(_put(corpus, part, evaluator), ("own",), weights)
                for stranger in strangers:
                    yield from _by_mode(_put(stranger, part, evaluator), ("foreign",), weights)


def _put(asking: Corpus, corpus: Corpus, evaluator: Evaluator) -> Put:
    same_language = asking.language == corpus.language
    return put(asking.collection, corpus, evaluator, same_language=same_language)


def _by_mode(found: Put, kinds: Sequence[Kind], weights: Layered) -> Iterator[tuple[Mode, Trial]]:
    for kind in kinds:
        for mode in SIGNALS:
            yield mode, found.trial(kind, mode, weights)


def _rounded(calibration: Calibration) -> Calibration:
    """With as many digits as mean anything."""
    return Calibration(*(round(value, 3) for value in astuple(calibration)))
