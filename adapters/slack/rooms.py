"""Channels for groups, and user groups where the plan has them."""

import re
import unicodedata
from typing import Any

from adapters.slack import limits
from adapters.slack.meaning import word_of
from adapters.slack.team import Team, patiently
from bot.ports import Closed, Gone, Home, Lost, Rejected

Json = dict[str, Any]

NO_GROUPS = frozenset(
    {"paid_teams_only", "plan_upgrade_required", "missing_scope", "permission_denied", "not_allowed_token_type"}
    | {"restricted_action", "feature_not_enabled"}
)
LOST = frozenset({"channel_not_found", "is_archived"})  # and another one can be made
TAKEN = frozenset({"name_already_exists", "handle_already_exists"})
NAMES = 9  # tries with a number after the name


async def open_room(team: Team, name: str) -> Home:
    """A private channel, and a user group if there can be one; the same name again finds the same ones."""
    async with team.lock(f"open {name}"):
        channel = await channel_of(team, name)
        return Home(channel, await group_of(team, name, channel))


async def channel_of(team: Team, name: str) -> str:
    slug = slugged(name, limits.CHANNEL_NAME - 2)
    for wanted in (slug, *(f"{slug}-{n}" for n in range(2, NAMES + 1))):
        try:
            answer = await team.call("conversations.create", name=wanted, is_private=True)
        except Rejected as no:
            if word_of(no) != "name_taken":
                raise
            if found := await own_channel(team, wanted, name):
                return found
            continue
        made = str(answer["channel"]["id"])
        await say_purpose(team, made, name)
        return made
    raise Rejected(f"name_taken: every name like {slug} is taken")


async def say_purpose(team: Team, channel: str, name: str) -> None:
    """The whole name stands in the purpose, and tells rooms apart whose short names are the same."""
    try:
        await patiently(lambda: team.call("conversations.setPurpose", channel=channel, purpose=name[: limits.PURPOSE]))
    except (Rejected, Gone):
        return  # the channel is there, which is what counts


async def own_channel(team: Team, slug: str, name: str) -> str:
    """The channel that the bot made earlier for this very name; empty when somebody else has that name."""
    for channel in await team.pages("conversations.list", "channels", types=["private_channel"]):
        purpose = (channel.get("purpose") or {}).get("value") or ""
        mine = channel.get("creator") == team.user and not channel.get("is_archived")
        if mine and channel.get("name") == slug and purpose in ("", name[: limits.PURPOSE]):
            return str(channel["id"])
    return ""


async def group_of(team: Team, name: str, channel: str) -> str:
    """A user group; empty where the plan or the rights do not allow one."""
    handle = slugged(name, limits.GROUP_HANDLE)
    try:
        answer = await team.call("usergroups.create", name=name, handle=handle, channels=[channel])
        return str(answer["usergroup"]["id"])
    except (Rejected, Gone) as no:
        if word_of(no) in NO_GROUPS:
            return ""
        if word_of(no) not in TAKEN:
            raise
    known = await team.call("usergroups.list", include_disabled=True)
    return next((str(g["id"]) for g in known["usergroups"] if g["name"] == name and g["handle"] == handle), "")


async def seat(team: Team, home: Home, user: str) -> None:
    try:
        await team.call("conversations.invite", channel=home.channel, users=[user])
    except Gone as gone:
        if word_of(gone) in LOST:
            raise Lost(str(gone)) from gone
        raise
    except Rejected as no:
        if word_of(no) not in ("already_in_channel", "cant_invite_self"):
            raise
    if home.role:
        await change_group(team, home.role, add=user)


async def unseat(team: Team, home: Home, user: str) -> None:
    try:
        await team.call("conversations.kick", channel=home.channel, user=user)
    except (Rejected, Gone, Closed) as no:
        if word_of(no) in LOST:
            raise Lost(str(no)) from no
        if word_of(no) not in ("not_in_channel", "user_not_in_channel", "user_not_found", "cant_kick_self"):
            raise
    if home.role:
        await change_group(team, home.role, remove=user)


async def change_group(team: Team, group: str, *, add: str = "", remove: str = "") -> None:
    """Slack only takes the whole list, and no empty one: the last to leave switches the group off."""
    async with team.lock(f"group {group}"):
        answer = await team.call("usergroups.list", include_users=True, include_disabled=True)
        known = next((g for g in answer["usergroups"] if g["id"] == group), None)
        if known is None:
            return  # somebody deleted it; the channel is what counts
        off = bool(known.get("date_delete"))  # and then its list is an old one
        before = [] if off else [str(user) for user in known.get("users") or []]
        after = [user for user in before if user != remove] + ([add] if add and add not in before else [])
        if after == before:
            return
        if not after:
            await team.call("usergroups.disable", usergroup=group)
            return
        if off:
            await team.call("usergroups.enable", usergroup=group)
        await team.call("usergroups.users.update", usergroup=group, users=after)


def slugged(name: str, most: int) -> str:
    """A name as Slack takes it: lower case letters, digits and hyphens."""
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", name).lower()).strip("-")
    return words[:most].rstrip("-") or "group"
