"""Slack's limits, each with its source; everything that is rendered is cut to fit them.

Sources: Block Kit reference (docs.slack.dev/reference/block-kit), view and method reference, the manifest schema.
"""

from bot.characters import cut

# Block Kit reference: blocks
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100  # modals and the Home tab
SECTION_TEXT = 3000
SECTION_FIELDS = 10
FIELD_TEXT = 2000
HEADER_TEXT = 150
CONTEXT_TEXT = 3000  # the server's number for one element; the reference names none
ACTIONS_ELEMENTS = 25
IMAGE_ALT = 2000

# Block Kit reference: elements and composition objects
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
BUTTON_URL = 3000
PLACEHOLDER = 150
OPTIONS = 100
OPTION_TEXT = 75
OPTION_VALUE = 150
OPTION_ABOUT = 75
INPUT_LABEL = 2000
INPUT_HINT = 2000
INPUT_TEXT = 3000

# View reference
TITLE = 24  # title, submit and close alike

# chat.update refuses more; chat.postMessage cuts only at 40 000
FALLBACK_TEXT = 4000

# conversations.create
CHANNEL_NAME = 80
# conversations.setPurpose
PURPOSE = 250
# the help page on user groups
GROUP_HANDLE = 21

# App manifest schema
MANIFEST_NAME = 35
MANIFEST_ABOUT = 140
MANIFEST_SHORTCUTS = 10
SHORTCUT_NAME = 24
SHORTCUT_ABOUT = 150
COMMAND_NAME = 32
COMMAND_ABOUT = 2000
COMMAND_HINT = 1000

# Events API, interactivity: an answer is due within 3 seconds; what takes longer is acknowledged before
ACK_SECONDS = 2.0


def clip(text: str, most: int) -> str:
    """As much of a plain text as fits, and a sign that there was more."""
    return text if len(text) <= most else cut(text, most - 1) + "…"
