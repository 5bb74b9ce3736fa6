"""Names for the numbers in Discord's API, and the clock and ids that everything here shares."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import IntEnum, IntFlag
from typing import Any

Json = dict[str, Any]

EPOCH_MS = 1_420_070_400_000  # the first second of 2015, where Discord's ids begin


class Kind(IntEnum):
    """Component types."""

    ROW = 1
    BUTTON = 2
    SELECT = 3
    INPUT = 4
    USERS = 5
    ROLES = 6
    MENTIONABLES = 7
    CHANNELS = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    UPLOAD = 19
    RADIO = 21
    CHECKBOXES = 22
    CHECKBOX = 23


SELECTS = frozenset({Kind.SELECT, Kind.USERS, Kind.ROLES, Kind.MENTIONABLES, Kind.CHANNELS})
V2_ONLY = frozenset({9, 10, 11, 12, 13, 14, 17})


class Flag(IntFlag):
    """Message flags."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SILENT = 1 << 12
    V2 = 1 << 15


class Allow(IntFlag):
    """Permissions."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW = 1 << 10
    SEND = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED = 1 << 14
    ATTACH = 1 << 15
    HISTORY = 1 << 16
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    USE_COMMANDS = 1 << 31
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    PUBLIC_THREADS = 1 << 35
    PRIVATE_THREADS = 1 << 36
    SEND_IN_THREADS = 1 << 38
    CREATE_EVENTS = 1 << 44
    PIN_MESSAGES = 1 << 51


EVERYTHING = (1 << 52) - 1
EVERYONE_MAY = (
    Allow.VIEW
    | Allow.SEND
    | Allow.HISTORY
    | Allow.EMBED
    | Allow.ATTACH
    | Allow.ADD_REACTIONS
    | Allow.CHANGE_NICKNAME
    | Allow.USE_COMMANDS
    | Allow.PUBLIC_THREADS
    | Allow.SEND_IN_THREADS
)
BOT_MAY = EVERYONE_MAY | Allow.PRIVATE_THREADS | Allow.MANAGE_CHANNELS | Allow.MANAGE_ROLES | Allow.PIN_MESSAGES
BOT_MAY |= Allow.MANAGE_EVENTS | Allow.CREATE_EVENTS | Allow.MANAGE_THREADS


class Intent(IntFlag):
    """Gateway intents that decide what is sent here."""

    NONE = 0
    GUILDS = 1 << 0
    MEMBERS = 1 << 1
    PRESENCES = 1 << 8
    MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    CONTENT = 1 << 15


DM, THREAD, PRIVATE_THREAD = 1, 11, 12  # channel types; 0 is a text channel
THREADS = frozenset({10, THREAD, PRIVATE_THREAD})


class Clock:
    """The real time plus what a test let pass; ids come from it."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self.lived = timedelta()  # interactions age by this alone, so a slow machine never makes one late
        self._last = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def set_to(self, moment: datetime) -> None:
        """Show this moment from now on; interaction tokens do not age by it."""
        self.offset = moment - datetime.now(UTC)

    def pass_time(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass, for interaction tokens too."""
        step = timedelta(minutes=minutes, seconds=seconds)
        self.offset += step
        self.lived += step

    def stamp(self) -> str:
        return self.now().isoformat()

    def snowflake(self) -> str:
        self._last = max((int(self.now().timestamp() * 1000) - EPOCH_MS) << 22, self._last + 1)
        return str(self._last)


def walk(components: Iterable[Json]) -> Iterator[Json]:
    """Every component, nested ones too, in the order of the screen."""
    for component in components:
        yield component
        yield from walk(component.get("components") or ())
        for key in ("component", "accessory"):
            if component.get(key):
                yield from walk([component[key]])
