"""conversations.*: channels and direct messages, and who is in them."""

import re
from typing import Any

from tests.slack.asked import Asked, Method, Refused, page
from tests.slack.people import Person
from tests.slack.teams import Channel

Json = dict[str, Any]

NAME_MAX = 80
INVITES_MAX = 100
OPEN_MAX = 8
TOPIC_MAX = 250
KINDS = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def shown(asked: Asked, channel: Channel) -> Json:
    """A channel as the API shows it."""
    here = asked.team.bot.id in channel.members
    body: Json = {"id": channel.id, "is_archived": channel.archived, "is_im": channel.kind == "im"}
    if channel.kind == "im":
        return body | {"user": channel.members[0], "is_open": True}
    said = {name: {"value": getattr(channel, name), "creator": "", "last_set": 0} for name in ("topic", "purpose")}
    return (
        body
        | said
        | {
            "name": channel.name,
            "name_normalized": channel.name,
            "is_channel": channel.kind == "public",
            "is_group": channel.kind == "private",
            "is_mpim": channel.kind == "mpim",
            "is_private": channel.kind != "public",
            "is_general": channel is asked.team.place(None),
            "is_member": here,
            "creator": channel.creator,
            "num_members": len(channel.members),
            "context_team_id": asked.team.id,
        }
    )


def member_of(asked: Asked) -> Channel:
    """A channel the bot is in."""
    channel = asked.channel()
    if asked.team.bot.id not in channel.members:
        raise Refused("not_in_channel")
    if channel.kind == "im":
        raise Refused("method_not_supported_for_channel_type")
    return channel


def managed(asked: Asked, what: str = "manage") -> Channel:
    channel = member_of(asked)
    asked.allow_in(channel, what)
    if channel.archived:
        raise Refused("is_archived")
    return channel


def people(asked: Asked, ids: list[str]) -> list[Person]:
    found = [asked.team.known(each) for each in ids]
    if None in found:
        raise Refused("user_not_found")
    return [person for person in found if person]


def open_(asked: Asked) -> Json:
    if asked.text("channel"):
        channel = asked.channel()
        return {"channel": shown(asked, channel)}
    ids = asked.many("users")
    if not ids:
        raise Refused("users_list_not_supplied")
    if len(ids) > OPEN_MAX:
        raise Refused("too_many_users")
    asked.allow("im:write" if len(ids) == 1 else "mpim:write")
    invited = people(asked, ids)
    if any(person.deactivated for person in invited):
        raise Refused("user_disabled")
    if asked.team.bot in invited:
        raise Refused("invalid_user_combination")
    known = set(asked.team.channels)
    channel = asked.team.dm(*invited)
    answer: Json = {"channel": shown(asked, channel) if asked.flag("return_im") else {"id": channel.id}}
    return answer | ({"no_op": True, "already_open": True} if channel.id in known else {})


def create(asked: Asked) -> Json:
    private = asked.flag("is_private")
    asked.allow("groups:write" if private else "channels:manage")
    name = asked.text("name")
    good_name(asked, name)
    channel = asked.team.add_channel(name, private=private)
    channel.creator = asked.team.bot.id
    if not private:
        made = {"id": channel.id, "name": name, "created": int(asked.server.clock.now()), "creator": channel.creator}
        asked.server.delivery.event_soon(asked.team, {"type": "channel_created", "channel": made})
    return {"channel": shown(asked, channel)}


def good_name(asked: Asked, name: str) -> None:
    if len(name) > NAME_MAX:
        raise Refused("invalid_name_maxlength")
    if not re.fullmatch(r"[\w-]+", name) or name != name.lower():
        raise Refused("invalid_name_specials")
    if any(channel.name == name for channel in asked.team.channels.values()):
        raise Refused("name_taken")


def invite(asked: Asked) -> Json:
    channel = managed(asked, "invites")
    ids = asked.many("users")
    if not 1 <= len(ids) <= INVITES_MAX:
        raise Refused("no_user" if not ids else "too_many_users")
    refused = []
    for each in ids:
        person = asked.team.known(each)
        reason = refusal(asked, channel, person)
        if reason or not person:
            refused.append({"user": each, "ok": False, "error": reason})
        else:
            asked.server.delivery.event_soon(asked.team, asked.team.entered(person, channel, asked.team.bot))
    if refused and not (asked.flag("force") and len(refused) < len(ids)):
        raise Refused(str(refused[0]["error"]), errors=refused)
    return {"channel": shown(asked, channel)}


