"""Chromium itself says whether Parley can be installed."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.live.harness import Server

from .chromium import FLAGS, find_chromium


def test_chromium_finds_nothing_that_forbids_installing(browser: Browser, server: Server, tmp_path: Path) -> None:
    # Not a context of `browser`, because nothing can be installed in an incognito context.
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=find_chromium(), args=FLAGS, headless=True
    )
    page = context.pages[0]
    page.goto(f"{server.url}/account/login/")
    session = context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["url"] == f"{server.url}/manifest.webmanifest"
    assert manifest["errors"] == []
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    context.close()
