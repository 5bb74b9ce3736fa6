"""Web addresses that people type: checked, freed of what only tracks people, and compared."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from yarl import URL

from bot.characters import UNMEANT

URL_MAX = 1000  # characters once encoded; a longer address breaks the messages that show it
TRACKERS = {"fbclid", "gclid", "dclid", "igshid", "mkt_tok", "msclkid", "ref_src", "yclid"}
TRACKING = ("utm_", "mc_", "pk_")
SAME_PAGE = {"si"}  # differs with every copy of a link, and is left in what is shown since it may mean something
DEFAULT_PORTS = {"http": 80, "https": 443}

_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:(?!\d)", re.IGNORECASE)  # javascript:, mailto:, but not host:8080
_HOST = re.compile(r"(?=.*[a-z0-9])[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*")
_WORDS = re.compile(r"[\w.-]+")
_LAST = re.compile(r"[^\W\d_]{2,}|xn--[\w-]+", re.IGNORECASE)  # label of a host
_DOTS = str.maketrans("。｡․﹒", "....")
_IN_TEXT = re.compile(r"https?://[^\s<>|\"`\x00-\x20]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """A web address: as it is shown, and as it is compared."""

    url: str
    key: str
    host: str

    @property
    def secure(self) -> bool:
        return self.url.startswith("https:")

    @property
    def title(self) -> str:
        """A title for a page that nobody named: the last words of its path, and where it is."""
        path = [part for part in unquote(URL(self.url).path).split("/") if part]
        words = re.sub(r"[-_+.\s]+", " ", path[-1].rpartition(".")[0] or path[-1]).strip() if path else ""
        return f"{words[:80]} ({self.host})" if words else self.host


def read_address(typed: str) -> Address | None:
    """The web address that was typed; None when it is none that can be opened in a browser."""
    typed = typed.strip()
    if typed.startswith("<") and typed.endswith(">"):  # as Slack writes what it recognised
        typed = typed[1:-1].partition("|")[0]
    given = "://" in typed
    if not typed or re.search(r"\s", typed) or (not given and _OTHER_SCHEME.match(typed)):
        return None
    try:
        url = URL(typed if given else f"https://{typed}")
        host = (url.raw_host or "").rstrip(".").lower()
        port = url.explicit_port
    except ValueError:
        return None
    if url.scheme not in DEFAULT_PORTS or not _HOST.fullmatch(host) or not (given or "." in host):
        return None
    if port == DEFAULT_PORTS[url.scheme]:
        port = None
    clean = url.with_user(None).with_host(host).with_port(port)
    if any(tracks(name) for name in clean.query):
        clean = clean.with_query([(name, value) for name, value in clean.query.items() if not tracks(name)])
    if len(str(clean)) > URL_MAX:
        return None
    return Address(str(clean), compared(clean), host.removeprefix("www."))


def compared(url: URL) -> str:
    """What is the same for every way to write one page's address."""
    route = f"#{url.raw_fragment}" if url.raw_fragment.startswith(("/", "!")) else ""  # pages of one-page applications
    kept = URL("/").with_query(sorted((k, v) for k, v in url.query.items() if k not in SAME_PAGE)).raw_query_string
    where = url.raw_authority.removeprefix("www.") + url.raw_path.rstrip("/")
    return where + (f"?{kept}" if kept else "") + route


def tracks(name: str) -> bool:
    return name.lower() in TRACKERS or name.lower().startswith(TRACKING)


def first_address(text: str) -> Address | None:
    """The first web address within a longer text."""
    for found in _IN_TEXT.finditer(text):
        typed = found[0].rstrip(".,;:!?'*_~")
        while typed.endswith((")", "]")) and typed.count("(") + typed.count("[") < typed.count(")") + typed.count("]"):
            typed = typed[:-1].rstrip(".,;:!?'*_~")
        if (address := read_address(typed)) is not None:
            return address
    return None


def followable(url: str) -> bool:
    """Whether this is an address of the web that says openly where it leads."""
    if len(url) > URL_MAX or any(c.isspace() or c == "\\" or unicodedata.category(c) in UNMEANT for c in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in DEFAULT_PORTS and bool(parts.hostname) and parts.username is None


def promises_another(label: str, url: str) -> bool:
    """Whether words look like an address that is not the one to which they would lead."""
    plain = unicodedata.normalize("NFKC", "".join(c for c in label if unicodedata.category(c) != "Cf").translate(_DOTS))
    try:
        host = (URL(url).host or "").lower().removeprefix("www.")
    except ValueError:
        return True
    return "://" in plain or any(named.removeprefix("www.") != host for named in hosts_in(plain.lower()))


def hosts_in(words: str) -> Iterator[str]:
    """What looks like the name of a host."""
    for word in _WORDS.findall(words):
        first, _, last = word.strip(".-_").rpartition(".")
        if first and _LAST.fullmatch(last):
            yield f"{first}.{last}"
