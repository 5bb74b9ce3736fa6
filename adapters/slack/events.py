"""What happens in a workspace without anybody pressing anything: people come and go, channels appear."""

import logging
from typing import Any

from adapters.slack import sending
from adapters.slack.mrkdwn import Pen
from adapters.slack.roster import arrival_key
from adapters.slack.team import Team
from bot.calls import Spot
from bot.ports import Closed, Gone, Rejected, Unsure, Wait
from bot.runtime import Runtime

Json = dict[str, Any]

log = logging.getLogger(__name__)


async def happened(runtime: Runtime, team: Team, event: Json, event_id: str, root: str) -> None:
    """One event.  Slack may deliver it again: its id makes that known."""
    key = f"slack:{event_id}"
    match event.get("type"):
        case "app_home_opened" if event.get("tab") == "home":
            await show_home(runtime, team, str(event["user"]), root)
        case "team_join":
            if not team.people.learn(event["user"]).bot:
                account = await team.people.account(event["user"]["id"])
                await runtime.happen("arrived", account, Spot(private=True), arrival_key(team, account.user))
        case "user_change":
            if team.people.learn(event["user"]).deleted:
                account = await team.people.account(event["user"]["id"])
                await runtime.happen("departed", account, Spot(private=True), key)
        case "member_joined_channel":
            await entered(runtime, team, str(event["user"]), str(event["channel"]), key)
        case "channel_created" | "channel_rename":
            channel = event["channel"]
            team.channels[channel["id"]] = channel["name"]
            await runtime.settle("slack", team.id, team.name, {channel["id"]: channel["name"]})
        case "app_uninstalled" | "tokens_revoked":
            team.uninstall(str(event["type"]))
            await runtime.unsettle("slack", team.id)
        case _:
            log.debug("nothing to do for %s", event.get("type"))


async def entered(runtime: Runtime, team: Team, user: str, channel: str, key: str) -> None:
    """Somebody came into a channel; the bot itself may have come to one that it could not see before."""
    if user == team.user:
        await settle(runtime, team)
        return
    if channel not in team.channels:
        await learn_channel(team, channel)
    if not team.is_front_desk(channel):
        return
    known = await team.people.find(user)
    if known is None or not known.bot:
        await runtime.happen("entered", await team.people.account(user), Spot(channel), key)


async def learn_channel(team: Team, channel: str) -> None:
    try:
        found = await team.call("conversations.info", channel=channel)
    except (Wait, Unsure, Gone, Closed, Rejected) as fault:
        log.info("channel %s cannot be seen: %s", channel, fault)
        return
    team.channels[channel] = str(found["channel"].get("name", ""))


async def settle(runtime: Runtime, team: Team) -> None:
    """The bot is in this workspace; its channels may serve as places."""
    try:
        channels = await team.look_around()
    except (Wait, Unsure, Gone, Closed, Rejected) as fault:
        log.warning("the channels of %s cannot be seen: %s", team.id, fault)
        channels = team.channels
    await runtime.settle("slack", team.id, team.name, dict(channels))


async def show_home(runtime: Runtime, team: Team, user: str, root: str) -> None:
    """Make somebody's Home tab anew."""
    shown = await runtime.home(await team.people.account(user))
    if shown is None:
        return
    card, reader = shown
    try:
        await sending.publish(team, user, card, Pen(reader, root))
    except (Wait, Unsure, Gone, Closed, Rejected) as fault:
        log.warning("a home tab did not arrive in %s: %s", team.id, fault)
