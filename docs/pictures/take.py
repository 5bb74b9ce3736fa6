# ruff: noqa: INP001
"""Take the pictures of the playground that the README shows:  python docs/pictures/take.py

Needs the development environment and a Chromium, named by CHROMIUM or found on PATH.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))  # the checkout that this file is in

from bot.demo import build, payloads  # noqa: E402  # only now it can be found

DAY = datetime(2026, 3, 3, 9, tzinfo=UTC)  # a Tuesday
WIDE, PHONE = (1280, 800), (390, 844)
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


async def take() -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine, playground = await build(Path(folder), draw=payloads(), port=0, today=DAY)
        await engine.start()
        try:
            async with async_playwright() as playwright:
                found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
                browser = await playwright.chromium.launch(executable_path=found, args=ARGS)
                await pictures(browser, playground.url)
                await browser.close()
        finally:
            await engine.stop()


async def pictures(browser: Browser, url: str) -> None:
    page = await opened(browser, url, WIDE, "light")
    await shoot(page, "playground")
    await page.get_by_role("radio", name="Discord").check()
    await page.wait_for_selector("[data-look=discord] .discord")
    await shoot(page, "discord")
    await page.get_by_role("radio", name="Slack").check()
    await page.wait_for_selector("[data-look=slack] .slack")
    await shoot(page, "slack")
    await shoot(await opened(browser, url, WIDE, "dark"), "dark")
    await shoot(await opened(browser, url, PHONE, "light"), "phone")


async def opened(browser: Browser, url: str, size: tuple[int, int], scheme: Literal["light", "dark"]) -> Page:
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(".message")
    await page.wait_for_timeout(300)  # fonts and pictures are there
    return page


async def shoot(page: Page, name: str) -> None:
    await page.screenshot(path=HERE / f"{name}.png")
    sys.stdout.write(f"{name}.png\n")


if __name__ == "__main__":
    asyncio.run(take())
