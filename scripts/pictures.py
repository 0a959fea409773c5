"""Take the screenshots in the documentation: ``python scripts/pictures.py``, after the page or the model changed."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from newsnorm.cli import main

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests/support"))

from browser import Browser  # noqa: E402 - found by the line above

STORY = "diplomacy"


def take(browser: Browser, source: Path, images: Path) -> None:
    """Take screenshots of the page of a story, on a desktop screen and on a phone."""
    browser.open(source, width=1200, height=760)
    browser.click("ins.quotes")
    browser.run("scrollTo(0, 0)")
    browser.screenshot(images / "explain.png")
    browser.open(source, width=390, height=844)
    browser.screenshot(images / "explain-phone.png")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "page.html"
        # The page shows its source as the command was given it: a path relative to the repository.
        os.chdir(ROOT)
        status = main(["explain", "--paragraphs", f"seeds/{STORY}.flat.txt", "--html", str(written)])
        opened = Browser()
        try:
            take(opened, written, ROOT / "docs/images")
        finally:
            opened.close()
    sys.exit(status)
