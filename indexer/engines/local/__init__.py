"""The embedded engine: FAISS, tantivy and SQLite in one directory."""

from indexer.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
