"""The gate of HTTP mode: what is not Slack's, or no request at all, is turned away before anything reads it."""

import asyncio
import re

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

BODY_BYTES = 1 << 20  # Slack's own are far below
BODY_SECONDS = 10.0
IDLE_SECONDS = 15.0  # for the head of a request, and between two of them
AT_ONCE = 64  # requests; Slack sends again what is refused for now
TYPES = ("application/x-www-form-urlencoded", "application/json")
SIGNATURE = re.compile("v0=[0-9a-f]{64}")
SECONDS = re.compile("[0-9]{1,12}")


class Gate:
    """Lets in what Slack signed within the last five minutes; Bolt looks at the signature once more."""

    def __init__(self, signing_secret: str) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._inside = 0

    def __enter__(self) -> None:
        if self._inside >= AT_ONCE:
            raise web.HTTPServiceUnavailable
        self._inside += 1

    def __exit__(self, *_: object) -> None:
        self._inside -= 1

    async def admit(self, request: web.Request) -> AsyncBoltRequest:
        """The request as Bolt takes it.  Raises an HTTP error for every other one."""
        if request.content_type not in TYPES or "Content-Encoding" in request.headers:  # Slack packs nothing
            raise web.HTTPUnsupportedMediaType
        signature = only(request, "X-Slack-Signature", SIGNATURE)
        timestamp = only(request, "X-Slack-Request-Timestamp", SECONDS)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()  # more than BODY_BYTES is a 413
            body.decode()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except (UnicodeDecodeError, web.RequestPayloadError):
            raise web.HTTPBadRequest from None
        if not self._verifier.is_valid(body, timestamp, signature):
            raise web.HTTPUnauthorized
        try:
            made = await to_bolt_request(request)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # signed, and yet no payload
            raise web.HTTPBadRequest from None
        if not isinstance(made.body, dict):
            raise web.HTTPBadRequest
        return made


def only(request: web.Request, name: str, form: re.Pattern[str]) -> str:
    """The one value of a header, in its one form."""
    match request.headers.getall(name, []):
        case [value] if form.fullmatch(value):
            return value
    raise web.HTTPUnauthorized
