"""The same over HTTP, where everything Slack sends is signed."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Database
from tests.slack.practice import Practice
from tests.slack.server import SlackServer


@pytest.fixture
async def hooked(slack_server: SlackServer, database: Database) -> AsyncIterator[Practice]:
    secret = slack_server.signing_secret
    made = Practice(slack_server, database, mode="http", app_token="", signing_secret=secret, port=0)
    await made.start()
    yield made
    await made.stop()


async def test_commands_forms_clicks_and_events_arrive_by_http(hooked: Practice) -> None:
    ana = hooked.team.person("Ana")

    view = await (await ana.command('/cop poll create "Lunch?"')).modal()
    answer = await ana.submits(view, Choices="Pizza")
    assert "Please give 2 to 5" in next(iter(answer.errors.values()))
    await ana.submits(view, Choices="Pizza\nSushi")
    poll = await hooked.team.channel("general").arrives(lambda m: "Lunch?" in m.text)
    await ana.click(poll, "Pizza")
    await hooked.team.channel("general").arrives(lambda m: "Pizza: *1*" in m.text)

    await hooked.team.joins("Zoe")
    assert hooked.toys.events == ["arrived Zoe"]


async def test_a_forged_request_does_nothing(hooked: Practice) -> None:
    ana = hooked.team.person("Ana")

    answer = await ana.command("/cop hello", forged=True)

    assert answer.status == 401
    assert hooked.toys.said == []


async def test_slack_can_verify_the_address(hooked: Practice) -> None:
    ack = await hooked.server.verify_url()

    assert ack.payload == {"challenge": "a challenge"}


async def test_what_bolt_finds_in_the_environment_changes_nothing(
    slack_server: SlackServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    made = Practice(slack_server, database)
    await made.start()
    ana = made.team.person("Ana")

    answer = await ana.command("/cop hello")

    assert "Hello, Ana!" in (await answer.message()).text
    await made.stop()
