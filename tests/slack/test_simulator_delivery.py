"""Events and envelopes reach the real slack-bolt over sockets that come and go, and over signed HTTP."""

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request

from tests.slack.echo import Echo, Handler, Json, connected
from tests.slack.server import SlackServer
from tests.slack.waiting import NotAcknowledged


async def test_newcomers_are_announced(slack_server: SlackServer, echo: Echo) -> None:
    team = slack_server.default

    ben = await team.joins("Ben", tz="America/New_York", locale="fr-FR")
    await team.enters(ben, "welcome")
    await team.leaves(ben, "welcome")
    await ben.changes(tz="Asia/Tokyo")

    events = [body["event"] for body in echo.got]
    assert [event["type"] for event in events] == [
        "team_join",
        "member_joined_channel",
        "member_left_channel",
        "user_change",
    ]
    assert events[0]["user"]["locale"] == "fr-FR"
    assert events[3]["user"]["tz"] == "Asia/Tokyo"


async def test_the_bot_hears_of_its_own_arrival_and_of_those_it_invites(slack_server: SlackServer, echo: Echo) -> None:
    team = slack_server.default
    ana = team.person("Ana", channels=())
    team.add_channel("quiet", bot=False)

    await echo.client.conversations_join(channel=team.channel("quiet").id)
    await echo.client.conversations_invite(channel=team.channel("quiet").id, users=[ana.id])
    await slack_server.delivery.settled()

    assert [body["event"]["user"] for body in echo.got] == [team.bot.id, ana.id]
    assert team.channel("quiet").members == [team.bot.id, ana.id]


async def test_an_event_may_come_twice_with_one_id(slack_server: SlackServer, echo: Echo) -> None:
    slack_server.repeat_events = 2

    await slack_server.default.joins("Ben")

    assert len(echo.got) == 2
    assert echo.got[0]["event_id"] == echo.got[1]["event_id"]


async def test_events_nobody_took_come_again_with_the_next_socket(slack_server: SlackServer, echo: Echo) -> None:
    slack_server.drop_socket()

    await slack_server.default.joins("Ben")
    assert echo.got == []
    await slack_server.ready()

    await slack_server.changes.until(lambda: echo.got, lambda: "the event did not come again")
    assert echo.got[0]["event"]["user"]["real_name"] == "Ben"


async def test_the_bot_comes_back_when_it_is_asked_to(slack_server: SlackServer, echo: Echo) -> None:
    ana = slack_server.default.person("Ana")
    before = len(slack_server.calls("apps.connections.open"))

    await slack_server.disconnect(reason="refresh_requested")
    await slack_server.ready()
    await ana.command("/cop")

    assert len(slack_server.calls("apps.connections.open")) == before + 1
    assert echo.got


async def test_the_bot_comes_back_after_an_outage(slack_server: SlackServer, echo: Echo) -> None:
    ana = slack_server.default.person("Ana")

    await slack_server.stop()
    await slack_server.start(slack_server.port)
    await slack_server.ready()
    await ana.command("/cop")

    assert echo.got[-1]["command"] == "/cop"


async def test_several_sockets_share_the_envelopes(slack_server: SlackServer, echo: Echo) -> None:
    ana = slack_server.default.person("Ana")
    async with connected(slack_server) as other:
        await slack_server.ready(sockets=2)
        for _ in range(4):
            await ana.command("/cop")

        assert (len(echo.got), len(other.got)) == (2, 2)


async def test_a_bot_that_says_nothing_is_found_out(slack_server: SlackServer, echo: Echo) -> None:
    slack_server.ack_within = 0.1
    ana = slack_server.default.person("Ana")

    async def sulk(ack: Handler, body: Json) -> None:
        return

    echo.does = sulk
    with pytest.raises(NotAcknowledged, match="/cop"):
        await ana.command("/cop")


async def test_requests_over_http_are_signed_and_forged_ones_refused(slack_server: SlackServer) -> None:
    echo = Echo(slack_server)

    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await echo.app.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.router.add_post("/slack/events", receive)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack_server.http_target = "http://{}:{}/slack/events".format(*runner.addresses[0])
    ana = slack_server.default.person("Ana")

    async def answer(ack: Handler, body: Json) -> None:
        await (ack("Hello") if "command" in body else ack())

    echo.does = answer
    assert (await ana.command("/cop")).text == "Hello"
    forged = await ana.command("/cop", forged=True)
    await slack_server.default.joins("Ben")
    challenge = await slack_server.verify_url()

    assert forged.status == 401
    assert len(echo.got) == 2
    assert challenge.payload == {"challenge": "a challenge"}
    await runner.cleanup()
