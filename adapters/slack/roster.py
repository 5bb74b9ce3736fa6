"""What a workspace has now: people, channels and seats, fetched to the last page and never from memory."""

import logging
from collections.abc import Sequence
from typing import Any

from adapters.slack.meaning import word_of
from adapters.slack.people import Known
from adapters.slack.team import Team
from bot.calls import AccountRef
from bot.ports import Closed, Gone, Home, Present, Rejected, Roster

Json = dict[str, Any]

log = logging.getLogger(__name__)

HIDDEN = frozenset({"missing_scope", "not_in_channel", "method_not_supported_for_channel_type"})


async def roster(team: Team, homes: Sequence[Home]) -> Roster:
    """Everything, or an error.  Raises Gone when the app was removed."""
    await still_installed(team)
    channels = await channels_of(team)
    people = await people_of(team)
    seats: dict[str, frozenset[str] | None] = {}
    for home in homes:
        if channels is None or home.channel not in channels:
            continue  # whether it is gone is asked of the channel by itself
        inside = await members_of(team, home.channel)
        if inside is not None:
            seats[home.channel] = inside - {team.user}
    return Roster(team.name, people, channels, seats)


async def still_installed(team: Team) -> None:
    if not team.removed:
        try:
            await team.call("auth.test")
        except Rejected:
            if not team.removed:
                raise
    if team.removed:
        raise Gone(f"the app was removed from workspace {team.id}")


async def channels_of(team: Team) -> dict[str, str] | None:
    """Names by id of the channels where the bot may write; None where it may not list them."""
    try:
        return dict(await team.look_around())
    except Rejected as no:
        log.warning("the channels of %s cannot be listed: %s", team.id, no)
        return None


async def people_of(team: Team) -> list[Present] | None:
    """Everybody who belongs to the workspace; None where the bot may not list them."""
    try:
        members = await team.pages("users.list", "members", include_locale=True)
    except Rejected as no:
        log.warning("the people of %s cannot be listed: %s; who came or left is not noticed", team.id, no)
        return None
    ours = (member for member in members if member.get("team_id") in (None, team.id))  # not those of shared channels
    found = [(member["id"], team.people.learn(member)) for member in ours]
    return [present(team, user, known) for user, known in found if not known.bot and not known.deleted]


def present(team: Team, user: str, known: Known) -> Present:
    who = AccountRef("slack", team.id, user, known.name, known.locale, known.zone, known.admin)
    return Present(who, key=arrival_key(team, user))


def arrival_key(team: Team, user: str) -> str:
    """The first coming of somebody, whether an event tells of it or a list; Slack does not say when it was."""
    return f"slack:{team.id}:{user}:joined"


async def one(team: Team, user: str) -> Present | None:
    try:
        answer = await team.call("users.info", user=user, include_locale=True)
    except Closed:  # no such person, as far as this workspace is concerned
        return None
    known = team.people.learn(answer["user"])
    return None if known.deleted else present(team, user, known)


async def members_of(team: Team, channel: str) -> frozenset[str] | None:
    """Who is in a channel; None where nobody tells."""
    try:
        return frozenset(await team.pages("conversations.members", "members", channel=channel))
    except (Rejected, Gone) as no:
        log.info("the people of channel %s cannot be seen: %s", channel, no)
        return None


async def reaches(team: Team, channel: str) -> bool:
    """Whether the bot can write in a channel: any public one, and a private one that it is in."""
    try:
        found = (await team.call("conversations.info", channel=channel))["channel"]
    except Gone:
        return False
    return not found.get("is_archived") and bool(not found.get("is_private") or found.get("is_member"))


async def stands(team: Team, channel: str, ref: str) -> bool:
    """Whether a message is there.  Where the bot may not read, nobody says that it is not."""
    span: Json = {"oldest": ref, "latest": ref, "inclusive": True, "limit": 1}
    try:
        answer = await team.call("conversations.history", channel=channel, **span)
    except (Rejected, Gone) as no:
        if word_of(no) in HIDDEN:
            return True
        raise
    return any(message.get("ts") == ref for message in answer.get("messages") or [])
