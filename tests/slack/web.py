"""What every request of the bot goes through: arguments, faults, token, the method, and the log."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.canaries import leaked
from tests.record import DONE, EDITED, SHOWN, Way
from tests.slack.asked import Asked, Refused, TooFast, Wrong
from tests.slack.controls import shown_text
from tests.slack.faults import Fault
from tests.slack.files import receive
from tests.slack.methods import METHODS
from tests.slack.records import Request
from tests.slack.responses import answer_url
from tests.slack.teams import Team

if TYPE_CHECKING:
    from tests.slack.server import SlackServer

Json = dict[str, Any]

KEPT: dict[str, tuple[Way, str]] = {
    "chat.postMessage": ("post", SHOWN),
    "chat.update": ("edit", EDITED),
    "conversations.history": ("look", DONE),
    "conversations.open": ("open", DONE),
}  # on record
OBJECTS = ("blocks", "view", "metadata", "attachments", "files")  # JSON even inside a form or a query


class Web:
    """The HTTP side of the server."""

    def __init__(self, server: "SlackServer") -> None:
        self.server = server

    async def api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments, token = await read_arguments(request)
        self.look_for_secrets(method, json.dumps(arguments))
        self.server.witness("arrived", method)
        return await self.guarded(request, method, arguments, lambda: self.call(method, arguments, token))

    async def guarded(
        self, request: web.Request, method: str, arguments: Json, run: Callable[[], tuple[Json, Team | None]]
    ) -> web.StreamResponse:
        """Runs a call between the faults that a test asked for, and writes it into the log."""
        fault = self.server.faults.take(method, arguments)
        if fault and fault.gate:
            await fault.gate.passed()
        if fault and fault.delay:
            await asyncio.sleep(fault.delay)
        answer, team = run() if fault is None or fault.effective else (None, None)
        self.keep(method, arguments, answer, fault)
        self.server.witness("done", method)
        if fault is None or not fault.answers:
            self.server.record(Request(method, arguments, answer, team))
            return answered(answer or {}, team)
        self.server.record(
            Request(method, arguments, None if fault.drop else {"ok": False, "error": fault.error}, team)
        )
        if fault.drop:
            await asyncio.sleep(fault.lag)
            if request.transport:
                request.transport.abort()
            return web.Response()
        return failed(fault)

    def keep(self, method: str, arguments: Json, answer: Json | None, fault: Fault | None) -> None:
        """Put what was asked of a message on record."""
        if method not in KEPT:
            return
        way, done = KEPT[method]
        if answer is None:
            outcome = (fault.error or str(fault.status)) if fault and not fault.drop else "lost"
        else:
            outcome = done if answer.get("ok") else str(answer.get("error"))
        key = str(((arguments.get("metadata") or {}).get("event_payload") or {}).get("k") or "")
        text = "\n".join(part for part in (shown_text(arguments.get("blocks") or []), arguments.get("text")) if part)
        where = str(arguments.get("channel") or arguments.get("users"))
        self.server.evidence.add(way, where, key, text, outcome, fault.spoils if fault else "")

    def call(self, method: str, arguments: Json, token: str) -> tuple[Json, Team | None]:
        """What the method answers, and for which team."""
        team = next((team for team in self.server.teams if token and team.bot_token == token), None)
        try:
            if method == "apps.connections.open":
                return {"ok": True, "url": self.new_socket_url(token)}, None
            asked = Asked(self.server, installed(team, token), method, arguments)
            return {"ok": True, **run(asked)}, team
        except TooFast as fast:
            return fast.answer | {"retry_after": fast.retry_after}, team
        except Refused as refused:
            self.note(method, refused)
            return refused.answer, team
        except (KeyError, TypeError, ValueError) as unreadable:
            self.server.problems.append(f"{method}: {unreadable!r} in {arguments}")
            return {"ok": False, "error": "invalid_arguments"}, team

    def new_socket_url(self, token: str) -> str:
        if token != self.server.app_token:
            raise Refused("not_allowed_token_type" if token.startswith("xoxb") else "invalid_auth")
        return self.server.sockets.new_url()

    def note(self, method: str, refused: Refused) -> None:
        """Keeps what no correct bot would have asked."""
        if isinstance(refused, Wrong):
            self.server.problems += [f"{method}: {refused.answer['error']}: {line}" for line in refused.messages]

    async def response_url(self, request: web.Request) -> web.StreamResponse:
        arguments, _ = await read_arguments(request)
        self.look_for_secrets("response_url", json.dumps(arguments))
        known = self.server.response_urls.get(request.match_info["key"])

        def answer() -> tuple[Json, Team | None]:
            try:
                return answer_url(self.server, known, arguments), known.channel.team if known else None
            except Refused as refused:
                self.note("response_url", refused)
                return refused.answer | {"status": 404 if refused.answer["error"].endswith("_url") else 400}, None

        return await self.guarded(request, "response_url", arguments, answer)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        if request.content_type.startswith("multipart/"):
            part = next(iter((await request.post()).values()))
            content = part.file.read() if isinstance(part, web.FileField) else str(part).encode()
        else:
            content = await request.read()
        file = request.match_info["file"]
        self.look_for_secrets("upload", content)
        return await self.guarded(request, "upload", {"file": file}, lambda: receive(self.server, file, content))

    def look_for_secrets(self, method: str, sent: str | bytes) -> None:
        self.server.problems += [f"{method}: the secret {one} in a body" for one in leaked(sent)]


def installed(team: Team | None, token: str) -> Team:
    """The team of a token that is still worth something."""
    if team is None:
        raise Refused("invalid_auth" if token else "not_authed")
    if team.refusal:
        raise Refused(team.refusal)
    return team


def run(asked: Asked) -> Json:
    """What the method does, if it exists, has its arguments and is allowed."""
    if asked.method not in METHODS:
        raise Wrong("unknown_method", [f"[ERROR] no such method: {asked.method}"])
    known = METHODS[asked.method]
    if missing := [name for name in known.needs if asked.arguments.get(name) in (None, "")]:
        raise Wrong("invalid_arguments", [f"[ERROR] missing required field: {name}" for name in missing])
    if known.scope:
        asked.allow(known.scope)
    return known.run(asked)


def answered(answer: Json, team: Team | None) -> web.Response:
    headers = {"x-oauth-scopes": ",".join(sorted(team.scopes))} if team else {}
    if "retry_after" in answer:
        headers["Retry-After"] = str(answer["retry_after"])
        return web.json_response({"ok": False, "error": answer["error"]}, status=429, headers=headers)
    return web.json_response(answer, status=answer.get("status", 200), headers=headers)


def failed(fault: Fault) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    body = fault.body if fault.body is not None else json.dumps({"ok": False, "error": fault.error or "internal_error"})
    return web.Response(status=fault.status, text=body, headers=headers, content_type="application/json")


async def read_arguments(request: web.Request) -> tuple[Json, str]:
    """Query, form and JSON together, as slack_sdk uses all three; and the token."""
    arguments: Json = plain(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        arguments |= json.loads(body) if body else {}
    elif request.method == "POST":
        arguments |= plain(await request.post())
    for name in OBJECTS:
        if isinstance(arguments.get(name), str):
            arguments[name] = json.loads(arguments[name])
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return arguments, arguments.pop("token", None) or bearer


def plain(given: Mapping[str, Any]) -> Json:
    return dict(given.items())
