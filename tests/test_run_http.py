"""``commonplace run`` where Slack calls the bot: as its own process, and as Slack sees it."""

import signal
import socket
from pathlib import Path

import pytest

from adapters.slack.manifest import SCOPES
from tests.process import started
from tests.slack.server import BOT_TOKEN, SlackServer
from tests.two_chats import CHANNELS, joins_on_slack

pytestmark = pytest.mark.timeout(180)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def test_slack_calls_the_bot_and_nobody_else_does(tmp_path: Path) -> None:
    async with SlackServer(channels=CHANNELS) as slack:
        slack.scopes.update(SCOPES)
        port = free_port()
        environ = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_API_BASE": slack.api,
            "COMMONPLACE_SLACK__MODE": "http",
            "COMMONPLACE_SLACK__PORT": str(port),
        }
        async with started(tmp_path, environ) as bot:
            await bot.ready()
            slack.http_target = f"http://127.0.0.1:{port}/slack/events"
            sam = slack.default.person("Sam")

            assert (await slack.delivery.verify_url()).payload == {"challenge": "a challenge"}
            forged = await sam.command("/cop join", forged=True)
            await joins_on_slack(sam)

            bot.signal(signal.SIGTERM)
            assert await bot.ends() == 0
        assert forged.status == 401
        assert slack.signing_secret not in bot.said
        assert "Traceback" not in bot.said
    assert slack.problems == []
