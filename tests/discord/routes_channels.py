"""Routes about channels and threads: make, change, delete, who sees them, and who is in them."""

from __future__ import annotations

import re

from tests.discord.guilds import Guild
from tests.discord.places import Channel
from tests.discord.problems import Findings, Refused
from tests.discord.rest import Created, Handler, Request
from tests.discord.routes_messages import message_of
from tests.discord.shapes import DM, PRIVATE_THREAD, THREAD, Allow, Intent, Json

CHANNELS_MAX = 500
ARCHIVE = (60, 1440, 4320, 10080)  # minutes
CHANNEL_FIELDS = (
    *("name", "type", "topic", "position", "parent_id", "permission_overwrites", "nsfw", "rate_limit_per_user"),
    *("default_auto_archive_duration", "default_thread_rate_limit_per_user", "available_tags", "flags"),
)
THREAD_FIELDS = ("name", "auto_archive_duration", "type", "invitable", "rate_limit_per_user")
THREAD_EDIT_FIELDS = (*THREAD_FIELDS, "archived", "locked", "flags", "applied_tags")


def get_channels(request: Request) -> list[Json]:
    guild = request.server.reach_guild(request)
    return [channel.json() for channel in guild.channels]


def get_channel(request: Request) -> Json:
    return request.server.reach_channel(request).json()


def create_channel(request: Request) -> Created:
    guild = request.server.reach_guild(request)
    body = request.body
    findings = Findings()
    findings.fields("", body, CHANNEL_FIELDS)
    findings.text("name", body.get("name"), 100, least=1)
    findings.text("topic", body.get("topic"), 1024, optional=True)
    findings.one_of("type", body.get("type") or 0, (0, 2, 4, 5, 13, 15))
    findings.many("permission_overwrites", body.get("permission_overwrites"), 100)
    request.refuse_if_wrong(findings)
    request.server.need_in(guild, Allow.MANAGE_CHANNELS)
    if len(guild.channels) >= CHANNELS_MAX:
        raise Refused(30013, message=f"Maximum number of guild channels reached ({CHANNELS_MAX})")
    kind = body.get("type") or 0
    parent = request.server.channels.get(str(body.get("parent_id")))
    channel = Channel(request.server, guild, written(body["name"], kind), kind=kind, parent=parent)
    channel.topic = body.get("topic")
    for overwrite in body.get("permission_overwrites") or ():
        put_overwrite(request, guild, channel, str(overwrite["id"]), overwrite)
    guild.channels.append(channel)
    guild.send("CHANNEL_CREATE", channel.json())
    request.server.bell.ring()
    return Created(channel.json())


def written(name: str, kind: int) -> str:
    """A text channel's name, as Discord writes it."""
    return re.sub(r"\s+", "-", name.strip()).lower() if kind == 0 else name


def put_overwrite(request: Request, guild: Guild, channel: Channel, who: str, given: Json) -> None:
    """Allow and deny here; nobody can give or take what they do not have."""
    allow, deny = int(given.get("allow") or 0), int(given.get("deny") or 0)
    request.server.need_in(guild, Allow.MANAGE_ROLES)
    if not guild.me.may(allow | deny):
        raise Refused(50013)
    channel.overwrites[who] = {"id": who, "type": given.get("type", 0), "allow": str(allow), "deny": str(deny)}


def set_overwrite(request: Request) -> None:
    channel = request.server.reach_channel(request)
    assert channel.guild is not None
    request.server.refuse_unknown(request, ("id", "type", "allow", "deny"))
    request.server.need(channel, Allow.MANAGE_ROLES)
    put_overwrite(request, channel.guild, channel, request.args["overwrite"], request.body)
    changed(channel)


def delete_overwrite(request: Request) -> None:
    channel = request.server.reach_channel(request)
    request.server.need(channel, Allow.MANAGE_ROLES)
    channel.overwrites.pop(request.args["overwrite"], None)
    changed(channel)


def changed(channel: Channel) -> None:
    assert channel.guild is not None
    channel.guild.send("THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE", channel.json())
    channel.server.bell.ring()


def edit_channel(request: Request) -> Json:
    channel = request.server.reach_channel(request)
    body = request.body
    findings = Findings()
    findings.fields("", body, THREAD_EDIT_FIELDS if channel.is_thread else CHANNEL_FIELDS)
    findings.text("name", body.get("name"), 100, least=1, optional=True)
    findings.text("topic", body.get("topic"), 1024, optional=True)
    findings.one_of("auto_archive_duration", body.get("auto_archive_duration"), ARCHIVE, optional=True)
    request.refuse_if_wrong(findings)
    wakes = channel.is_thread and body == {"archived": False} and not channel.locked  # as whoever may write there can
    managed = Allow.MANAGE_THREADS if channel.is_thread else Allow.MANAGE_CHANNELS
    request.server.need(channel, Allow.SEND_IN_THREADS if wakes else managed)
    assert channel.guild is not None
    channel.name = written(body.get("name") or channel.name, channel.type)
    channel.topic = body.get("topic", channel.topic)
    channel.archived = body.get("archived", channel.archived)
    channel.locked = body.get("locked", channel.locked)
    channel.auto_archive = body.get("auto_archive_duration") or channel.auto_archive
    for overwrite in body.get("permission_overwrites") or ():
        put_overwrite(request, channel.guild, channel, str(overwrite["id"]), overwrite)
    changed(channel)
    return channel.json()


