"""The link that invites the bot to a server, with the least that it can work with."""

from urllib.parse import urlencode

from adapters.discord import limits

SCOPES = "bot applications.commands"

# Everything that the bot asks for, and what it is for.  Nothing here lets it read other people's messages unasked,
# remove anybody, or give a right that it was not given itself.
PERMISSIONS = {
    limits.VIEW_CHANNEL: "to find the channels that it posts in",
    limits.SEND_MESSAGES: "to post polls, meetings and resources",
    limits.ATTACH_FILES: "to show pictures and calendar files",
    limits.READ_MESSAGE_HISTORY: "to look whether a post arrived before it repeats it",
    limits.MANAGE_ROLES: "to give people the role of a group that they join",
    limits.MANAGE_CHANNELS: "to make the private channel of a group",
    limits.CREATE_PRIVATE_THREADS: "to make a private thread where it may make no channel",
    limits.SEND_MESSAGES_IN_THREADS: "to post in threads",
}


def invite_link(application_id: str) -> str:
    """Where somebody who manages a server adds the bot to it."""
    query = {"client_id": application_id, "scope": SCOPES, "permissions": str(sum(PERMISSIONS))}
    return f"https://discord.com/oauth2/authorize?{urlencode(query)}"
