"""Article ids that stay the same when an edited article is indexed again."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from indexer.errors import UnreadableFile

LONGEST_ID = 256
_TRACKING = frozenset({"fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid"})
_DEFAULT_PORTS = frozenset({None, 80, 443})


def article_id_for_url(url: str) -> str:
    """The id of the article at a web address, the same for every spelling of that address."""
    canonical = canonical_url(url)
    host, *segments = canonical.partition("?")[0].rstrip("/").split("/")
    last = unquote(segments[-1]) if segments else host
    return _identifier(PurePosixPath(last).stem or host, canonical)


def article_id_for_path(relative_posix_path: str, key: str = "") -> str:
    """The id of the article at a path under the indexed root; `key` tells it from its siblings."""
    stem = PurePosixPath(relative_posix_path).name.split(".")[0]
    return _identifier(stem, f"{relative_posix_path}\0{key}")


def article_id_for_text(title: str, text: str) -> str:
    """The id of an article that came without id, address or path: a digest of what it says."""
    return _identifier(title, f"{title}\0{text}")


def canonical_url(url: str) -> str:
    """The address without scheme, `www.`, default port, fragment, tracking or trailing slash.

    Raises ValueError when it is not an http or https address.
    """
    parts = web_address(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = "" if parts.port in _DEFAULT_PORTS else f":{parts.port}"
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not name.startswith("utm_") and name not in _TRACKING
    )
    query = f"?{urlencode(kept, errors='surrogatepass')}" if kept else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


def web_address(url: str) -> SplitResult:
    """The parts of an http or https address; raises ValueError when it is anything else."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or _unprintable(url):
        raise ValueError("not an http or https address")
    if parts.port == 0:
        raise ValueError("port 0 is no port")
    return parts


def check_given_id(given: str) -> None:
    """Raise UnreadableFile when an id cannot be kept as it is."""
    if len(given) > LONGEST_ID:
        raise UnreadableFile(f"its id has {len(given)} characters; at most {LONGEST_ID} are kept")
    if _unprintable(given):
        raise UnreadableFile("its id holds control characters")


def _unprintable(text: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in text)


def _identifier(name: str, identity: str) -> str:
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:40].strip("-")
    return f"{slug or 'article'}-{digest}"
