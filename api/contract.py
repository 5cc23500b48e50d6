"""The contract of the API: how resources are declared, and the OpenAPI document they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, TypeVar

import marshmallow
import yaml
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from flask_smorest import Api, Blueprint

from api.arguments import ArgumentsParser
from api.auth import SCHEME
from api.errors import MEDIA_TYPE, PROBLEMS, RETRY_AFTER_SECONDS
from api.problem import Problem
from api.schemas.either import Either
from api.schemas.problem import ProblemSchema

VERSION = version("dateline")
DESCRIPTION = """\
Ask a question in plain words, get the passages of news articles that bear on it, best first, each
with where it came from.

Every error is a problem as of RFC 9457, `application/problem+json`. Offsets count Unicode code
points. Times are ISO 8601.
"""
WRITE_KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "One of the keys in DATELINE_WRITE_KEYS. Only writing needs one.",
}

View = TypeVar("View", bound=Callable[..., object])


class Resource(Blueprint):  # type: ignore[misc]  # flask-smorest is untyped
    """A blueprint whose views are only told of in the contract where nothing is to be done."""

    def alt_response(self, *told: Any, **more: Any) -> Callable[[View], View]:
        """Document one more response of a view, without flask-smorest's wrapper around it.

        That only passes the call on, and a view has one for each status it may answer with.
        """
        wrap = super().alt_response(*told, **more)

        def document(view: View) -> View:
            vars(view)["_apidoc"] = wrap(view)._apidoc
            return view

        return document


def resource(name: str, description: str, unacceptable: int = 422) -> Blueprint:
    """A blueprint whose requests are read strictly.

    `unacceptable` is the status by which parameters are refused, in the contracts of others 400.
    """
    blueprint = Resource(name, name, description=description)
    blueprint.ARGUMENTS_PARSER = ArgumentsParser()
    blueprint.ARGUMENTS_PARSER.DEFAULT_VALIDATION_STATUS = unacceptable
    return blueprint


def problems(blueprint: Blueprint, *statuses: int) -> Callable[[View], View]:
    """Document that a view may answer with the problems of these statuses, and with a 500."""

    def document(view: View) -> View:
        for status in (*statuses, 500):
            view = blueprint.alt_response(status, response=_component(status))(view)
        return view

    return document


def errors_as(
    schema: marshmallow.Schema, blueprint: Blueprint, *statuses: int
) -> Callable[[View], View]:
    """Document that a view answers errors of these statuses, and a 500, in a shape of its own.

    An address asked with a wrong method is nobody's: it is answered with the problem.
    """

    def document(view: View) -> View:
        for status in (*statuses, 500):
            told = {"schema": schema, "description": f"{HTTPStatus(status).phrase}."}
            view = blueprint.alt_response(status, **told)(view)
        documented: View = blueprint.alt_response(405, response=_component(405))(view)
        return documented

    return document


def describe(app: Flask) -> Api:
    """Begin the OpenAPI document of `app`."""
    app.config.update(API_TITLE="Dateline", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    api = Api(
        app,
        spec_kwargs={
            "marshmallow_plugin": _Marshmallow(),
            "info": {
                "description": DESCRIPTION,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/", "description": "Wherever this document came from."}],
        },
    )
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    api.spec.components.security_scheme(SCHEME, WRITE_KEY)
    for status in sorted({problem.status for problem in PROBLEMS.values()}):
        alike = {problem.slug: problem for problem in PROBLEMS.values() if problem.status == status}
        api.spec.components.response(_component(status), _response(alike.values()))
    return api


def document(app: Flask) -> str:
    """The OpenAPI document of `app` as YAML, the same on every machine."""
    found = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    for operation in _operations(found["paths"]):
        operation["responses"] = dict(sorted(operation["responses"].items()))
    for unused in ("Error", "PaginationMetadata"):  # of flask-smorest; nothing refers to them
        del found["components"]["schemas"][unused]
    head = ("openapi", "info", "servers", "tags", "paths", "components")
    ordered: dict[str, Any] = {name: found[name] for name in head}
    return yaml.dump(ordered, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100)


class _Converter(OpenAPIConverter):
    """Documents schemas that stand for one of several."""

    def resolve_nested_schema(self, schema: marshmallow.Schema) -> dict[str, Any]:
        """A reference to `schema`, or one to each of its alternatives."""
        if isinstance(schema, Either):
            return {"oneOf": [self.resolve_nested_schema(each) for each in schema.alternatives]}
        # apispec's own method is untyped.
        reference: dict[str, Any] = super().resolve_nested_schema(schema)  # type: ignore[no-untyped-call]
        return reference


class _Marshmallow(MarshmallowPlugin):
    Converter = _Converter


class _Plain(yaml.SafeDumper):
    """YAML without anchors: an example used twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (a hook of PyYAML)
        return True


def _text(dumper: _Plain, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Plain.add_representer(str, _text)


def _operations(paths: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for path in paths.values():
        yield from (operation for name, operation in path.items() if name != "parameters")


def _component(status: int) -> str:
    return f"Problem{status}"


def _response(alike: Iterable[Problem]) -> dict[str, Any]:
    alike = list(alike)
    response: dict[str, Any] = {
        "description": ", or: ".join(problem.title for problem in alike) + ".",
        "content": {
            MEDIA_TYPE: {
                "schema": ProblemSchema(),
                "examples": {problem.slug: {"value": problem.to_json()} for problem in alike},
            }
        },
    }
    if alike[0].status == 503:
        retry = {"description": "Seconds to wait.", "schema": {"type": "string"}}
        response["headers"] = {"Retry-After": {**retry, "example": RETRY_AFTER_SECONDS}}
    return response
