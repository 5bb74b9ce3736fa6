"""The page in a real Chromium: what a person sees, clicks, types and hears of it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.demo import build, payloads
from tests.playground.party import Party

pytestmark = pytest.mark.e2e

WIDE, PHONE = (1280, 800), (390, 844)
HOSTILE = "<img src=x onerror=alert(1)> @everyone"
Open = Callable[..., Awaitable[Page]]


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[Open]:
    """Opens pages; not one of them may have an error on its console."""
    errors: list[str] = []

    async def opened(url: str, person: str = "ben", size: tuple[int, int] = WIDE, **more: Any) -> Page:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", **more
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        await page.goto(f"{url}?as={person}")
        await expect(line(page)).to_be_visible()
        await expect(page.get_by_role("button", name=re.compile("^You are"))).to_be_attached()
        return page

    yield opened
    assert not errors


def line(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Message or command")


def log(page: Page) -> Locator:
    return page.get_by_role("log")


async def types(page: Page, command: str) -> None:
    await line(page).fill(command)
    await line(page).press("Enter")


async def becomes(page: Page, name: str) -> None:
    await page.get_by_role("button", name=re.compile(f"^{name}")).click()
    await expect(page.get_by_role("button", name=re.compile(f"^{name}"))).to_have_attribute("aria-pressed", "true")


async def test_the_first_view_says_what_this_is(open_page: Open, tmp_path: Path) -> None:
    engine, playground = await build(tmp_path, draw=payloads(), port=0)
    await engine.start()

    page = await open_page(playground.url)

    await expect(page.get_by_text("This is Commonplace with no token")).to_be_visible()
    await expect(log(page)).to_contain_text("3 votes (75 %)")
    await expect(log(page)).to_contain_text("3 come: Ben Hollis, Grace Kim, Hugo Lind")
    await expect(log(page)).to_contain_text("The first message to a mentee")
    await expect(page.get_by_role("complementary", name="Home")).to_contain_text("Hello Ben Hollis")
    await expect(page.get_by_role("button", name="Ana Ribeiro")).to_contain_text("1 new for them")

    await page.get_by_role("button", name="/poll create").click()
    await expect(line(page)).to_have_value("/poll create ")
    await expect(page.get_by_role("listbox", name="Suggestions")).to_contain_text("What do you want to know?")
    await engine.stop()


async def test_a_newcomer_joins(party: Party, open_page: Open) -> None:
    await party.playground.arrive(party.room.people["ana"])
    page = await open_page(party.playground.url)

    await becomes(page, "Ana Ribeiro")
    await page.get_by_role("button", name="Commonplace").click()
    await log(page).get_by_role("button", name="What joining means").click()
    await log(page).get_by_role("button", name="Join", exact=True).click()

    await expect(log(page)).to_contain_text("You are in, Ana")
    await expect(page.get_by_role("complementary", name="Home")).to_contain_text("Hello Ana")


async def test_a_vote_counts_at_once_for_somebody_else(party: Party, open_page: Open) -> None:
    await party.asks("Tea or coffee?", "Tea", "Coffee")
    ben = await open_page(party.playground.url)
    chiara = await open_page(party.playground.url, "chiara")
    await expect(log(chiara)).to_contain_text("0 people have voted")

    await log(ben).get_by_role("button", name="Tea", exact=True).focus()
    await ben.keyboard.press("Enter")

    await expect(log(chiara)).to_contain_text("1 person has voted")
    await expect(log(ben)).to_contain_text("Your vote: Tea")
    await expect(log(ben).get_by_role("button", name="Tea", exact=True)).to_be_focused()
    await expect(log(chiara)).not_to_contain_text("Your vote")


async def test_a_mistake_in_a_form_is_said_beside_the_field_and_mended(party: Party, open_page: Open) -> None:
    page = await open_page(party.playground.url, "chiara")

    await types(page, "/meeting create")
    form = page.get_by_role("dialog")
    await form.get_by_role("button", name="Send").click()
    await expect(form).to_contain_text("Please fill in “Title”.")

    await form.get_by_label("Title").fill("Tea")
    await form.get_by_label("When").fill("4/5")
    await form.get_by_role("button", name="Send").click()
    await expect(form.get_by_role("alert").filter(has_text="different dates")).to_be_visible()
    await expect(form.get_by_label("When")).to_have_attribute("aria-invalid", "true")
    await expect(form.get_by_label("When")).to_be_focused()
    await expect(form.get_by_label("Title")).to_have_value("Tea")

    await form.get_by_label("When").fill("tomorrow 15:00")
    await expect(form).to_contain_text("→ Wednesday 4 March 2026, 15:00")
    await form.get_by_role("button", name="Send").click()
    await expect(form).to_be_hidden()
    await log(page).get_by_role("button", name="Post it").click()
    await expect(log(page)).to_contain_text("Nobody has answered yet")


async def test_moving_the_clock_closes_a_poll_and_brings_a_reminder(party: Party, open_page: Open) -> None:
    await party.asks("Tea or coffee?", "Tea", "Coffee", closes="today 12:00")
    page = await open_page(party.playground.url, "chiara")
    await types(page, "/meeting create title: Tea time when: tomorrow 15:00")
    await log(page).get_by_role("button", name="Post it").click()
    await log(page).get_by_role("button", name="Yes", exact=True).click()
    await log(page).get_by_role("button", name="An hour before").click()
    await expect(log(page)).to_contain_text("I will remind you an hour before.")

    await page.get_by_role("button", name="Next event").click()
    await expect(log(page)).to_contain_text("Closed Tue 3 Mar, 12:00")

    await page.get_by_role("button", name="+1 day").click()
    await page.get_by_role("button", name="+1 day").click()
    await page.get_by_role("button", name=re.compile("^Commonplace.*new message")).click()
    await expect(log(page)).to_contain_text("You get this because you asked to be reminded of this meeting.")


async def test_messages_look_as_on_discord_and_on_slack(party: Party, open_page: Open) -> None:
    await party.asks("Tea or coffee?", "Tea", "Coffee")
    page = await open_page(party.playground.url)

    for look, shape in (("Discord", ".discord .container"), ("Slack", ".slack .s-header")):
        await page.get_by_role("radio", name=look).check()
        await expect(log(page).locator(shape)).to_contain_text("Tea or coffee?")
        await expect(log(page)).to_contain_text("Chiara Conti")
        await log(page).get_by_text(f"What {look} gets").first.click()
        await expect(log(page).locator("pre").first).to_contain_text("Tea or coffee?")
        await log(page).get_by_role("button", name="Coffee", exact=True).click()
        await expect(log(page)).to_contain_text("1 person has voted")

    await types(page, "/groups")
    await expect(log(page)).to_contain_text("No groups yet")


async def test_groups_are_ticked_in_every_look(party: Party, open_page: Open) -> None:
    chiara = party.actor("chiara")
    await chiara.presses("Create it", await chiara.uses("group create", name="Tea", purpose="All about tea"))
    await party.playground.settled()
    page = await open_page(party.playground.url)

    await types(page, "/groups")
    looks = (("Plain", "You are in Tea"), ("Discord", "You have left Tea"), ("Slack", "You are in Tea"))
    for look, answer in looks:
        await page.get_by_role("radio", name=look).check()
        await expect(page.locator("body")).to_have_attribute("data-look", look.lower().replace("plain", "playground"))
        menu = log(page).locator(".message").last
        await menu.locator("summary", has_text="Your groups").click()
        await menu.get_by_role("checkbox", name=re.compile("^Tea")).click()
        await menu.get_by_role("button", name="Apply").click()
        await expect(menu).to_contain_text(answer)

    await expect(page.get_by_role("button", name="tea", exact=True)).to_be_visible()


async def test_suggestions_work_by_keyboard(party: Party, open_page: Open) -> None:
    page = await open_page(party.playground.url, "chiara")
    options = page.get_by_role("listbox", name="Suggestions")

    await line(page).press_sequentially("/poll cr")
    await expect(line(page)).to_have_attribute("aria-expanded", "true")
    await expect(options.get_by_role("option", selected=True)).to_contain_text("/poll create")
    await line(page).press("Enter")
    await expect(line(page)).to_have_value("/poll create ")

    await line(page).press("ArrowDown")
    active = await line(page).get_attribute("aria-activedescendant")
    await expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    await line(page).press("Tab")
    await expect(line(page)).to_have_value("/poll create question: ")

    await line(page).press_sequentially("Tea? choices: yes, no closes: friday 17:00")
    await expect(options).to_contain_text("→ Friday 6 March 2026, 17:00 (Europe/Rome)")
    await line(page).press("Escape")
    await expect(options).to_be_hidden()
    await line(page).press("Enter")
    await expect(log(page)).to_contain_text("Closes Friday 6 March 2026, 17:00")
    await expect(line(page)).to_have_value("")


async def test_words_are_never_markup(party: Party, open_page: Open) -> None:
    await party.asks(HOSTILE, HOSTILE[:40], "Other")
    page = await open_page(party.playground.url)
    await types(page, HOSTILE)

    for look in ("Plain", "Discord", "Slack"):
        await page.get_by_role("radio", name=look).check()
        await expect(page.locator("body")).to_have_attribute("data-look", look.lower().replace("plain", "playground"))
        await expect(log(page).get_by_role("heading", name="onerror=alert(1)")).to_be_visible()
        await expect(log(page).locator(".said")).to_have_text(HOSTILE)
        assert await log(page).locator("img[src=x], .alarm, a[href*=x]").count() == 0


async def test_every_control_has_a_name_and_nothing_lies_outside(party: Party, open_page: Open) -> None:
    await party.asks("Tea or coffee?", "Tea", "Coffee")
    for size in (WIDE, PHONE):
        page = await open_page(party.playground.url, "chiara", size)
        await types(page, "/meeting create")
        await expect(page.get_by_role("dialog")).to_be_visible()

        nameless = await page.evaluate(
            """() => [...document.querySelectorAll('button, input, select, textarea, a, summary, [role=log], dialog')]
                .filter(each => !(each.ariaLabel || each.textContent.trim() || each.labels?.length
                    || each.getAttribute('aria-labelledby')))
                .map(each => each.outerHTML)"""
        )
        ids = await page.evaluate("() => [...document.querySelectorAll('[id]')].map(each => each.id)")
        outside = await page.evaluate("() => document.documentElement.scrollWidth - innerWidth")

        assert nameless == []
        assert len(ids) == len(set(ids))
        assert outside <= 0


async def test_a_phone_has_room_for_everything(party: Party, open_page: Open) -> None:
    await party.playground.arrive(party.room.people["ana"])
    page = await open_page(party.playground.url, size=PHONE, has_touch=True)

    await page.get_by_role("button", name="Channels and people").click()
    await page.get_by_role("button", name=re.compile("^Ana")).click()
    await page.get_by_role("button", name="Channels and people").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Channels and people")).to_be_focused()
    await page.get_by_role("button", name="Channels and people").click()
    await page.get_by_role("button", name="Home", exact=True).click()
    await page.get_by_role("complementary", name="Home").get_by_role("button", name="What joining means").click()

    await expect(log(page).get_by_role("button", name="Join", exact=True)).to_be_visible()


async def test_the_command_line_reads_what_is_typed(party: Party, open_page: Open) -> None:
    page = await open_page(party.playground.url)
    read = """async line => {
        const { read } = await import('/static/command.js')
        const option = name => ({ name, required: true })
        const said = read(line, [
            { command: 'me', options: [] }, { command: 'me link', options: [option('code')] },
            { command: 'poll create', options: [option('question'), option('choices'), option('closes')] },
        ])
        return said && [said.command?.command ?? null, said.answers]
    }"""

    lines: dict[str, object] = {
        "hello": None,
        "/nothing": [None, {}],
        "/me": ["me", {}],
        "/me link ABC": ["me link", {"code": "ABC"}],
        "/poll create Lunch? choices: a, b": ["poll create", {"question": "Lunch?", "choices": "a, b"}],
        '/poll create question: "A: b?" closes: friday': ["poll create", {"question": "A: b?", "closes": "friday"}],
        "/POLL create choices: http://x.y/z": ["poll create", {"choices": "http://x.y/z"}],
        "/poll create choices: a, b closes:": ["poll create", {"choices": "a, b"}],
    }
    for typed, expected in lines.items():
        assert await page.evaluate(read, typed) == expected, typed
