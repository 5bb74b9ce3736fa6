"""``commonplace run`` as its own process, against servers that speak the platforms' protocols."""

import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.databases import Database
from tests.process import started
from tests.two_chats import TwoChats, joins_on_discord, joins_on_slack, press, two_chats

pytestmark = pytest.mark.timeout(180)  # processes start slowly where tests run side by side

SOON = timedelta(seconds=3)
REMINDERS = "link LIKE 'meetings.reminder:%'"
FIRST_DUE = f"SELECT min(due) FROM outbox WHERE {REMINDERS}"  # noqa: S608
EARLIER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', {}, '-' || :by || ' seconds')",
    "postgresql": "{} - :by * interval '1 second'",
}


@pytest.fixture
async def chats() -> AsyncIterator[TwoChats]:
    async with two_chats() as made:
        yield made


async def test_a_community_lives_on_two_chats_with_nothing_but_the_environment(
    chats: TwoChats, tmp_path: Path, database: Database
) -> None:
    async with started(tmp_path, chats.environ | {"DATABASE_URL": database.url}) as bot:
        line = await bot.ready()
        assert "Discord in Practice; Slack in Practice" in line
        assert {"poll", "join", "me", "community"} <= {made["name"] for made in chats.discord.commands[None]}

        # a join is welcomed by direct message
        ana, zoe = await chats.guild.joins("Ana"), await chats.team.joins("Zoe", channels=("general", "announcements"))
        asked = await press(ana, await ana.dm_arrives(lambda m: "Welcome, Ana." in m.text), "What joining means")
        await joins_on_discord(ana, asked)
        assert "Welcome, Zoe." in (await zoe.dm_arrives()).text
        await joins_on_slack(zoe)
        ada, _ = await chats.link()

        # a group is joined
        made = await ada.command("group create", name="Statistics", purpose="Numbers, together")
        await press(ada, made.message, "Create it", "is there")
        await ana.command("group join", group="Statistics")
        await chats.discord.until(lambda: "statistics" in {role.name.lower() for role in chats.guild.roles})
        await chats.discord.until(lambda: "statistics" in {name.lower() for name in ana.roles})

        # a poll voted from both platforms has one tally
        there, here = await chats.asks(ada, "Lunch?", "Pizza, Sushi")
        await ana.click(there, "Pizza")
        await zoe.click(here, "Sushi")
        await there.becomes(lambda m: "2 people have voted" in m.text)
        await chats.team.channel("announcements").arrives(lambda m: "2 people have voted" in m.text)

        # a resource is found from the other chat
        await ana.command("resource add", url="https://example.org/box-plots", why="Explains box plots well")
        await (await zoe.command("/cop resource find box plots")).message("Explains box plots well")

        # a reminder is sent at its time
        shown = await ada.command("meeting create", in_="announcements", title="Reading circle", when="in 3 hours")
        await press(ada, shown.message, "Post it", "Planned:")
        invitation = await chats.team.channel("announcements").arrives(lambda m: "Reading circle" in m.text)
        offer = await (await zoe.click(invitation, "Yes")).message("Noted: you are coming")
        await (await zoe.click(offer, "An hour before")).message("I will remind you an hour before.")
        due = bring_forward(database)
        reminder = await zoe.dm_arrives(lambda m: "Reading circle" in m.text and "starts" in m.text)
        assert float(reminder.ts) >= due.timestamp()

        bot.signal(signal.SIGTERM)
        assert await bot.ends() == 0
        assert "Traceback" not in bot.said


def bring_forward(database: Database) -> datetime:
    """Let the meeting and its reminders be sooner, so that the next one is due soon; when that is."""
    due = datetime.now(UTC) + SOON
    [(planned,)] = database.rows(FIRST_DUE)
    at = datetime.fromisoformat(planned).replace(tzinfo=UTC) if isinstance(planned, str) else planned
    due_, expires, starts, ends = map(EARLIER[database.dialect].format, ("due", "expires", "starts", "ends"))
    database.runs(
        f"UPDATE outbox SET due = {due_}, expires = {expires} WHERE {REMINDERS}",  # noqa: S608
        f"UPDATE occurrence SET starts = {starts}, ends = {ends}",  # noqa: S608
        by=round((at - due).total_seconds(), 3),
    )
    return due


