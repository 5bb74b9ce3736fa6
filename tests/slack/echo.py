"""A Bolt application that does what a test tells it to, with a card and a form to show."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.server import SlackServer

Json = dict[str, Any]
Handler = Callable[..., Awaitable[None]]

ANY = re.compile(".*", re.DOTALL)


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def options(*names: str) -> list[Json]:
    return [{"text": plain(name), "value": name.lower()} for name in names]


CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Lunch?*"}},
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "vote:1", "text": plain("Pizza"), "value": "1"},
            {"type": "static_select", "action_id": "more", "placeholder": plain("More"), "options": options("A", "B")},
            {"type": "overflow", "action_id": "menu", "options": options("Close", "Delete")},
        ],
    },
]
FORM: Json = {
    "type": "modal",
    "callback_id": "create",
    "title": plain("New poll"),
    "submit": plain("Create"),
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "question",
            "label": plain("What do you want to know?"),
            "element": {"type": "plain_text_input", "max_length": 20},
        },
        {
            "type": "input",
            "block_id": "who",
            "optional": True,
            "label": plain("Who?"),
            "element": {"type": "multi_users_select"},
        },
        {
            "type": "input",
            "block_id": "day",
            "label": plain("Which day?"),
            "element": {"type": "datepicker", "initial_date": "2030-01-31"},
        },
        {
            "type": "input",
            "block_id": "topic",
            "optional": True,
            "label": plain("Topic"),
            "element": {"type": "external_select", "action_id": "find", "min_query_length": 2},
        },
    ],
}


class Echo:
    """It acknowledges unless told otherwise, and remembers what it got."""

    def __init__(self, server: SlackServer) -> None:
        self.server = server
        self.got: list[Json] = []
        self.does: Handler | None = None
        client = AsyncWebClient("xoxb-test", base_url=server.api)
        self.app = AsyncApp(client=client, signing_secret="signing-secret", process_before_response=True)
        for listen in (self.app.command, self.app.action, self.app.view, self.app.view_closed, self.app.shortcut):
            listen(ANY)(self.hear)
        self.app.options(ANY)(self.hear)
        self.app.event(ANY)(self.hear)
        self.client = client

    async def hear(self, ack: Handler, body: Json) -> None:
        self.got.append(body)
        self.server.changes.happened()
        if self.does:
            await self.does(ack, body)
        else:
            await ack()


@asynccontextmanager
async def connected(server: SlackServer) -> AsyncIterator[Echo]:
    """An application on a socket of its own."""
    echo = Echo(server)
    handler = AsyncSocketModeHandler(echo.app, server.app_token, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield echo
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
