"""Discord's limits and numbers, each with its source; nothing else in this package knows a number of Discord's."""

from typing import Any, TypeAlias

from bot.characters import cut

Json: TypeAlias = dict[str, Any]

# https://discord.com/developers/docs/components/reference
ROW_BUTTONS = 5  # in one action row; a select fills its row
BUTTON_LABEL = 80
BUTTON_URL = 512
SELECT_OPTIONS = 25
OPTION_TEXT = 100  # label, value and description of a select's option
PLACEHOLDER = 150  # of a select in a message
COMPONENTS = 40  # in one message, nested ones too
MESSAGE_TEXT = 4000  # all text displays of a message together
ALT_TEXT = 1024
FILES = 10  # in one message
MODAL_TITLE = 45
MODAL_PARTS = 5  # labels and texts of a form
LABEL = 45
LABEL_ABOUT = 100
INPUT_TEXT = 4000
INPUT_PLACEHOLDER = 100

# https://discord.com/developers/docs/interactions/application-commands
COMMAND_NAME = 32  # also of a subcommand and an option
COMMAND_ABOUT = 100
COMMAND_CHOICES = 25
CHOICE_TEXT = 100  # name and text value of a choice, of a suggestion too
STRING_MAX = 6000  # the largest max_length of an option

# https://discord.com/developers/docs/interactions/receiving-and-responding
DEFER_AFTER = 2.0  # seconds: an unanswered interaction is dead after three, and the way to Discord takes its time

# https://discord.com/developers/docs/topics/rate-limits
REQUESTS = 40.0  # a second of one bot; the limit is 50, and some are left for whoever else uses the token

# https://discord.com/developers/docs/resources/message#create-message
NONCE = 25
HISTORY_PAGE = 100
MEMBERS_PAGE = 1000  # https://discord.com/developers/docs/resources/guild#list-guild-members

# https://discord.com/developers/docs/resources/channel and .../guild
CHANNEL_NAME = 100
ROLE_NAME = 100
THREAD_ARCHIVE = 10080  # minutes, the longest

# Message flags: https://discord.com/developers/docs/resources/message#message-object-message-flags
EPHEMERAL = 1 << 6
COMPONENTS_V2 = 1 << 15

# Permissions: https://discord.com/developers/docs/topics/permissions
ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MANAGE_ROLES = 1 << 28
# https://discord.com/developers/docs/topics/permissions: what concerns nobody but who has it (invitations, reactions,
# reading, writing, voice, threads, their own nickname).  Every other bit is power over others, also one yet to come.
HARMLESS = sum(
    1 << n for n in (0, 6, 9, 10, 11, 14, 15, 16, 18, 20, 21, 25, 26, 31, 32, 35, 36, 37, 38, 39, 42, 45, 46, 49)
)
CREATE_PRIVATE_THREADS = 1 << 36
SEND_MESSAGES_IN_THREADS = 1 << 38

# Component types
ROW, BUTTON, SELECT, INPUT, USERS, CHANNELS = 1, 2, 3, 4, 5, 8
SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER, LABELLED = 9, 10, 12, 13, 14, 17, 18

# Interactions, and the answers to them
COMMAND_USED, PRESSED, TYPING, SUBMITTED = 2, 3, 4, 5
ANSWER, DEFER, DEFER_UPDATE, UPDATE, SUGGEST, MODAL = 4, 5, 6, 7, 8, 9

# Application commands and their options
CHAT_INPUT, MESSAGE_COMMAND = 1, 3
SUBCOMMAND, STRING, INTEGER, BOOLEAN, USER, CHANNEL, NUMBER = 1, 3, 4, 5, 6, 7, 10

# Channel types: https://discord.com/developers/docs/resources/channel#channel-object-channel-types
TEXT_CHANNEL, ANNOUNCEMENT_CHANNEL, PRIVATE_THREAD = 0, 5, 12
THREADS = (10, 11, PRIVATE_THREAD)
WRITTEN = (TEXT_CHANNEL, ANNOUNCEMENT_CHANNEL)  # what people call a channel

NOBODY: Json = {"parse": []}  # allowed mentions: no message of ours notifies anybody


def clip(text: str, most: int) -> str:
    """The text, cut with a mark where it is too long."""
    return text if len(text) <= most else cut(text, most - 1) + "…"
