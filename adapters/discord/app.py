"""Discord as a platform: what happens there becomes calls, and what the core wants said is said there."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import discord

from adapters.discord import limits, rooms, roster
from adapters.discord.answers import Answer, choices_of
from adapters.discord.commands import names_on_discord, registered, same
from adapters.discord.decode import PLATFORM, decode, typing
from adapters.discord.dialect import DiscordMarkdown
from adapters.discord.faults import NO_MESSAGE, translated
from adapters.discord.guests import Guests
from adapters.discord.limits import Json
from adapters.discord.marks import key_mark, numbers
from adapters.discord.render import message
from adapters.discord.shards import Gateway
from adapters.discord.wire import Wire, hear
from bot.calls import AccountRef, Outcome
from bot.cards import Card, card
from bot.effects import Reply
from bot.leases import Alone, Leases, Superseded
from bot.ports import CannotLook, Gone, Home, Present, Roster
from bot.runtime import Runtime
from bot.text import Reader, say, write

log = logging.getLogger(__name__)

FINISH_WITHIN = 10.0  # seconds that a stop waits for answers that are under way
REMOVED = "0"  # the reference of a message that arrived, was deleted by somebody, and then was sent again
HISTORY_PAGES = 10  # of a hundred messages, in which an earlier attempt is looked for
KNOWN_INTERACTIONS = 1000  # Discord delivers again what a broken connection lost, and that is not much


class Discord:
    """One bot on Discord, in all the servers that invited it.  It translates and decides nothing."""

    platform = PLATFORM
    rate = limits.REQUESTS

    def __init__(
        self,
        runtime: Runtime,
        token: str,
        *,
        api: str = "",
        leases: Leases | None = None,  # without them, this process is the only one
        shards: int = 0,
        defer_after: float = limits.DEFER_AFTER,
        guild_wait: float = 2.0,  # seconds without another server until all of them are taken to be known
    ) -> None:
        self._runtime = runtime
        self._wire = Wire(token, api)
        self._gateway = Gateway(
            self._wire, leases or Alone(time.monotonic), self._listen, self._begun, self._register,
            shards=shards, guild_wait=guild_wait,
        )  # fmt: skip
        self._guests = Guests(self._wire, self._gateway, lambda user: runtime.seen_in(PLATFORM, user))
        self._dialect = DiscordMarkdown(names_on_discord(runtime.app))
        self._defer_after = defer_after
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen: dict[str, None] = {}
        self._direct: dict[str, str] = {}

    @property
    def missing(self) -> list[str]:
        """What the bot was not given, in sentences."""
        return self._gateway.missing

    @property
    def connected(self) -> bool:
        return self._gateway.connected

    @property
    def status(self) -> str:
        """Which part of the gateway is ours, in a sentence."""
        return self._gateway.status

    async def start(self) -> None:
        """Connect and register the commands.  Raises BadToken or CannotConnect when that will never succeed."""
        await self._gateway.open()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=FINISH_WITHIN)  # until the servers are settled

    async def stop(self) -> None:
        """Finish the answers that are under way, and say goodbye."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=FINISH_WITHIN)
        await self._gateway.close()

    def _listen(self, client: discord.Client) -> None:
        hear(client, "INTERACTION_CREATE", self._interaction)
        for told in (
            self.on_guild_available,
            self.on_guild_join,
            self.on_guild_remove,
            self.on_member_join,
        ):
            client.event(told)
        client.event(self.on_member_update)
        client.event(self.on_raw_member_remove)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run beside the gateway, which must not wait; whatever fails is written down."""

        async def watched() -> None:
            try:
                await work
            except Superseded as lost:
                log.info("an event of Discord is for another replica: %s", lost)
            except Exception:
                log.exception("an event of Discord could not be served")

        task = asyncio.create_task(watched())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begun(self, spaces: Iterable[str]) -> None:
        """Nobody listened until now; what is there is compared as soon as the servers are settled."""
        settling = set(self._tasks)

        async def compare() -> None:
            if settling:
                await asyncio.wait(settling, timeout=FINISH_WITHIN)
            for space in spaces:
                self._runtime.missed(PLATFORM, space)

        self._spawn(compare())

    def _heard(self, space: str) -> Runtime:
        """The runtime for what was heard of a server: it does nothing once the server's shard is somebody else's."""
        return self._runtime.fenced(self._gateway.hold(space).check)

    # What happens on Discord.  Methods called on_… are called by discord.py.

    async def _register(self) -> None:
        """Tell Discord the commands, unless it knows them: only so many may be created a day."""
        wire, application = self._wire, self._wire.client.application_id
        wanted = registered(self._runtime.app)
        path = "/applications/{application_id}/commands"
        known = await wire.request("GET", path, query={"with_localizations": "true"}, application_id=application)
        if same(wanted, known):
            return
        try:
            await wire.request("PUT", path, wanted, application_id=application)
        except discord.HTTPException as refusal:
            if refusal.status != 400:  # noqa: PLR2004
                raise
            log.exception("Discord refused the commands; those that it knew go on working")

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server that the bot is in: its channels of known names begin to serve."""
        channels = {str(c.id): c.name for c in guild.text_channels}
        self._spawn(self._heard(str(guild.id)).settle(PLATFORM, str(guild.id), guild.name, channels))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self.on_guild_available(guild)
        self._begun([str(guild.id)])  # whoever is there already becomes known

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed; a server that is only unavailable is not."""
        self._spawn(self._heard(str(guild.id)).unsettle(PLATFORM, str(guild.id)))

    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody came.  Who still has to accept the rules comes later."""
        if not member.pending:
            self._spawn(self._arrived(member))

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        if before.pending and not after.pending:
            self._spawn(self._arrived(after))

    async def on_raw_member_remove(self, gone: discord.RawMemberRemoveEvent) -> None:
        self._guests.forget(str(gone.user.id))
        if gone.user.bot:
            return
        joined = gone.user.joined_at if isinstance(gone.user, discord.Member) else None
        account = AccountRef(PLATFORM, str(gone.guild_id), str(gone.user.id), gone.user.display_name)
        key = f"{PLATFORM}:{gone.guild_id}:{gone.user.id}:left:{joined.isoformat()}" if joined else ""
        self._spawn(self._heard(account.space).happen("departed", account, key=key))

    async def _arrived(self, member: discord.Member) -> None:
        if member.bot:
            return
        account = AccountRef(PLATFORM, str(member.guild.id), str(member.id), member.display_name)
        key = roster.arrival_key(account.space, account.user, member.joined_at)
        await self._heard(account.space).happen("arrived", account, key=key)

    def _interaction(self, payload: Json) -> None:
        if payload["id"] in self._seen:
            return  # delivered again after a broken connection
        self._seen[payload["id"]] = None
        if len(self._seen) > KNOWN_INTERACTIONS:
            del self._seen[next(iter(self._seen))]
        if payload["type"] == limits.TYPING:
            self._spawn(self._suggest(payload))
        elif payload["type"] in (limits.COMMAND_USED, limits.PRESSED, limits.SUBMITTED):
            self._spawn(self._answer(payload))

    async def _answer(self, payload: Json) -> None:
        """Answer, and if that takes long say so before Discord gives up."""
        answer = Answer(self._wire, payload, self._dialect)
        outcome = asyncio.ensure_future(self._run(payload, answer))
        done, _ = await asyncio.wait({outcome}, timeout=self._defer_after)
        if not done:
            await answer.defer()
        await answer.show(await outcome)

    async def _run(self, payload: Json, answer: Answer) -> Outcome:
        seat = await self._guests.seat(payload)
        if seat is None and not payload.get("guild_id"):
            lost = say("I do not know which server you mean. Please use this in a channel there.")
            return Outcome((Reply(card(lost)),), Reader(payload.get("locale") or "en"))
        answer.space = seat.space if seat else payload["guild_id"]
        return await self._heard(payload.get("guild_id") or "").run(decode(payload, self._runtime.app, seat))

    async def _suggest(self, payload: Json) -> None:
        """Help somebody who types; too late is worse than nothing, since this cannot be deferred."""
        answer = Answer(self._wire, payload, self._dialect)
        found: list[tuple[str, str]] = []
        number = False
        try:
            async with asyncio.timeout(self._defer_after):
                seat = await self._guests.seat(payload)
                if seat is not None or payload.get("guild_id"):
                    asked = typing(payload, self._runtime.app, seat)
                    number = asked.number
                    heard = self._heard(payload.get("guild_id") or "")
                    options, reader = await heard.suggest(asked.call, asked.field, asked.typed)
                    found = [(write(o.label, reader), o.value) for o in options]
        except TimeoutError:
            log.info("suggestions took too long")
        await answer.suggest(choices_of(found, number=number))

    # What the core wants: a port.

    def pause(self, space: str, channel: str) -> float:  # noqa: ARG002
        """None of ours: discord.py learns each channel's limit from the headers, and a request waits for it."""
        return 0.0

    async def send(self, space: str, channel: str, card: Card, reader: Reader, key: str) -> str:
        """Post a card once: for some minutes Discord answers the same nonce with the message that it has."""
        drawn = message(card, reader, space=space, key=key, dialect=self._dialect)
        body = drawn.body | {"nonce": key[: limits.NONCE], "enforce_nonce": True}
        path = "/channels/{channel_id}/messages"
        with translated():
            try:
                sent = await self._wire.request("POST", path, body, files=drawn.files, channel_id=channel)
            except discord.NotFound as gone:
                if gone.code != NO_MESSAGE:
                    raise
                return REMOVED
        return str(sent["id"])

    async def edit(self, space: str, channel: str, ref: str, card: Card, reader: Reader) -> None:
        drawn = message(card, reader, space=space, dialect=self._dialect)
        path = "/channels/{channel_id}/messages/{message}"
        with translated():
            await self._wire.request("PATCH", path, drawn.body, files=drawn.files, channel_id=channel, message=ref)

    async def direct(self, space: str, user: str) -> str:  # noqa: ARG002  # the same channel in every server
        if user not in self._direct:
            with translated():
                opened = await self._wire.request("POST", "/users/@me/channels", {"recipient_id": user})
            self._direct[user] = str(opened["id"])
        return self._direct[user]

    async def find(self, space: str, channel: str, key: str, since: datetime) -> str | None:  # noqa: ARG002
        """Look through what was written since then for the mark of this key."""
        try:
            with translated():
                may_look = await self._may_look(channel)
        except Gone as no:
            raise CannotLook(str(no)) from no
        if not may_look:
            raise CannotLook("the bot may not read the history of this channel")
        after = str(discord.utils.time_snowflake(since - timedelta(seconds=1)))
        path, mark = "/channels/{channel_id}/messages", key_mark(key)
        for _ in range(HISTORY_PAGES):
            query = {"after": after, "limit": limits.HISTORY_PAGE}
            try:
                with translated():
                    me, page = self._me, await self._wire.request("GET", path, query=query, channel_id=channel)
            except Gone as no:
                raise CannotLook(str(no)) from no
            for sent in page:
                if sent["author"]["id"] == me and mark in numbers(sent.get("components") or ()):
                    return str(sent["id"])
            if len(page) < limits.HISTORY_PAGE:
                return None
            after = max((sent["id"] for sent in page), key=int)
        raise CannotLook("too much was written in this channel since")

    async def _may_look(self, channel: str) -> bool:
        """Without the right to read it, Discord shows an empty history; in direct messages the bot always may."""
        known = self._gateway.channel(channel)
        if known is not None:
            return known.permissions_for(known.guild.me).read_message_history
        about = await self._wire.request("GET", "/channels/{channel_id}", channel_id=channel)
        if not about.get("guild_id"):
            return True
        # the server is another replica's to hear of
        return await roster.shows_history(self._wire, str(about["guild_id"]), self._me, about)

    async def open(self, space: str, name: str) -> Home:
        with translated():
            return await rooms.open_home(self._wire, space, self._me, name)

    async def seat(self, space: str, home: Home, user: str) -> None:
        with translated():
            await rooms.seat(self._wire, space, home, user)

    async def unseat(self, space: str, home: Home, user: str) -> None:
        with translated():
            await rooms.unseat(self._wire, space, home, user)

    async def roster(self, space: str, homes: Sequence[Home]) -> Roster:
        with translated():
            return await roster.roster(self._wire, space, self._me, homes)

    async def present(self, space: str, user: str) -> Present | None:
        with translated():
            return await roster.one(self._wire, space, user)

    async def reaches(self, space: str, channel: str) -> bool:
        with translated():
            return await roster.reaches(self._wire, space, self._me, channel)

    async def stands(self, space: str, channel: str, ref: str) -> bool:  # noqa: ARG002
        with translated():
            return await roster.stands(self._wire, channel, ref)

    @property
    def _me(self) -> str:
        user = self._wire.client.user
        if user is None:
            raise ConnectionError("not logged in to Discord")
        return str(user.id)
