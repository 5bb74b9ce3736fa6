"""Fixtures for the playground: a party, its open page, and a browser."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession

from tests.playground.party import Party, Tab, make_party, open_tab

if TYPE_CHECKING:
    from playwright.async_api import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture
async def party(tmp_path: Path, template: Path) -> AsyncIterator[Party]:
    """Ben is a member, Chiara coordinates, Ana has just arrived; the page is open."""
    made = make_party(tmp_path, template)
    await made.engine.start()
    await made.joins("ben", "chiara")
    yield made
    await made.engine.stop()


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession() as made:
        yield made


@pytest.fixture
async def tab(party: Party, session: ClientSession) -> Tab:
    """A page that nobody has done anything on."""
    return await open_tab(session, party.playground)


@pytest.fixture
async def browser() -> "AsyncIterator[Browser]":
    """A real Chromium.  Where there is none the test is skipped, but not where CI says that nothing may be."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium: install one, or name it with CHROMIUM")
        pytest.skip("no Chromium: name one with CHROMIUM")
    from playwright.async_api import async_playwright, expect

    expect.set_options(timeout=20_000)  # milliseconds: machines that run everything at once are slow
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=found, args=list(ARGS))
        yield launched
        await launched.close()
