"""python -m tests.e2e.icons: static/icons/app-*.png from app.svg, by the browser that tests use."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.live.harness.server import ROOT

from .chromium import FLAGS, find_chromium

ICONS = ROOT / "static/icons"
# Chromium requires 192 and 512 of an installable app; Apple uses 180.
SIZES = (180, 192, 512)


def main() -> None:
    """Draw each size; few colours, so that a palette makes small files."""
    drawing = (ICONS / "app.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for size in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{drawing}")
            picture = Image.open(io.BytesIO(page.screenshot()))
            picture.convert("RGB").quantize(32).save(ICONS / f"app-{size}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
