"""The app manifest, generated from what is registered: whoever installs the bot pastes it and is done."""

from typing import Any, Literal

from adapters.slack import limits
from adapters.slack.limits import clip
from bot.actions import App
from bot.text import PLAIN, Reader, Text, write

Json = dict[str, Any]

# Bot token scopes: each with the reason that whoever installs the bot may ask for.
SCOPES = {
    "commands": "the command and the shortcuts",
    "chat:write": "answers, announcements, reminders, and keeping them up to date",
    "chat:write.public": "announcements in public channels without an invitation",
    "im:write": "direct messages: welcomes and reminders",
    "im:history": "looking up whether a direct message arrived before it is sent again",
    "users:read": "names, time zones and languages of people, and who is new",
    "channels:read": "finding the channels for announcements and welcomes, and seeing who comes in",
    "channels:history": "looking up whether an announcement arrived before it is sent again",
    "groups:read": "the same in private channels that the bot was invited to",
    "groups:history": "looking up messages in the channels of groups",
    "groups:write": "making a private channel for a group, and letting its members in",
    "files:write": "charts and exports",
    "usergroups:read": "user groups for groups, where the plan has them",
    "usergroups:write": "keeping those user groups up to date",
}
EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_created",
    "channel_rename",
    "member_joined_channel",
    "team_join",
    "tokens_revoked",
    "user_change",
)
NAME = "Commonplace"
ABOUT = "Runs a community of practice: groups, polls, shared resources and meetings"
HINT = "help · poll create · resource find · me"


def manifest(
    app: App,
    command: str = "/cop",
    name: str = NAME,
    mode: Literal["socket", "http"] = "socket",
    url: str = "",
) -> Json:
    """The manifest; in HTTP mode Slack sends everything to ``url``."""
    if mode == "http" and not url.startswith(("https://", "http://")):
        message = "HTTP mode needs the address that Slack is to call, such as https://bot.example.org/slack/events"
        raise ValueError(message)
    calls = {"request_url": url} if mode == "http" else {}
    menus = {"message_menu_options_url": url} if mode == "http" else {}
    slash: Json = {
        "command": command[: limits.COMMAND_NAME],
        "description": clip(ABOUT, limits.COMMAND_ABOUT),
        "usage_hint": clip(HINT, limits.COMMAND_HINT),
        "should_escape": True,
    }
    features: Json = {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": clip(name, limits.MANIFEST_NAME), "always_online": True},
        "slash_commands": [slash | ({"url": url} if mode == "http" else {})],
    }
    if offered := shortcuts(app):
        features["shortcuts"] = offered
    shown = {"name": clip(name, limits.MANIFEST_NAME), "description": clip(ABOUT, limits.MANIFEST_ABOUT)}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": shown,
        "features": features,
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)} | calls,
            "interactivity": {"is_enabled": True} | calls | menus,
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }


def shortcuts(app: App) -> list[Json]:
    """Message and global shortcuts, of both kinds as many as Slack takes."""
    kinds = [("message", a.message, a) for a in app.messages.values()]
    kinds += [("global", a.anywhere, a) for a in app.shortcuts.values()]
    return [
        {
            "name": clip(title, limits.SHORTCUT_NAME),
            "type": kind,
            "callback_id": action.name,
            "description": clip(english(action.about) or title, limits.SHORTCUT_ABOUT),
        }
        for kind, title, action in kinds[: limits.MANIFEST_SHORTCUTS]
    ]


def english(text: Text) -> str:
    return write(text, Reader(), PLAIN)
