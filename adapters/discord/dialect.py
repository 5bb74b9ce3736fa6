"""How Discord writes: markdown in which people's own words stay words, names ping nobody, and no link is disguised."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.discord.limits import clip
from bot.addresses import followable, promises_another
from bot.text import Reader, TimeStyle, name_in

STAMPS: dict[TimeStyle, str] = {"full": "F", "date": "D", "time": "t", "relative": "R"}

SPECIAL = re.compile(r"([\\`*_~|\[\]<])")
LINE_START = re.compile(r"^([^\S\n]*)(\d{1,9}(?=[.)](?:\s|$))|(?=(?:#{1,3}|-#|>{1,3}|[-+])(?:\s|$)))", re.MULTILINE)
EVERYBODY = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
REFERENCE = re.compile(r"<(?=[@#:/&]|a:|t:|id:|sound:)")
ADDRESS = re.compile(r"https?://[^\s<>\\`|*~\[\]()\"]+", re.IGNORECASE)
UNDER_WORDS = re.compile(r"]\s*\(\s*<?$")  # what stands before the address of a masked link
CODE = 300  # characters: without its end, when a message is cut, it would be markup
SNOWFLAKE = re.compile("[0-9]{1,20}")
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
INERT = "\u200b"  # a space without width, inside what would be a mention


@dataclass(frozen=True, slots=True)
class DiscordMarkdown:
    """The dialect of messages.  Plain places (labels, options, titles of forms) use ``bot.text.PLAIN``.

    ``commands`` is how Discord calls those commands that it cannot call as they are; ``locale`` is the language of
    the client that shows this, which has its own names for them.
    """

    commands: Mapping[str, str] = field(default_factory=dict)
    locale: str = ""

    def words(self, raw: str) -> str:
        """Anybody's words: no markup, no mention, no heading; an address stays an address that shows itself."""
        done, at = [], 0
        for found in ADDRESS.finditer(raw):
            before, address = raw[at : found.start()], found.group()
            done.append(escape(before))
            if UNDER_WORDS.search(before.rstrip()):
                done.append(escape(address).replace(":", "\\:", 1))  # half of a masked link: no link at all
            else:
                done.append(escape(address) if EVERYBODY.search(address) else address)
            at = found.end()
        return LINE_START.sub(r"\1\2\\", "".join((*done, escape(raw[at:]))))

    def bold(self, inner: str) -> str:
        return f"**{inner}**" if inner.strip() else inner

    def code(self, inner: str) -> str:
        """Inside backticks a backslash is a character, so what was escaped is put back."""
        plain = ESCAPE.sub(r"\1", inner).replace("\n", " ").replace("`", "ˋ")  # looks like one, and ends nothing
        return f"`{clip(plain, CODE)}`" if plain else ""

    def mention(self, ref: str, name: str) -> str:
        return f"<@{ref}>" if SNOWFLAKE.fullmatch(ref) else self.words(name)

    def channel(self, ref: str, name: str) -> str:
        return f"<#{ref}>" if SNOWFLAKE.fullmatch(ref) else self.words(f"#{name or ref}")

    def href(self, label: str, url: str) -> str:
        """A link under words only where the words do not promise another address."""
        label = " ".join(label.split())
        if not takes(url):
            return self.words(f"{label} ({url})" if label and label != url else url)
        if label in ("", url):
            return f"<{url}>"
        if promises_another(label, url):
            return f"{self.words(label)} (<{url}>)"
        return f"[{self.words(label)}](<{url}>)"

    def moment(self, at: datetime, style: TimeStyle, reader: Reader) -> str:  # noqa: ARG002  # the reader's own clock
        return f"<t:{int(at.timestamp())}:{STAMPS[style]}>"

    def command(self, name: str) -> str:
        words = self.commands.get(name, name).split()
        return f"`/{' '.join(name_in(self.locale, word) for word in words)}`"


MARKDOWN = DiscordMarkdown()


def escape(raw: str) -> str:
    """Words in which nothing means anything, wherever in a line they stand."""
    return SPECIAL.sub(r"\\\1", EVERYBODY.sub("@" + INERT, REFERENCE.sub("<" + INERT, raw)))


def takes(url: str) -> bool:
    """Whether Discord makes a link of this address, and ends it where it ends."""
    return url.startswith(("http://", "https://")) and followable(url) and not re.search('[<>"]', url)
