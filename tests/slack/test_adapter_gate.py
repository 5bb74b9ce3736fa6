"""HTTP mode from outside: what Slack did not sign does nothing, however it is made, and holds nothing up."""

import asyncio
import hashlib
import hmac
import json
import os
import random
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urlencode, urlsplit

import pytest

from adapters.slack import connections, gate
from tests.databases import Files, lent
from tests.slack import payloads
from tests.slack.practice import Practice
from tests.slack.server import SIGNING_SECRET, SlackServer

TRIES = 10_000 if os.environ.get("HOSTILE") == "long" else 2_000
FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"


@dataclass(frozen=True)
class Asked:
    """A request, byte by byte."""

    body: bytes
    method: bytes = b"POST"
    path: bytes = b"/slack/events"
    kind: bytes = FORM
    stamp: tuple[bytes, ...] = ()
    signature: tuple[bytes, ...] = ()
    more: tuple[bytes, ...] = ()
    length: int | None = None

    @property
    def raw(self) -> bytes:
        head = [
            b"%s %s HTTP/1.1" % (self.method, self.path),
            b"Host: bot",
            b"Content-Type: " + self.kind,
            *(b"X-Slack-Request-Timestamp: " + each for each in self.stamp),
            *(b"X-Slack-Signature: " + each for each in self.signature),
            *self.more,
            b"Content-Length: %d" % (len(self.body) if self.length is None else self.length),
            b"Connection: close",
        ]
        return b"\r\n".join((*head, b"", self.body))


def signed(body: bytes, secret: str = SIGNING_SECRET, at: float = 0, kind: bytes = FORM) -> Asked:
    stamp = b"%d" % (at or time.time())
    found = hmac.new(secret.encode(), b"v0:%s:%s" % (stamp, body), hashlib.sha256).hexdigest()
    return Asked(body, kind=kind, stamp=(stamp,), signature=(b"v0=" + found.encode(),))


@pytest.fixture
async def hooked(slack_server: SlackServer, files: Files) -> AsyncIterator[Practice]:
    with lent(files) as database:  # one kind of database is enough for what hardly ever comes to it
        made = Practice(slack_server, database, mode="http", app_token="", signing_secret=SIGNING_SECRET, port=0)
        await made.start()
        yield made
        await made.stop()


@dataclass
class Door:
    """The bot's port."""

    practice: Practice

    async def opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.practice.slack.url)
        return await asyncio.open_connection(parts.hostname, parts.port)

    async def answers(self, asked: Asked) -> int:
        """The status of the answer; 0 when the connection was closed without one."""
        reader, writer = await self.opened()
        try:
            writer.write(asked.raw)
            await writer.drain()
            line = await reader.readline()
        except ConnectionError:
            return 0
        finally:
            writer.close()
        return int(line.split()[1]) if line else 0

    def command(self, text: str) -> bytes:
        ana = self.practice.team.person("Ana")
        told = payloads.command(
            ana, self.practice.team.channel("general"), f"/cop {text}", "1.2.3", "https://x.example"
        )
        return urlencode(told).encode()


@pytest.fixture
def door(hooked: Practice) -> Door:
    return Door(hooked)


def flipped(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :]


SIGNATURES = (
    b"", b"v0=", b"v0=" + b"0" * 64, b"v1=" + b"a" * 64, b"\xff\xfe\xc3\xa9", "v0=é".encode(), b"v0=" + b"g" * 64,
    b"null", b"v0=" + b"a" * 63, b"v0=" + b"a" * 10_000, b"v0=" + "０".encode() * 64,
)  # fmt: skip
STAMPS = (
    b"", b"now", b"-1", b"1.5", b"1e9", b"0x10", "１２".encode(), b"9" * 400, b"\xff", b"0", b" ", b"+1", b"1_000",
    b"NaN",
)  # fmt: skip
KINDS = (b"", b"text/plain", b"multipart/form-data; boundary=x", b"application/xml", b"application/json2", b"\xff")
METHODS = (b"GET", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"HEAD", b"CONNECT", b"post", b"X" * 200)
BODIES = (
    b"", b"{", b"[]", b"null", b"payload=", b"payload={", b"payload=[]", b"\xff\xfe", b"\x00" * 50,
    b"ssl_check=1&token=x", b'{"type":"url_verification","challenge":"x"}', b"[" * 5000,
    b'{"a":' * 5000, b"payload=" + b"%5B" * 3000,
)  # fmt: skip
EXTRA = (
    b"Content-Encoding: gzip", b"Content-Encoding: br", b"Transfer-Encoding: chunked", b"X-A: " + b"a" * 9000, b"X-A",
    b": x", b"Upgrade: websocket",
)  # fmt: skip


