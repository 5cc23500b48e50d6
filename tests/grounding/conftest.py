"""The application over HTTP, which tests of what is behind it share."""

from tests.http.conftest import app, encoder

__all__ = ["app", "encoder"]
