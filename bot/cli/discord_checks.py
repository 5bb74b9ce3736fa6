"""What the doctor looks at on Discord: the token, what the bot may do where it posts, its roles and its commands."""

from collections.abc import Iterator, Sequence

from adapters.discord import limits, permissions
from adapters.discord.commands import registered, same
from adapters.discord.invite import invite_link
from bot.actions import App
from bot.cli import live
from bot.cli.checks import Check, Served, check_skew, refused
from bot.features import find_features

GUILDS_MOST = 20  # servers that are looked into: three requests each
SESSIONS_LOW = 100  # Discord resets the token of a bot that begins more sessions than it may

POSTS = (limits.VIEW_CHANNEL, limits.SEND_MESSAGES, limits.READ_MESSAGE_HISTORY, limits.ATTACH_FILES)
KEEPS_GROUPS = (limits.MANAGE_ROLES, limits.MANAGE_CHANNELS)


async def check_discord(api: str, token: str, served: Sequence[Served]) -> list[Check]:
    try:
        bot = await live.ask_discord(api, token)
    except live.Refused as no:
        return [refused("discord token", no)]
    found = [Check("discord token", "ok", f"{bot.name}, application {bot.application_id}")]
    found += check_intents(bot)
    found += check_servers(bot)
    try:
        found += check_registry(await live.ask_discord_registry(api, token, bot.application_id))
        for guild in bot.guilds[:GUILDS_MOST]:
            here = [one for one in served if one.space == str(guild["id"])]
            found += check_guild(await live.ask_discord_guild(api, token, guild, bot.user_id), bot, here)
    except live.Refused as no:
        found.append(refused("discord", no))
    return [*found, *check_skew("discord clock", bot.skew)]


def check_intents(bot: live.DiscordBot) -> Iterator[Check]:
    if bot.members_intent:
        yield Check("discord intents", "ok", "Server Members is on")
        return
    text = "Server Members is off, so newcomers cannot be greeted."
    fix = "Developer portal, your application, Bot, Privileged Gateway Intents, Server Members Intent."
    yield Check("discord intents", "wrong", text, fix)


def check_servers(bot: live.DiscordBot) -> Iterator[Check]:
    if bot.servers:
        more = f"; the first {GUILDS_MOST} were looked into" if len(bot.servers) > GUILDS_MOST else ""
        yield Check("discord servers", "ok", ", ".join(bot.servers) + more)
        return
    link = invite_link(bot.application_id)
    yield Check("discord servers", "note", "The bot is in no server yet.", f"Open {link}")


def check_registry(known: live.DiscordRegistry) -> Iterator[Check]:
    """Whether people see the commands that this version has, and whether the bot starts too often."""
    wanted = registered(App(find_features()))
    if same(wanted, known.commands):
        yield Check("discord commands", "ok", f"all {len(wanted)} are registered")
    else:
        ours, theirs = ({str(one["name"]) for one in commands} for commands in (wanted, known.commands))
        differ = sorted(ours ^ theirs)
        which = f" ({', '.join(differ)})" if differ else ""
        text = f"Discord shows others than this version has{which}."
        yield Check("discord commands", "note", text, "The next start registers them; commonplace run.")
    told = f"{known.sessions_left} of {known.sessions_a_day} are left today"
    if known.sessions_left >= SESSIONS_LOW:
        yield Check("discord sessions", "ok", told)
    else:
        fix = "Look into the log for what makes it start again and again: Discord resets the token when none is left."
        yield Check("discord sessions", "wrong", f"Only {told}.", fix)


def check_guild(guild: live.DiscordGuild, bot: live.DiscordBot, served: Sequence[Served]) -> Iterator[Check]:
    """Rights in the server, in each channel that serves, and over each role that is given."""
    base = permissions.in_server(guild.id, guild.roles, guild.mine)
    if base & limits.ADMINISTRATOR:
        text = f"In {guild.name} the bot is Administrator: whoever steals its token owns the server."
        fix = f"Take that right from its role; what it needs is in {invite_link(bot.application_id)}"
        yield Check("discord rights", "wrong", text, fix)
    elif lacking := [one for one in KEEPS_GROUPS if not base & one]:
        text = f"In {guild.name} it lacks {permissions.named(lacking)}: groups get threads, and no roles."
        yield Check("discord rights", "note", text, f"Server Settings, Roles, the role of {bot.name}.")
    else:
        yield Check("discord rights", "ok", f"in {guild.name}, and no more than it needs")
    wrong = [*channel_faults(guild, bot, base, served), *role_faults(guild, bot, served)]
    yield from wrong
    if served and not wrong:
        text = f"{guild.name}: it may post in {len(served)} and give what belongs to them"
        yield Check("discord channels", "ok", text)


def channel_faults(
    guild: live.DiscordGuild, bot: live.DiscordBot, base: int, served: Sequence[Served]
) -> Iterator[Check]:
    for one in served:
        channel = guild.channels.get(one.ref)
        if channel is None:
            if one.is_group:  # its home may be a thread, which no list has
                continue
            text = f"{guild.name}: the channel for {one.purpose} is gone."
            yield Check("discord channels", "wrong", text, "In another channel, a coordinator types /community place.")
            continue
        may = permissions.in_channel(base, guild.id, bot.user_id, guild.mine, channel)
        if lacking := [right for right in POSTS if not may & right]:
            text = f"In #{channel['name']} of {guild.name} ({one.purpose}) it lacks {permissions.named(lacking)}."
            fix = f"Edit Channel, Permissions, add {bot.name} and allow them."
            yield Check("discord channels", "wrong", text, fix)


def role_faults(guild: live.DiscordGuild, bot: live.DiscordBot, served: Sequence[Served]) -> Iterator[Check]:
    """A role that stands as high as the bot's own, or belongs to another bot, can be given to nobody."""
    top = permissions.highest(guild.roles, guild.mine)
    roles = {str(role["id"]): role for role in guild.roles}
    for one in served:
        role = roles.get(one.role)
        if not one.role or (role is not None and int(role["position"]) < top and not role.get("managed")):
            continue
        if role is None:
            text = f"{guild.name}: the role of {one.name} is gone."
            fix = f"Make a role of that name below {bot.name}'s, or close the group and make it anew."
        elif role.get("managed"):
            text = f"{guild.name}: the role {role['name']} belongs to another app, so nobody can be given it."
            fix = "Let the group have a role of its own."
        else:
            text = f"{guild.name}: the role {role['name']} is not below {bot.name}'s, so nobody can be given it."
            fix = f"Server Settings, Roles: drag {bot.name} above {role['name']}."
        yield Check("discord roles", "wrong", text, fix)
