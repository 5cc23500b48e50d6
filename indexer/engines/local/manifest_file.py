"""The file of a generation that says what it is made of, and whether it still says so."""

from __future__ import annotations

from pathlib import Path

from indexer.engines.manifest import Manifest, names
from indexer.errors import IndexDamaged

MANIFEST = "manifest.json"


def unreadable(name: str, error: Exception) -> IndexDamaged:
    """What to raise where the manifest of generation `name` is there and cannot be read."""
    reason = error.strerror if isinstance(error, OSError) else error
    return IndexDamaged(
        f"The manifest of generation {name} cannot be read ({reason}): mend its permissions, "
        "restore a backup, or index everything into a new directory."
    )


def read_manifest(directory: Path) -> Manifest:
    """The manifest of the generation in `directory`, whose name is a digest of it.

    Raises IndexDamaged, or IndexMismatch for another format.
    """
    try:
        text = (directory / MANIFEST).read_text("utf-8")
    except FileNotFoundError:
        raise IndexDamaged(
            f"Generation {directory.name} has no manifest: restore a backup, or index everything "
            "into a new directory."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(directory.name, error) from error
    manifest = Manifest.from_json(text)
    if not names(text, directory.name):
        raise IndexDamaged(
            f"The manifest of generation {directory.name} is not what was written: restore a "
            "backup, or index everything into a new directory."
        )
    return manifest