def delete_channel(request: Request) -> Json:
    channel = request.server.reach_channel(request)
    if channel.type != DM:
        request.server.need(channel, Allow.MANAGE_THREADS if channel.is_thread else Allow.MANAGE_CHANNELS)
        assert channel.guild is not None
        channel.guild.remove_channel(channel)
    return channel.json()


def create_thread(request: Request) -> Created:
    parent = request.server.reach_channel(request)
    kind = int(request.body.get("type") or PRIVATE_THREAD)
    return Created(thread(request, parent, kind).json())


def create_thread_on_message(request: Request) -> Created:
    parent = request.server.reach_channel(request)
    message = message_of(request, parent)
    if message.thread is not None:
        raise Refused(160004)
    message.thread = thread(request, parent, THREAD, channel_id=message.id)
    return Created(message.thread.json())


def thread(request: Request, parent: Channel, kind: int, channel_id: str | None = None) -> Channel:
    body = request.body
    findings = Findings()
    findings.fields("", body, THREAD_FIELDS)
    findings.text("name", body.get("name"), 100, least=1)
    findings.one_of("auto_archive_duration", body.get("auto_archive_duration"), ARCHIVE, optional=True)
    findings.one_of("type", kind, (THREAD, PRIVATE_THREAD))
    request.refuse_if_wrong(findings)
    request.server.need(parent, Allow.PRIVATE_THREADS if kind == PRIVATE_THREAD else Allow.PUBLIC_THREADS)
    assert parent.guild is not None
    made = Channel(request.server, parent.guild, body["name"], kind=kind, parent=parent, channel_id=channel_id)
    made.auto_archive = body.get("auto_archive_duration") or made.auto_archive
    made.member_ids.add(request.server.bot.id)
    parent.guild.send("THREAD_CREATE", made.json() | {"newly_created": True})
    request.server.bell.ring()
    return made


def active_threads(request: Request) -> Json:
    guild = request.server.reach_guild(request)
    threads = [one for channel in guild.channels for one in channel.threads if not one.archived]
    return {"threads": [one.json() for one in threads if guild.me.sees(one)], "members": []}


def thread_member(channel: Channel, user_id: str) -> Json:
    return {"id": channel.id, "user_id": user_id, "join_timestamp": channel.server.clock.stamp(), "flags": 0}


def thread_of(request: Request) -> Channel:
    channel = request.server.reach_channel(request)
    if not channel.is_thread:
        raise Refused(10003)
    if channel.archived:
        raise Refused(50083)
    return channel


def add_thread_member(request: Request) -> None:
    channel = thread_of(request)
    assert channel.guild is not None
    request.server.need(channel, Allow.SEND_IN_THREADS)
    user_id = request.args.get("user", request.server.bot.id)
    if user_id not in channel.guild.members:
        raise Refused(10007)
    channel.member_ids.add(user_id)
    members_changed(channel, added=[thread_member(channel, user_id)], removed=[])


def remove_thread_member(request: Request) -> None:
    channel = thread_of(request)
    user_id = request.args.get("user", request.server.bot.id)
    channel.member_ids.discard(user_id)
    members_changed(channel, added=[], removed=[user_id])


def members_changed(channel: Channel, added: list[Json], removed: list[str]) -> None:
    assert channel.guild is not None
    data = {"id": channel.id, "guild_id": channel.guild.id, "member_count": len(channel.member_ids)}
    whole = data | {"added_members": added, "removed_member_ids": removed}
    channel.guild.send("THREAD_MEMBERS_UPDATE", whole, Intent.MEMBERS)
    channel.server.bell.ring()


def get_thread_members(request: Request) -> list[Json]:
    channel = request.server.reach_channel(request)
    return [thread_member(channel, user_id) for user_id in sorted(channel.member_ids)]


CHANNEL = "/channels/{channel}"
ROUTES: dict[str, Handler] = {
    "GET /guilds/{guild}/channels": get_channels,
    "POST /guilds/{guild}/channels": create_channel,
    "GET /guilds/{guild}/threads/active": active_threads,
    f"GET {CHANNEL}": get_channel,
    f"PATCH {CHANNEL}": edit_channel,
    f"DELETE {CHANNEL}": delete_channel,
    f"PUT {CHANNEL}/permissions/{{overwrite}}": set_overwrite,
    f"DELETE {CHANNEL}/permissions/{{overwrite}}": delete_overwrite,
    f"POST {CHANNEL}/threads": create_thread,
    f"POST {CHANNEL}/messages/{{message}}/threads": create_thread_on_message,
    f"GET {CHANNEL}/thread-members": get_thread_members,
    f"PUT {CHANNEL}/thread-members/@me": add_thread_member,
    f"PUT {CHANNEL}/thread-members/{{user}}": add_thread_member,
    f"DELETE {CHANNEL}/thread-members/@me": remove_thread_member,
    f"DELETE {CHANNEL}/thread-members/{{user}}": remove_thread_member,
}
