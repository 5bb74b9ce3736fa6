"""The REST side: routes, authorization, rate limit headers, faults, and a log of every request."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import BodyPartReader, web

from tests.canaries import leaked
from tests.discord.faults import Fault, matcher, refusal
from tests.discord.messages import words
from tests.discord.problems import Findings, Refused
from tests.discord.shapes import Json
from tests.record import DONE, Way

if TYPE_CHECKING:
    from tests.discord.server import DiscordServer

PREFIX = "/api/v10"
WITHOUT_TOKEN = ("/interactions/", "/webhooks/")  # the address itself is the secret
REASON_MAX = 512
KEPT: dict[str, Way] = {
    "POST /channels/{channel}/messages": "post",
    "PATCH /channels/{channel}/messages/{message}": "edit",
    "GET /channels/{channel}/messages": "look",
    "POST /users/@me/channels": "open",
}  # on record


@dataclass(eq=False)
class Request:
    """One request and what was answered: an entry of the log.  A status of 0 means that the connection was cut."""

    server: DiscordServer
    method: str
    path: str
    json: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    reason: str | None = None
    args: dict[str, str] = field(default_factory=dict)
    status: int = 0
    answer: Any = None
    outcome: str = ""  # of what is on record: shown, known, edited, done

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def body(self) -> Json:
        """The JSON object that was sent."""
        if not isinstance(self.json, dict):
            raise Refused(50109)
        return self.json

    def refuse_if_wrong(self, findings: Findings) -> None:
        if findings.found:
            self.server.problems += [f"{self}: {line}" for line in findings.lines()]
            raise Refused(50035, errors=findings.tree())


Handler = Callable[[Request], object]


class Created:
    """An answer with status 201."""

    def __init__(self, body: Json) -> None:
        self.body = body


class Router:
    """Finds the handler for a request, and answers it."""

    def __init__(self, server: DiscordServer, routes: Mapping[str, Handler]) -> None:
        self.server = server
        self.routes = [(template, compiled(template), handler) for template, handler in routes.items()]

    async def serve(self, web_request: web.Request) -> web.StreamResponse:
        request = Request(self.server, web_request.method, web_request.path.removeprefix(PREFIX))
        request.query = web_request.query
        request.reason = web_request.headers.get("X-Audit-Log-Reason")
        self.server.log.append(request)
        self.server.bell.ring()
        template, handler = self.find(request)
        fault = self.server.faults.take(str(request))
        headers: dict[str, str] = {}
        try:
            await read(web_request, request)
            self.server.witness("arrived", str(request))
            if fault:
                await fault.wait()
                refused = None if fault.stored else fault.refusal()
                if refused:
                    raise refused
            if fault and fault.drop == "before":
                self.note(request, template, fault)
                return cut(web_request)
            headers = self.limit(request, template)
            answer = self.answer(request, web_request, handler)
            request.outcome = request.outcome or DONE
        except Refused as refused:
            self.note(request, template, fault, refused.status)
            return self.refuse(request, refused, headers, fault)
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as broken:
            self.server.problems.append(f"{request}: a body of an unexpected shape: {broken!r}")
            return self.refuse(request, Refused(50035), headers, fault)
        self.note(request, template, fault)
        self.server.witness("done", str(request))
        if fault:
            await asyncio.sleep(fault.lag)
            if fault.drop == "after":
                return cut(web_request)
            if fault.stored and (spoilt := fault.refusal()):
                return self.refuse(request, spoilt, headers, fault)
        request.status = 201 if isinstance(answer, Created) else 204 if answer is None else 200
        request.answer = answer.body if isinstance(answer, Created) else answer
        self.server.bell.ring()
        return respond(request.status, request.answer, headers, cut_short=bool(fault and fault.cut_short))

    def note(self, request: Request, template: str, fault: Fault | None, status: int = 0) -> None:
        """Put what was asked of a message on record."""
        if template not in KEPT:
            return
        body = request.json if isinstance(request.json, dict) else {}
        outcome = request.outcome or (str(status) if status else "lost")
        spoilt = fault.spoils if fault else ""
        where = request.args.get("channel") or str(body.get("recipient_id"))
        key = str(body.get("nonce") or "")
        self.server.evidence.add(KEPT[template], where, key, words(body), outcome, spoilt)

    def find(self, request: Request) -> tuple[str, Handler | None]:
        for template, pattern, handler in self.routes:
            found = pattern.fullmatch(str(request))
            if found:
                request.args = found.groupdict()
                return template, handler
        return str(request), None

    def answer(self, request: Request, web_request: web.Request, handler: Handler | None) -> object:
        if handler is None:
            self.server.problems.append(f"{request}: there is no such route")
            raise Refused(0, status=404, message="404: Not Found")
        authorized = web_request.headers.get("Authorization") == f"Bot {self.server.token}"
        if not authorized and not request.path.startswith(WITHOUT_TOKEN) and request.path != "/gateway":
            raise Refused(0, status=401, message="401: Unauthorized")
        if request.reason and len(request.reason) > REASON_MAX:
            self.server.problems.append(f"{request}: the reason has more than {REASON_MAX} characters")
        for sent in (json.dumps(request.json).encode(), *request.files.values()):
            self.server.problems += [f"{request}: the secret {one} in a body" for one in leaked(sent)]
        return handler(request)

    def limit(self, request: Request, template: str) -> dict[str, str]:
        """Rate limit headers; generous ones unless the test asked for a limit."""
        if self.server.traffic.banned:
            raise Refused(0, status=429, message="banned")
        wait = None if request.path.startswith(WITHOUT_TOKEN) else self.server.traffic.too_fast()
        if wait is not None:
            raise refusal(429, 0, round(wait, 3), everywhere=True)
        left, whole, size = 49, 1.0, 50
        limit = self.server.faults.bucket(str(request))
        if limit:
            left, whole = limit.take()
            size = limit.requests
        headers = {
            "X-RateLimit-Limit": str(size),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": f"{self.server.clock.now().timestamp() + whole:.3f}",
            "X-RateLimit-Reset-After": f"{whole:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(template.encode()).hexdigest()[:32],
        }
        if left < 0:
            raise refusal(429, 0, round(whole, 3))
        return headers

    def refuse(
        self, request: Request, refused: Refused, headers: dict[str, str], fault: Fault | None
    ) -> web.StreamResponse:
        request.status, request.answer = refused.status, refused.body
        self.server.bell.ring()
        self.server.traffic.answered(refused.status)
        if refused.status != 429:
            return respond(refused.status, refused.body, headers)
        if (fault and not fault.via) or self.server.traffic.banned:
            return web.Response(status=429, text="error code: 1015", headers={"Retry-After": "60"})
        retry_after = refused.body.setdefault("retry_after", 0.05)
        headers = headers | {
            "Via": "1.1 google",
            "Retry-After": str(retry_after),
            "X-RateLimit-Scope": "global" if refused.body.setdefault("global", False) else "user",
        }
        if refused.body["global"]:
            headers["X-RateLimit-Global"] = "true"
        return respond(429, refused.body, headers)


def compiled(template: str) -> re.Pattern[str]:
    """A route such as "GET /channels/{channel}", where ids are digits and tokens anything."""
    names = re.findall(r"{(\w+)}", template)
    if not names:
        return matcher(template)
    pattern = re.escape(template)
    for name in names:
        kind = r"[^/]+" if name in {"token", "emoji"} else r"\d+"
        pattern = pattern.replace(re.escape("{" + name + "}"), f"(?P<{name}>{kind})")
    return re.compile(pattern)


async def read(web_request: web.Request, request: Request) -> None:
    """Read the body, which is JSON or a form with JSON and files in it."""
    if not web_request.body_exists:
        return
    if web_request.content_type == "multipart/form-data":
        await read_form(web_request, request)
        return
    data = await web_request.read()
    if not data:
        return
    if web_request.content_type != "application/json":
        request.server.problems.append(f"{request}: a body of type {web_request.content_type}")
        raise Refused(50109)
    try:
        request.json = json.loads(data)
    except ValueError:
        request.server.problems.append(f"{request}: a body that is no JSON")
        raise Refused(50109) from None


async def read_form(web_request: web.Request, request: Request) -> None:
    request.json = {}
    async for part in await web_request.multipart():
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        if part.name == "payload_json":
            request.json = json.loads(data)
        elif part.name and part.filename and part.name.startswith("files["):
            request.files[part.filename] = data
        else:
            request.server.problems.append(f"{request}: a part {part.name!r} that Discord does not know")


def cut(web_request: web.Request) -> web.Response:
    """Close the connection so that no answer arrives."""
    if web_request.transport is not None:
        web_request.transport.abort()
    return web.Response()


def respond(status: int, body: object, headers: Mapping[str, str], *, cut_short: bool = False) -> web.Response:
    if status == 204:
        return web.Response(status=204, headers=headers)
    written = json.dumps(body).encode()
    written = written[: len(written) // 2] if cut_short else written
    # without a charset: discord.py compares the whole header
    return web.Response(status=status, body=written, content_type="application/json", headers=headers)
