"""Who is who in a workspace: names, zones, languages and rights as Slack tells them, remembered for a while."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bot.calls import AccountRef
from bot.ports import Closed, Gone, Rejected, Unsure, Wait

Json = dict[str, Any]

log = logging.getLogger(__name__)

KEPT_SECONDS = 3600.0  # user_change tells of changes; this is for those that never arrived
KEPT_PEOPLE = 5000
LOOK_UP_SECONDS = 1.0  # an answer is due within three; without the look-up only the zone and language are missing


@dataclass(frozen=True, slots=True)
class Known:
    """What Slack says about somebody."""

    name: str
    locale: str
    zone: str
    admin: bool
    bot: bool
    deleted: bool
    at: float


class People:
    """The directory of one workspace."""

    def __init__(self, call: Callable[..., Awaitable[Json]], clock: Callable[[], float] = time.monotonic) -> None:
        self.team = ""
        self._call, self._clock = call, clock
        self._known: OrderedDict[str, Known] = OrderedDict()

    async def account(self, user: str, name: str = "") -> AccountRef:
        """Who acted."""
        known = await self.find(user)
        if known is None:
            return AccountRef("slack", self.team, user, name)
        return AccountRef("slack", self.team, user, known.name or name, known.locale, known.zone, known.admin)

    async def names(self, users: Iterable[str]) -> dict[str, str]:
        """The names of people, bots left out."""
        asked = list(dict.fromkeys(users))
        found = await asyncio.gather(*(self.find(user) for user in asked))
        return {user: known.name for user, known in zip(asked, found, strict=True) if known and not known.bot}

    async def find(self, user: str) -> Known | None:
        known = self._known.get(user)
        if known is not None and self._clock() - known.at < KEPT_SECONDS:
            return known
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                answer = await self._call("users.info", user=user, include_locale=True)
        except (Wait, Unsure, Gone, Closed, Rejected, TimeoutError) as fault:
            log.info("users.info of %s: %s", user, fault)
            return known
        return self.learn(answer["user"])

    def learn(self, user: Json) -> Known:
        """Take over what an answer or an event says."""
        before = self._known.get(user["id"])
        profile = user.get("profile") or {}
        known = Known(
            name=profile.get("display_name")
            or profile.get("real_name")
            or user.get("real_name")
            or user.get("name", ""),
            locale=user.get("locale") or (before.locale if before else ""),  # events leave it out
            zone=valid_zone(user.get("tz") or ""),
            admin=self._ours(user) and any(user.get(each) for each in ("is_admin", "is_owner", "is_primary_owner")),
            bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
            deleted=bool(user.get("deleted")),
            at=self._clock(),
        )
        self._known[user["id"]] = known
        self._known.move_to_end(user["id"])
        while len(self._known) > KEPT_PEOPLE:
            self._known.popitem(last=False)
        return known

    def _ours(self, user: Json) -> bool:
        """Whether they are of this workspace: who manages a connected one manages nothing here."""
        teams = [user.get("team_id"), *((user.get("enterprise_user") or {}).get("teams") or ())]
        return self.team in teams and not user.get("is_stranger")


def valid_zone(name: str) -> str:
    """A zone that exists here too."""
    try:
        return ZoneInfo(name).key if name else ""
    except (KeyError, ValueError, OSError):  # unknown, no name at all, or a folder of names
        return ""
