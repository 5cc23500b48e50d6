"""Pictures of the page for its documentation: `python -m bench.screenshots`.

They are taken of the sample articles as served, in Chromium, and written to `docs/images/`.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser

from bench.browser import PORT, samples_in_browser

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SENTENCE = "/?q=island+chain+deployments&article=meridian-koizumi-pentagon&start=466&end=566"
QUESTION = "/?ask=How+high+did+the+Rhine+rise+in+Cologne%3F&view=ask"
WIDE, NARROW = (1280, 860), (320, 640)


@dataclass(frozen=True, slots=True)
class Picture:
    """A state of the page: its address, what is there once it is shown, what is clicked then."""

    name: str
    address: str
    shown: str
    click: str | None = None
    scheme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = WIDE


PICTURES = (
    Picture("front-page", "/", "#home li"),
    Picture("search", "/?q=ship", ".hit"),
    Picture("search-dark", "/?q=ship&source=The+Harbour+Post", ".hit", scheme="dark"),
    Picture("article", SENTENCE, ".related li"),
    Picture("answer", QUESTION, ".sentence", ".cite", size=(1280, 960)),
    Picture("explanation", "/?q=ship", ".hit", ".foot button"),
    Picture("nothing", "/?q=knitting+patterns+for+beginners", ".nothing"),
    Picture("narrow", "/?q=ship", ".hit", size=NARROW),
    Picture("narrow-answer", QUESTION, ".sentence", size=NARROW),
    Picture("reference", "/docs", ".opblock"),
)


def main(names: Sequence[str]) -> None:
    """Take the pictures of these names, or all."""
    IMAGES.mkdir(exist_ok=True)
    with samples_in_browser() as browser:
        for picture in PICTURES:
            if not names or picture.name in names:
                taken = _take(browser, picture)
                print(f"{picture.name}: {taken.stat().st_size // 1024} KB")


def _take(browser: Browser, picture: Picture) -> Path:
    width, height = picture.size
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        color_scheme=picture.scheme,
    )
    page.goto(f"http://127.0.0.1:{PORT}{picture.address}")
    page.locator(picture.shown).first.wait_for()
    if picture.click:
        page.locator(picture.click).first.click()
    page.wait_for_load_state("networkidle")
    path = IMAGES / f"{picture.name}.webp"
    Image.open(io.BytesIO(page.screenshot())).save(path, quality=80, method=6)
    page.close()
    return path


if __name__ == "__main__":
    main(sys.argv[1:])
