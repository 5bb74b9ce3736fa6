"""What the doctor looks at on Slack: the tokens, their scopes, and the channels in which the bot posts."""

from collections.abc import Iterator, Sequence

from adapters.slack.manifest import SCOPES
from bot.cli import live
from bot.cli.checks import Check, Served, check_skew, refused


async def check_slack(api: str, token: str, name: str, served: Sequence[Served]) -> list[Check]:
    try:
        bot = await live.ask_slack(api, token)
    except live.Refused as no:
        return [refused(name, no)]
    found = [Check(name, "ok", f"{bot.name} in {bot.team}")]
    if missing := sorted(set(SCOPES) - bot.scopes):
        fix = "Paste `commonplace slack manifest` into the app's manifest again, then reinstall the app."
        found.append(Check("slack scopes", "wrong", f"Missing: {', '.join(missing)}.", fix))
    else:
        found.append(Check("slack scopes", "ok", f"all {len(SCOPES)} of the manifest"))
    here = [one for one in served if one.space == bot.team_id]
    try:
        faults = [
            fault for one in here for fault in channel_faults(one, await live.ask_slack_channel(api, token, one.ref))
        ]
    except live.Refused as no:
        faults = [refused("slack channels", no)]
    found += faults
    if here and not faults:
        found.append(Check("slack channels", "ok", f"{bot.team}: it is in all {len(here)} where it posts"))
    return [*found, *check_skew("slack clock", bot.skew)]


def channel_faults(one: Served, channel: live.Json | None) -> Iterator[Check]:
    if channel is None:
        text = f"The channel for {one.purpose} is gone, or private and without the bot."
        fix = "There, type /invite and the bot's name; or let another channel serve, with /community place."
        yield Check("slack channels", "wrong", text, fix)
        return
    name = f"#{channel.get('name') or one.ref}"
    if channel.get("is_archived"):
        text = f"{name} ({one.purpose}) is archived."
        yield Check(
            "slack channels", "wrong", text, "Unarchive it, or let another channel serve, with /community place."
        )
    elif not channel.get("is_member"):
        text = f"It is not in {name} ({one.purpose}): it cannot look whether a post arrived, and sees nobody come in."
        yield Check("slack channels", "note", text, f"In {name}, type /invite and the bot's name.")


async def check_socket(api: str, app_token: str) -> Check:
    try:
        await live.ask_slack_socket(api, app_token)
    except live.Refused as no:
        return refused("slack app token", no)
    return Check("slack app token", "ok", "opens a socket")
