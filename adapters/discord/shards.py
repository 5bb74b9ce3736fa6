"""The gateway: a connection for each shard that this replica holds, kept up for as long as it holds it."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp
import discord

from adapters.discord.identify import Budget, Later
from adapters.discord.wire import AGAIN_AFTER, REFUSED, BadToken, CannotConnect, Wire, hush, make_client
from bot import metrics
from bot.leases import Hold, Leases, Superseded, Wanted
from bot.ports import CannotStart

log = logging.getLogger(__name__)

WAIT_FOR_READY = 60.0  # seconds until start() goes on with the connection in the background
GOODBYE = 5.0  # seconds that a connection may take to end
AFTER_REFUSAL = 300.0  # seconds until Discord is asked again what it refused for good: somebody may have mended it
LEASE = re.compile(r"discord:shard:(\d+)/(\d+)")

NO_MEMBERS_INTENT = (
    "missing: members intent. Switch on “Server Members Intent” for the bot in Discord's developer portal "
    "(Bot, Privileged Gateway Intents) and start again; until then newcomers will not be greeted."
)


@dataclass(slots=True, eq=False)
class Line:
    """One shard, from the lease on it until that ends."""

    hold: Hold
    shard: int
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    client: discord.Client | None = None
    task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        client = self.client
        return self.ready.is_set() and client is not None and not client.is_closed() and client.ws.open


class Gateway:
    """All shards that are ours.

    ``prepare`` runs before the first client connects, ``listen`` gets each of them before it does, and ``begun`` is
    called when a session begins, with the servers of which nobody heard since the last one ended.
    """

    def __init__(
        self,
        wire: Wire,
        leases: Leases,
        listen: Callable[[discord.Client], None],
        begun: Callable[[Iterable[str]], None],
        prepare: Callable[[], Awaitable[None]],
        *,
        shards: int = 0,  # 0: as many as Discord recommends
        guild_wait: float,
    ) -> None:
        self._wire, self._leases = wire, leases
        self._listen, self._begun, self._prepare = listen, begun, prepare
        self._guild_wait = guild_wait
        self._asked = shards
        self._budget = Budget(leases)
        self._lines: dict[int, Line] = {}
        self._wanted: Wanted | None = None
        self._prepared = False
        self._running: asyncio.Task[None] | None = None
        self._started = asyncio.Event()
        self._refused: asyncio.Future[None]
        self.shards = 1
        self.missing: list[str] = []

    # What is heard where.

    @property
    def guilds(self) -> dict[str, discord.Guild]:
        """The servers of the shards that are ours, as far as they are known."""
        clients = [line.client for line in self._lines.values() if line.client is not None]
        return {str(guild.id): guild for client in clients for guild in client.guilds}

    def channel(self, channel: str) -> discord.abc.GuildChannel | discord.Thread | None:
        """A channel of the servers that we hear of; None for one of another replica's, and for direct messages."""
        for guild in self.guilds.values():
            if (found := guild.get_channel_or_thread(int(channel))) is not None:
                return found
        return None

    def hold(self, space: str) -> Hold:
        """Under which lease something of this server is heard; direct messages come to shard 0."""
        shard = (int(space) >> 22) % self.shards if space else 0
        line = self._lines.get(shard)
        return Hold(f"shard {shard}", check=not_ours) if line is None else line.hold

    @property
    def connected(self) -> bool:
        """Whether all that is ours to hear is heard; what is not ours, another replica hears."""
        return self._started.is_set() and all(line.connected for line in self._lines.values())

    @property
    def status(self) -> str:
        """For whoever looks after the bot."""
        if not self._lines:
            return "I am not the gateway holder"
        numbers = " and ".join(str(shard) for shard in sorted(self._lines))
        return f"I hold shard {numbers} of {self.shards}"

    # From the first connection to the last.

    async def open(self) -> None:
        """Log in, and return when the servers of our shards are known; an outage is waited out in the background."""
        self._refused = asyncio.get_running_loop().create_future()
        self._running = asyncio.create_task(self._run(), name="discord gateway")
        started = asyncio.create_task(self._started.wait(), name="discord ready")
        await asyncio.wait({self._running, started}, timeout=WAIT_FOR_READY, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._running.done():
            await self.close()
            self._running.result()

    async def close(self) -> None:
        """Say goodbye, and let somebody else have the shards."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        self._started.clear()
        await asyncio.gather(*(self._hang_up(line) for line in list(self._lines.values())))
        if self._wanted is not None:
            await self._leases.drop(self._wanted)
        await self._wire.close()

    async def _run(self) -> None:
        await self._wire.log_in()
        self.shards = self._asked or await self._recommended()
        names = tuple(f"discord:shard:{shard}/{self.shards}" for shard in range(self.shards))
        self._wanted = Wanted(names, self._gained, self._lost)
        await self._leases.want(self._wanted)
        if not self._lines:
            log.info("%s, and send what is due", self.status)
            self._started.set()
        await self._refused

    async def _recommended(self) -> int:
        """As many as Discord recommends, or as the other replicas have: all have to have the same."""
        others = [LEASE.fullmatch(name) for name in await self._leases.others("discord:shard:")]
        return max((int(found[2]) for found in others if found), default=self._wire.recommended)

    async def _gained(self, hold: Hold) -> None:
        found = LEASE.fullmatch(hold.name)
        if found is None:
            raise ValueError(hold.name)
        self._lines[int(found[1])] = line = Line(hold, int(found[1]))
        line.task = asyncio.create_task(self._keep(line), name=f"discord shard {line.shard}")

    async def _lost(self, hold: Hold) -> None:
        for line in [line for line in self._lines.values() if line.hold is hold]:
            await self._hang_up(line)

    async def _hang_up(self, line: Line) -> None:
        self._lines.pop(line.shard, None)
        if line.client is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE):
                    await line.client.close()
        if line.task is not None:
            line.task.cancel()
            await asyncio.wait({line.task})
        if line.client is not None:
            await hush(line.client)

    # One shard.

    async def _keep(self, line: Line) -> None:
        """Stay connected, however long Discord is away at first; later discord.py waits by itself."""
        attempt = 0
        while True:
            pause = AGAIN_AFTER[min(attempt, len(AGAIN_AFTER) - 1)]
            try:
                await self._connect(line)
                return
            except Later as later:
                log.warning("%s", later)
                pause = later.seconds
            except discord.PrivilegedIntentsRequired:
                self._wire.members = False
            except (BadToken, CannotConnect) as refusal:
                pause = self._refuse(refusal)
            except (aiohttp.ClientError, OSError, discord.DiscordException) as away:
                log.warning("Discord cannot be reached: %s", away)
            except Exception as mistake:  # noqa: BLE001  # ours or discord.py's; the shard is ours, so it has to go on
                pause = self._refuse(mistake)
            attempt = 0 if line.ready.is_set() else attempt + 1
            line.ready.clear()
            if line.client is not None:
                await line.client.close()
                await hush(line.client)
            await asyncio.sleep(pause)

    async def _connect(self, line: Line) -> None:
        if not self._prepared:
            await self._prepare()
            self._prepared = True
        if not self._wire.members and NO_MEMBERS_INTENT not in self.missing:
            log.warning(NO_MEMBERS_INTENT)
            self.missing.append(NO_MEMBERS_INTENT)
        line.client = client = make_client(
            members=self._wire.members, guild_wait=self._guild_wait, shard=line.shard, shards=self.shards
        )

        async def before_identify_hook(shard_id: int | None, **_: object) -> None:
            await self._budget.spend(client, shard_id or 0, self.shards)

        async def on_ready() -> None:
            self._ready(line)

        async def on_connect() -> None:  # a session was begun, which took an IDENTIFY
            metrics.identified()

        async def on_resumed() -> None:
            metrics.gateway_resumes.inc()

        for told in (before_identify_hook, on_ready, on_connect, on_resumed):
            client.event(told)
        self._listen(client)
        try:
            await self._wire.enter(client)
            await self._wire.locate(client)
            await client.connect()
        except discord.LoginFailure as failure:
            raise BadToken(REFUSED) from failure
        except discord.PrivilegedIntentsRequired:
            raise
        except discord.ConnectionClosed as closed:
            raise CannotConnect(f"Discord closed the connection with code {closed.code}") from closed
        except AttributeError as nothing:
            if client.ws is not None:
                raise
            # discord.py wants to resume what never began
            raise ConnectionError("the gateway does not answer") from nothing

    def _ready(self, line: Line) -> None:
        """All servers of a shard are known, in a session that is not a resumed one."""
        line.ready.set()
        guilds = line.client.guilds if line.client is not None else ()
        self._begun([str(guild.id) for guild in guilds] if self.shards > 1 else [""])
        log.info("%s", self.status)
        if all(line.ready.is_set() for line in self._lines.values()):
            self._started.set()

    def _refuse(self, error: Exception) -> float:
        """At the start it is for whoever starts us to say; later it is tried again after a while."""
        log.error("Discord is not listened to: %s", error, exc_info=None if isinstance(error, CannotStart) else error)
        if not self._started.is_set() and not self._refused.done():
            self._refused.set_exception(error)
        return AFTER_REFUSAL


def not_ours(_: object) -> None:
    raise Superseded("the shard was given up before this was looked at")
