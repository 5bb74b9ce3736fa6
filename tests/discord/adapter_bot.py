"""The whole bot on the simulated Discord: a real store and engine, and the adapter with the real discord.py."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from adapters.discord.app import Discord
from bot.actions import Feature
from bot.engine import Engine
from bot.kinds import kinds
from bot.leases import Leases
from bot.runtime import Defaults
from storage.people import Community, space_of
from storage.store import Store
from tests.databases import Database
from tests.discord.guilds import Guild
from tests.discord.server import BOT_TOKEN, DiscordServer
from tests.discord.toys import toys


class AdapterBot:
    """One process of the bot; a restart is another one on the same database."""

    def __init__(self, server: DiscordServer, database: Database, *features: Feature) -> None:
        self.server = server
        self.database = database
        self.features = list(features) or [toys, kinds]
        self.engine: Engine
        self.adapter: Discord

    async def start(self, *, leases: Callable[[Store], Leases] | None = None, **options: Any) -> Self:
        store = self.database.opens()
        defaults = Defaults("Europe/Berlin")
        self.engine = Engine(store, self.features, self.now, defaults, leases=leases and leases(store))
        options |= {"api": self.server.api, "guild_wait": 0.05, "leases": self.engine.leases}
        self.adapter = Discord(self.engine.runtime, BOT_TOKEN, **options)
        self.engine.add(self.adapter)
        try:
            await self.engine.start()
        except Exception:
            await self.engine.stop()
            raise
        return self

    async def stop(self) -> None:
        await self.engine.stop()

    async def restarts(self, **options: Any) -> None:
        await self.stop()
        await self.start(**options)

    def now(self) -> datetime:
        return self.server.clock.now()

    async def settings(self, guild: Guild) -> dict[str, Any]:
        """What the toys kept about a guild."""

        def look(db: Any) -> dict[str, Any]:
            space = space_of(db, "discord", guild.id)
            assert space is not None
            return dict(db.get_one(Community, space.community_id).settings)

        return await self.engine.store.read(look)
