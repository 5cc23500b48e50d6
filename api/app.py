"""The composition root: settings in, a WSGI application out."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider
from werkzeug.routing import PathConverter

from api import auth, errors
from api.answers.answerer import Answerer
from api.answers.llm import LanguageModel
from api.arguments import refuse_foreign_paths
from api.contract import describe
from api.doors import chat_completions, dify, mcp, openwebui, vector_stores
from api.grounding.judging import Judge
from api.grounding.verification import Verifier
from api.resources import (
    answers,
    articles,
    citations,
    context,
    health,
    jobs,
    openapi,
    search,
    serving,
    similar,
    verify,
    verifying,
    why_not,
    writing,
)
from api.search.method import Method
from api.search.rerankers import open_reranker
from api.search.searcher import Searcher
from api.search.watch import Watch
from api.search.weights import Weights
from api.settings import ApiSettings
from api.ui import page
from indexer.encoders import open_encoder
from indexer.encoders.base import Encoder
from indexer.encoders.entailment import load_entailment
from indexer.engines.local import LocalEngine
from indexer.engines.manifest import ModelCard
from indexer.errors import DatelineError
from indexer.settings import cache_directory, query_precision

log = logging.getLogger(__name__)


class AnyPath(PathConverter):
    """The rest of an address, be its first character a slash: ids of articles are no paths."""

    regex = "(?s:.+?)"
    part_isolating = False


class Json(DefaultJSONProvider):
    """JSON as people read it: in the order of the schemas, and not escaped to ASCII."""

    sort_keys = False
    ensure_ascii = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """A response with a value as its body, by orjson: json takes ten times as long."""
        value = self._prepare_response_obj(args, kwargs)
        body: bytes | str
        try:
            body = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
        except orjson.JSONEncodeError:
            # What an article came with may hold integers past 64 bits, or nest without end.
            body = self.dumps(value, separators=(",", ":")) + "\n"
        return Response(body, mimetype=self.mimetype)


def create_app(settings: ApiSettings | None = None) -> Flask:
    """The application that gunicorn serves; it starts without an index and waits for one."""
    settings = settings or ApiSettings.from_environment()
    searcher = open_searcher(settings)
    try:
        searcher.snapshot()
    except DatelineError as error:
        log.warning("Not ready yet: %s", error)
    Watch(searcher.generations.refresh)
    return build(settings, searcher, open_judge(settings))


def build(settings: ApiSettings, searcher: Searcher, judge: Judge | None = None) -> Flask:
    """The application over `searcher`, with a judge of answers; opens nothing."""
    app = Flask("dateline", static_folder=None)
    app.json = Json(app)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    # Ids of articles may be addresses, whose // must come through.
    app.url_map.merge_slashes = False
    app.url_map.converters["path"] = AnyPath
    contract = describe(app)
    reading = (search, why_not, context, answers, citations, verify, articles, similar)
    doors = (vector_stores, chat_completions, mcp, dify, openwebui)
    for resource in (*reading, jobs, health, openapi, *doors):
        contract.register_blueprint(resource.blueprint)
    app.register_blueprint(page.blueprint)
    errors.register(app)
    app.before_request(refuse_foreign_paths)
    serving.serve(app, searcher)
    verifier = Verifier(searcher, judge)
    verifying.verify_with(app, verifier)
    answers.answer_with(app, Answerer(searcher, verifier, open_llm(settings)))
    writing.receive(app, settings)
    auth.protect(app, settings.write_keys)
    mcp.open_endpoint(app, settings)
    return app


def open_searcher(settings: ApiSettings) -> Searcher:
    """A searcher over the local index, which opens index and model when they are first needed."""
    cache_dir, precision = cache_directory(), query_precision()

    def open_model(card: ModelCard) -> Encoder:
        made_with = card.name, card.fingerprint, card.canaries
        return open_encoder(*made_with, cache_dir, precision=precision)

    return Searcher(LocalEngine(settings.index), open_model, open_method(settings))


def open_llm(settings: ApiSettings) -> LanguageModel | None:
    """The language model that words answers, if there is to be one; raises as it does."""
    return LanguageModel(settings.llm) if settings.llm else None


def open_judge(settings: ApiSettings) -> Judge | None:
    """The model that judges answers, None where none is named.

    Raises ModelUnavailable, or MissingExtra when it has to be exported and torch is missing.
    """
    return load_entailment(settings.nli, cache_directory()) if settings.nli else None


def open_method(settings: ApiSettings) -> Method:
    """How hits are ordered; raises DatelineError when weights or reranker cannot be opened."""
    return Method(
        weights=Weights.read(settings.weights),
        fusion=settings.fusion,
        reranker=open_reranker(
            settings.reranker,
            cache_directory(),
            model=settings.reranker_model,
            api_key=settings.reranker_api_key,
        ),
        reranked=settings.reranker_depth,
        rerank_seconds=settings.reranker_seconds,
    )