async def test_what_was_acknowledged_survives_a_kill_and_nothing_is_posted_twice(
    chats: TwoChats, tmp_path: Path, database: Database
) -> None:
    environ = chats.environ | {"DATABASE_URL": database.url}

    async with started(tmp_path, environ) as first:
        await first.ready()
        ada, sam = await chats.link()
        there, here = await chats.asks(ada, "Lunch?", "Pizza, Sushi")
        receipt = await (await ada.click(there, "Pizza")).final()
        assert "Pizza" in receipt.text

        await first.killed()

    async with started(tmp_path, environ) as second:
        await second.ready()
        await there.becomes(lambda m: "1 person has voted" in m.text)
        await sam.click(here, "Sushi")
        await there.becomes(lambda m: "2 people have voted" in m.text)
        await chats.team.channel("announcements").arrives(lambda m: "2 people have voted" in m.text)
        again = await ada.click(there, "Sushi")
        assert "Sushi" in (await again.final()).text

        second.signal(signal.SIGTERM)
        assert await second.ends() == 0
    assert len(chats.guild.channel("announcements").messages) == 1
    assert len(chats.team.channel("announcements").messages) == 1
    assert len(chats.discord.requests("PUT /applications/*/commands")) == 1


async def test_a_platform_that_refuses_its_token_does_not_stop_the_other(chats: TwoChats, tmp_path: Path) -> None:
    async with started(tmp_path, chats.environ | {"DISCORD_TOKEN": "wrong-token"}) as bot:
        line = await bot.ready()
        sam = chats.team.person("Sam")

        answer = await (await sam.command("/cop help")).message()

        assert "What you can do here" in answer.text
        assert "Discord in" not in line
        assert "Discord refuses the token" in bot.said
        assert "wrong-token" not in bot.said


async def test_when_every_platform_refuses_its_token_the_settings_are_wrong(chats: TwoChats, tmp_path: Path) -> None:
    wrong = {"DISCORD_TOKEN": "wrong-token", "SLACK_BOT_TOKEN": "xoxb-wrong"}

    async with started(tmp_path, chats.environ | wrong) as bot:
        status = await bot.ends()

    assert status == 78
    assert "Discord refuses the token" in bot.said
    assert "Slack" in bot.said
    assert "Traceback" not in bot.said
    assert "wrong-token" not in bot.said
    assert "xoxb-wrong" not in bot.said


async def test_one_platform_alone_never_loads_the_other(chats: TwoChats, tmp_path: Path) -> None:
    discord = {name: value for name, value in chats.environ.items() if name.startswith("DISCORD_")}

    async with started(tmp_path, discord, python=("-X", "importtime")) as bot:
        await bot.ready()
        loaded = {line.rpartition("|")[2].strip() for line in bot.lines if line.startswith("import time:")}

    assert "discord" in loaded
    assert not {"slack_bolt", "slack_sdk", "psycopg"} & loaded


async def test_a_second_process_on_the_same_database_is_told_and_ends(chats: TwoChats, tmp_path: Path) -> None:
    slack = {name: value for name, value in chats.environ.items() if name.startswith("SLACK_")}

    async with started(tmp_path, slack) as first:
        await first.ready()
        async with started(tmp_path, slack) as second:
            status = await second.ends()

    assert status == 75
    assert "commonplace.db is in use by another Commonplace" in second.said


async def test_a_second_signal_ends_it_at_once(chats: TwoChats, tmp_path: Path) -> None:
    discord = {name: value for name, value in chats.environ.items() if name.startswith("DISCORD_")}

    async with started(tmp_path, discord) as bot:
        await bot.ready()
        held = chats.discord.faults.hold("POST /interactions/*/*/callback")
        await chats.guild.person("Ana").command("help", wait_=False)
        await held.reached()
        bot.signal(signal.SIGTERM)
        await bot.says("stopping")
        bot.signal(signal.SIGINT)

        assert await bot.ends() == 128 + signal.SIGINT
