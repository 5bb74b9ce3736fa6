"""The simulated Slack as a judge: its record, its pace, its slow history, and sockets that go silent."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.echo import Echo
from tests.slack.server import SlackServer


@pytest.fixture
async def client(slack_server: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient("xoxb-test", base_url=slack_server.api, session=session, retry_handlers=[])


def marked(key: str) -> dict[str, object]:
    return {"event_type": "delivery", "event_payload": {"k": key}}


async def test_the_record_tells_what_was_shown_whatever_was_answered(
    slack_server: SlackServer, client: AsyncWebClient
) -> None:
    sent = await client.chat_postMessage(channel="general", text="one", metadata=marked("1"))
    slack_server.faults.next("chat.postMessage", body='{"ok": tr', stored=True)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="general", text="two", metadata=marked("2"))
    slack_server.faults.next("chat.postMessage", drop="after", lag=0.01)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="general", text="three")
    slack_server.faults.next("chat.postMessage", status=503)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="general", text="four")
    await client.chat_update(channel=sent["channel"], ts=sent["ts"], text="changed")

    told = [(entry.way, entry.key, entry.text, entry.outcome, entry.answer) for entry in slack_server.evidence]
    assert told == [
        ("post", "1", "one", "shown", ""),
        ("post", "2", "two", "shown", "cut short"),
        ("post", "", "three", "shown", "no answer"),
        ("post", "", "four", "503", "503"),
        ("edit", "", "changed", "edited", ""),
    ]
    assert [m.fallback for m in slack_server.default.channel("general").messages] == ["changed", "two", "three"]


async def test_a_channel_takes_a_message_a_second(slack_server: SlackServer, client: AsyncWebClient) -> None:
    slack_server.pace.kept = True
    for number in range(5):
        await client.chat_postMessage(channel="general", text=str(number))

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="general", text="too fast")
    await client.chat_postMessage(channel="welcome", text="elsewhere")
    slack_server.clock.advance(5)
    await client.chat_postMessage(channel="general", text="later")

    assert (caught.value.response.status_code, caught.value.response["error"]) == (429, "ratelimited")
    assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 5
    assert len(slack_server.default.channel("general").messages) == 6


async def test_history_shows_a_message_only_after_a_while(slack_server: SlackServer, client: AsyncWebClient) -> None:
    slack_server.history_lag = 5
    sent = await client.chat_postMessage(channel="general", text="Hello")
    assert (await client.conversations_history(channel=sent["channel"]))["messages"] == []

    slack_server.clock.advance(6)

    assert len((await client.conversations_history(channel=sent["channel"]))["messages"]) == 1


async def test_an_event_that_a_silent_socket_swallowed_comes_again_by_the_next_one(
    slack_server: SlackServer, echo: Echo
) -> None:
    slack_server.ack_within = 0.1
    slack_server.sockets.go_silent()
    silent = list(slack_server.sockets.open)
    ana = await slack_server.default.joins("Ana")
    assert [one.outer["event"]["type"] for one in slack_server.delivery.missed] == ["team_join"]

    # the bot misses the answers to its pings and comes back
    await slack_server.changes.until(
        lambda: any(one not in silent for one in slack_server.sockets.ready), lambda: "it did not come back"
    )
    await slack_server.changes.until(lambda: echo.got, lambda: "the event was lost")

    assert {body["event"]["user"]["id"] for body in echo.got} == {ana.id}
