"""The files of the page and of Swagger UI, each under the digest of them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from mimetypes import guess_type
from pathlib import PurePath

_OWN = ("text/html", "text/css", "text/javascript", "image/svg+xml")
_VIEWER = ("swagger-ui-bundle.js", "swagger-ui.css")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    body: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """What its entity tag is made of."""
        return sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by name; `version` changes when any of them does, and is part of addresses."""

    version: str
    by_name: Mapping[str, Asset]

    def page(self, name: str) -> Asset:
        """An HTML file, whose links to the others carry the version."""
        asset = self.by_name[name]
        linked = asset.body.replace(b'"/static/', f'"/static/{self.version}/'.encode())
        return Asset(linked, asset.media_type)


@cache
def assets() -> Assets:
    """The files, read once a process."""
    by_name = dict(_read())
    whole = sha256()
    for name, asset in sorted(by_name.items()):
        whole.update(f"{name}\0{asset.digest}\0".encode())
    return Assets(whole.hexdigest()[:16], by_name)


def _read() -> Iterator[tuple[str, Asset]]:
    for file in (files("api.ui") / "static").iterdir():
        asset = _asset(file)
        if asset.media_type in _OWN:
            yield file.name, asset
    dist = files("flask_swagger_ui") / "dist"
    for name in _VIEWER:
        yield f"swagger-ui/{name}", _asset(dist / name)


def _asset(file: Traversable) -> Asset:
    # What the system calls JavaScript differs; browsers take modules under this name only.
    known = {".js": "text/javascript", ".svg": "image/svg+xml"}
    media_type = known.get(PurePath(file.name).suffix) or guess_type(file.name)[0]
    return Asset(file.read_bytes(), media_type or "text/plain")