def refusal(asked: Asked, channel: Channel, person: Person | None) -> str:
    if person is None:
        return "user_not_found"
    if person is asked.team.bot:
        return "cant_invite_self"
    if person.id in channel.members:
        return "already_in_channel"
    if person.deactivated:
        return "user_disabled"
    return "user_is_restricted" if person.guest else ""


def kick(asked: Asked) -> Json:
    channel, person = managed(asked), asked.person()
    if person is asked.team.bot:
        raise Refused("cant_kick_self")
    if channel is asked.team.place(None):
        raise Refused("cant_kick_from_general")
    if person.id not in channel.members:
        raise Refused("not_in_channel")
    asked.server.delivery.event_soon(asked.team, asked.team.left(person, channel))
    return {}


def join(asked: Asked) -> Json:
    channel = asked.channel()
    if channel.kind != "public":
        raise Refused("method_not_supported_for_channel_type")
    if channel.archived:
        raise Refused("is_archived")
    if asked.team.bot.id in channel.members:
        return {"channel": shown(asked, channel), "warning": "already_in_channel"}
    asked.server.delivery.event_soon(asked.team, asked.team.entered(asked.team.bot, channel))
    return {"channel": shown(asked, channel)}


def leave(asked: Asked) -> Json:
    channel = asked.channel()
    if asked.team.bot.id not in channel.members:
        return {"not_in_channel": True}
    asked.allow_in(channel, "manage")
    asked.server.delivery.event_soon(asked.team, asked.team.left(asked.team.bot, channel))
    return {}


def info(asked: Asked) -> Json:
    channel = asked.channel()
    asked.allow_in(channel, "read")
    return {"channel": shown(asked, channel)}


def visible(asked: Asked) -> list[Channel]:
    kinds = []
    for name in asked.many("types") or ["public_channel"]:
        if name not in KINDS:
            raise Refused("invalid_types")
        kinds.append(KINDS[name])
    asked.allow(*(f"{prefix}:read" for prefix in ("channels", "groups", "im", "mpim")))
    return [
        channel
        for channel in asked.team.channels.values()
        if channel.kind in kinds
        and (channel.kind == "public" or asked.team.bot.id in channel.members)
        and not (channel.archived and asked.flag("exclude_archived"))
    ]


def list_(asked: Asked) -> Json:
    channels, more = page(visible(asked), asked)
    return {"channels": [shown(asked, channel) for channel in channels], "response_metadata": more}


def mine(asked: Asked) -> Json:
    user = asked.text("user", asked.team.bot.id)
    channels, more = page([channel for channel in visible(asked) if user in channel.members], asked)
    return {"channels": [shown(asked, channel) for channel in channels], "response_metadata": more}


def members(asked: Asked) -> Json:
    channel = asked.channel()
    asked.allow_in(channel, "read")
    ids, more = page(channel.members, asked)
    return {"members": ids, "response_metadata": more}


def set_topic(asked: Asked) -> Json:
    channel = managed(asked, "topic")
    if len(asked.text("topic")) > TOPIC_MAX:
        raise Refused("too_long")
    channel.topic = asked.text("topic")
    return {"channel": shown(asked, channel)}


def set_purpose(asked: Asked) -> Json:
    channel = managed(asked, "topic")
    if len(asked.text("purpose")) > TOPIC_MAX:
        raise Refused("too_long")
    channel.purpose = asked.text("purpose")
    return {"channel": shown(asked, channel)}


def archive(asked: Asked) -> Json:
    channel = member_of(asked)
    asked.allow_in(channel, "manage")
    if channel is asked.team.place(None):
        raise Refused("cant_archive_general")
    if channel.archived:
        raise Refused("already_archived")
    channel.archived = True
    return {}


def rename(asked: Asked) -> Json:
    channel = managed(asked)
    good_name(asked, asked.text("name"))
    channel.name = asked.text("name")
    return {"channel": shown(asked, channel)}


METHODS = {
    "conversations.open": Method(open_),
    "conversations.create": Method(create, ("name",)),
    "conversations.invite": Method(invite, ("channel", "users")),
    "conversations.kick": Method(kick, ("channel", "user")),
    "conversations.join": Method(join, ("channel",), "channels:join"),
    "conversations.leave": Method(leave, ("channel",)),
    "conversations.info": Method(info, ("channel",)),
    "conversations.list": Method(list_),
    "users.conversations": Method(mine),
    "conversations.members": Method(members, ("channel",)),
    "conversations.setTopic": Method(set_topic, ("channel", "topic")),
    "conversations.setPurpose": Method(set_purpose, ("channel", "purpose")),
    "conversations.archive": Method(archive, ("channel",)),
    "conversations.rename": Method(rename, ("channel", "name")),
}
