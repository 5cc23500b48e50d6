"""Prints the OpenAPI document: `python -m api.openapi > openapi.yaml`."""

from __future__ import annotations

import sys

from api.app import build, open_searcher
from api.contract import document
from api.settings import ApiSettings


def main() -> None:
    """Write the document to standard output; no index is opened for it."""
    settings = ApiSettings()
    sys.stdout.write(document(build(settings, open_searcher(settings))))


if __name__ == "__main__":
    main()