def mutations(good: Asked, draw: random.Random) -> Iterator[Asked]:
    """Requests that are one thing away from what Slack sends, without end."""
    while True:
        old, new = time.time() - 301 - draw.randrange(10**6), time.time() + 301 + draw.randrange(10**6)
        yield replace(good, signature=(flipped(good.signature[0], draw),))
        yield replace(good, body=flipped(good.body, draw))
        yield replace(good, body=good.body[: draw.randrange(len(good.body))])
        yield replace(good, body=good.body + draw.randbytes(draw.randrange(1, 50)))
        yield replace(good, stamp=(flipped(good.stamp[0], draw),))
        yield replace(good, signature=(draw.choice(SIGNATURES),))
        yield replace(good, stamp=(draw.choice(STAMPS),))
        yield replace(good, signature=()) if draw.random() < 0.5 else replace(good, stamp=())
        yield (
            replace(good, signature=good.signature * 2) if draw.random() < 0.5 else replace(good, stamp=good.stamp * 2)
        )
        yield replace(good, kind=draw.choice(KINDS))
        yield replace(good, method=draw.choice(METHODS))
        yield replace(
            good, path=draw.choice((b"/", b"/slack", b"/slack/events/", b"//slack/events", b"/../slack/events"))
        )
        yield signed(good.body, at=draw.choice((old, new)))
        yield signed(good.body, secret=f"another-{draw.random()}")
        yield Asked(
            draw.choice(BODIES), stamp=good.stamp, signature=(draw.choice(SIGNATURES),), kind=draw.choice((FORM, JSON))
        )
        yield Asked(draw.choice(BODIES), kind=draw.choice((FORM, JSON)))
        yield replace(good, signature=(b"v0=" + b"0" * 64,), more=(draw.choice(EXTRA),))
        yield Asked(draw.randbytes(draw.randrange(200)), method=draw.randbytes(3), path=draw.randbytes(9))


@pytest.mark.timeout(600)
async def test_nothing_that_slack_did_not_sign_is_let_in(hooked: Practice, door: Door) -> None:
    draw = random.Random(20260302)
    good = signed(door.command("hello"))
    asked = mutations(good, draw)

    let_in = [(one, status) for one in islice(asked, TRIES) if not 400 <= (status := await door.answers(one)) < 500]

    assert [(one, status) for one, status in let_in if status] == []  # the others were closed without a word
    assert hooked.toys.said == []
    assert await door.answers(signed(door.command("hello"))) == 200
    assert hooked.toys.said


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", [FORM, JSON])
async def test_what_is_signed_and_no_payload_is_no_mistake_of_ours(door: Door, body: bytes, kind: bytes) -> None:
    assert await door.answers(signed(body, kind=kind)) < 500


async def test_a_request_that_is_replayed_has_one_effect(hooked: Practice, door: Door) -> None:
    asked = signed(door.command('poll create "Lunch?" Pizza, Sushi'))

    statuses = {await door.answers(asked) for _ in range(100)}
    await hooked.settled()

    assert statuses == {200}
    assert len([m for m in hooked.team.channel("general").messages if "Lunch?" in m.text]) == 1


async def test_a_body_that_is_too_large_is_turned_away(hooked: Practice, door: Door) -> None:
    assert await door.answers(signed(b"text=" + b"x" * gate.BODY_BYTES)) == 413
    assert hooked.toys.said == []


async def test_a_request_that_never_ends_is_ended(
    slack_server: SlackServer, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.05)
    database = files.take()
    made = Practice(slack_server, database, mode="http", app_token="", signing_secret=SIGNING_SECRET, port=0)
    await made.start()
    door = Door(made)

    silent = await door.opened()
    half = await door.opened()
    half[1].write(b"POST /slack/events HTTP/1.1\r\nHost: b")
    slow = await door.opened()
    slow[1].write(replace(signed(door.command("hello")), length=99_999).raw)

    assert b"408" in await slow[0].readline()
    assert await silent[0].read() == b""
    assert await half[0].read() == b""
    for _, writer in (silent, half, slow):
        writer.close()
    await made.stop()
    files.give_back(database)


async def test_a_crowd_is_asked_to_come_back(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "AT_ONCE", 2)
    asked = signed(door.command("hello"))
    waiting = [await door.opened() for _ in range(2)]
    for _, writer in waiting:
        writer.write(asked.raw[:-1])

    check = signed(json.dumps({"type": "url_verification", "challenge": "x"}).encode(), kind=JSON)
    while await door.answers(check) != 503:  # the others are on their way in
        pass
    for reader, writer in waiting:
        writer.write(asked.raw[-1:])
        assert b"200" in await reader.readline()
        writer.close()

    assert await door.answers(check) == 200
