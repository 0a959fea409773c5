"""Takes the pictures of the documentation, after a change to the page or the model: ``python scripts/pictures.py``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from browser import Browser

from newsnorm.cli import main

ROOT = Path(__file__).parent.parent
STORY = "diplomacy"


def take(browser: Browser, source: Path, images: Path) -> None:
    """Take the page of a story on a screen and on a phone."""
    browser.open(source, width=1200, height=760)
    browser.click("ins.quotes")
    browser.run("scrollTo(0, 0)")
    browser.picture(images / "explain.png")
    browser.open(source, width=390, height=844)
    browser.picture(images / "explain-phone.png")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "page.html"
        # The page names its source as it was given: the way to it is nobody's business.
        os.chdir(ROOT)
        status = main(["explain", "--paragraphs", f"seeds/{STORY}.flat.txt", "--html", str(written)])
        opened = Browser()
        try:
            take(opened, written, ROOT / "docs/images")
        finally:
            opened.close()
    sys.exit(status)
