"""What every test against the Slack server starts with."""

from collections.abc import AsyncIterator

import pytest

from tests.databases import Database
from tests.slack.echo import Echo, connected
from tests.slack.practice import Practice
from tests.slack.server import SlackServer


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)  # slack_sdk would take them, loopback or not


@pytest.fixture
async def slack_server() -> AsyncIterator[SlackServer]:
    async with SlackServer() as server:
        yield server


@pytest.fixture
async def echo(slack_server: SlackServer) -> AsyncIterator[Echo]:
    async with connected(slack_server) as echo:
        await slack_server.ready()
        yield echo


@pytest.fixture
async def practice(slack_server: SlackServer, database: Database) -> AsyncIterator[Practice]:
    """The toys in one workspace, through the real Bolt over a socket."""
    made = Practice(slack_server, database)
    await made.start()
    yield made
    await made.stop()
