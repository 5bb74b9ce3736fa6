"""Time zones as people name them: by city, by country, or by what only looks like a zone, such as CET or GMT+5."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

from bot.times.sentences import TEXT_MAX, Unreadable

PROPOSED_MAX = 5

_KNOWN_BEST = (  # proposed first, since most people who write CET or GMT+5 live in one of these
    "Europe/London Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome Europe/Warsaw Europe/Athens Europe/Kyiv "
    "Europe/Istanbul America/New_York America/Chicago America/Denver America/Los_Angeles America/Toronto "
    "America/Mexico_City America/Bogota America/Sao_Paulo America/Argentina/Buenos_Aires Africa/Lagos Africa/Cairo "
    "Africa/Nairobi Africa/Johannesburg Asia/Dubai Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Jakarta Asia/Shanghai "
    "Asia/Manila Asia/Singapore Asia/Tokyo Asia/Seoul Australia/Sydney Australia/Perth Pacific/Auckland UTC"
)
_RANK = {name: rank for rank, name in enumerate(_KNOWN_BEST.split())}

_MORE_NAMES = {  # what people type that the zone database does not list under that name
    "UTC": "utc, z, zulu, universal, coordinated universal time",
    "America/New_York": "et, eastern, us eastern, nyc, washington, washington dc, boston, atlanta, georgia, miami",
    "America/Chicago": "ct, central, us central, houston, dallas, austin",
    "America/Denver": "mt, mountain, us mountain",
    "America/Los_Angeles": "pt, pacific, us pacific, la, san francisco, seattle, san diego, portland",
    "America/Toronto": "montreal, ottawa",
    "America/Puerto_Rico": "san juan",
    "America/Sao_Paulo": "rio de janeiro, rio, brasilia",
    "Europe/London": "england, scotland, wales, great britain, uk, edinburgh, manchester, birmingham",
    "Europe/Berlin": "hamburg, munich, munchen, cologne, koln, frankfurt",
    "Europe/Paris": "lyon, marseille, toulouse",
    "Europe/Zurich": "geneva, geneve, basel, bern",
    "Europe/Madrid": "barcelona",
    "Europe/Rome": "milan, milano, roma, naples",
    "Europe/Vienna": "wien",
    "Europe/Warsaw": "krakow",
    "Europe/Amsterdam": "rotterdam, the hague",
    "Asia/Kolkata": "mumbai, delhi, new delhi, bangalore, bengaluru, chennai, hyderabad",
    "Asia/Shanghai": "beijing, shenzhen, guangzhou",
    "Asia/Ho_Chi_Minh": "hanoi",
    "Asia/Tokyo": "osaka, kyoto",
    "Asia/Karachi": "islamabad, lahore",
    "Africa/Johannesburg": "cape town, pretoria",
    "Africa/Lagos": "abuja",
    "Australia/Sydney": "canberra",
    "Pacific/Auckland": "wellington",
}
_COUNTRY_NAMES = {"US": "usa, us, america", "TR": "turkey", "GB": "britain", "CZ": "czech republic"}
_OFFSET = re.compile(r"(?:utc|gmt)? ?([+-]) ?([0-9]{1,2})(?::?([0-5][0-9]))?")
_CITY = re.compile(r"(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.+")


def find_zone(text: str, *, now: datetime | None = None) -> ZoneInfo:
    """The zone of this name or city; what could be several is refused with up to five of them proposed."""
    if zone := known_zone(text):
        return zone
    shown, name = text.strip()[:TEXT_MAX], _plain(text)
    proposals = ", ".join(suggest_zones(text, PROPOSED_MAX, now=now))
    if not proposals:
        raise Unreadable(
            "I do not know the time zone “{text}”. Write a large city near you or a name such as {examples}.",
            text=shown,
            examples="“Europe/Berlin” or “New York”",
        )
    if _OFFSET.fullmatch(name) or name in _abbreviations(_year(now)):
        raise Unreadable(
            "“{text}” does not say when the clocks change. Name a city instead, such as {zones}.",
            text=shown,
            zones=proposals,
        )
    if name in _cities() or name in _countries():
        raise Unreadable("“{text}” has several time zones. Choose one: {zones}.", text=shown, zones=proposals)
    raise Unreadable("I do not know the time zone “{text}”. Did you mean one of {zones}?", text=shown, zones=proposals)


def known_zone(text: str) -> ZoneInfo | None:
    """The zone that these words name without doubt, if there is one."""
    name = _plain(text)
    if exact := _names().get(name):
        return ZoneInfo(exact)
    candidates = {*_cities().get(name, ()), *_countries().get(name, ())}
    if not candidates and "," in name:
        city, _, country = (part.strip() for part in name.partition(","))
        candidates = {*_cities().get(city, ())} & {*_countries().get(country, ())}
    return ZoneInfo(candidates.pop()) if len(candidates) == 1 else None


def looks_like_zone(word: str) -> bool:
    """Whether a word is meant as a zone though it names none, such as “CET”, “GMT+5” or “Europe/Nowhere”."""
    named = re.fullmatch(r"[a-z_]+/[a-z_/]+", word)
    return bool(named or _OFFSET.fullmatch(word)) or word in _abbreviations(_year(None))


def suggest_zones(text: str, most: int = 25, *, now: datetime | None = None) -> list[str]:
    """Zone names to choose from for what has been typed so far, the likeliest first."""
    name = _plain(text)
    if not name:
        return list(_RANK)[:most]
    if offset := _OFFSET.fullmatch(name):
        return _at_offset(offset, now or datetime.now(UTC))[:most]
    found: dict[str, None] = {}
    for zones in _matches(name, _year(now)):
        found.update(dict.fromkeys(sorted(zones, key=_by_rank)))
        if len(found) >= most:
            break
    return list(found)[:most]


def _matches(name: str, year: int) -> Iterable[Iterable[str]]:
    """Groups of zones that the words may mean, the likeliest first."""
    cities, countries, places = _cities(), _countries(), _places()
    if known := known_zone(name):
        yield (known.key,)
    for table in (_abbreviations(year), cities, countries):
        yield table.get(name, ())
    for table in (cities, countries):
        yield {zone for key, zones in table.items() if key.startswith(name) for zone in zones}
    yield (zone for key, zone in _names().items() if name in key and zone in places)
    if not any(name in key for table in (cities, countries, _names()) for key in table):
        for key in get_close_matches(name.rpartition("/")[2], cities, n=PROPOSED_MAX):
            yield cities[key]


def _plain(text: str) -> str:
    """Words without case, accents, stops and underscores; too much text names nothing."""
    if len(text) > TEXT_MAX:
        return ""
    decomposed = unicodedata.normalize("NFKD", text.replace("\u2212", "-")).casefold()
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"[\s_]+", " ", re.sub(r"[.']", "", bare)).strip()


def _by_rank(name: str) -> tuple[int, str]:
    least = len(_RANK) + name.startswith("Antarctica/")
    return _RANK.get(name, least), name


def _year(now: datetime | None) -> int:
    return (now or datetime.now(UTC)).year


def _at_offset(match: re.Match[str], now: datetime) -> list[str]:
    size = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    offset = -size if match[1] == "-" else size
    found = (name for name, zone in _places().items() if now.astimezone(zone).utcoffset() == offset)
    return sorted(found, key=_by_rank)


@cache
def _names() -> dict[str, str]:
    """Exact names; those without a region, such as CET or Japan, are abbreviations or countries and not among them."""
    return {_plain(name): name for name in available_timezones() if "/" in name} | {"utc": "UTC"}


@cache
def _rows() -> tuple[tuple[str, str], ...]:
    """Country code and zone, for every zone that is a place today."""
    lines = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    fields = (line.split("\t") for line in lines if not line.startswith("#"))
    known = available_timezones()
    return tuple((row[0], row[2]) for row in fields if row[2] in known)


@cache
def _places() -> dict[str, ZoneInfo]:
    """Every zone that is a place today, kept: zoneinfo itself remembers only eight and would read the files again."""
    return {name: ZoneInfo(name) for name in (*(zone for _, zone in _rows()), "UTC")}


@cache
def _renamed() -> dict[str, str]:
    """Former names, such as Asia/Calcutta, with the names of today."""
    lines = resources.files("tzdata.zoneinfo").joinpath("tzdata.zi").read_text("utf-8").splitlines()
    links = (line.split() for line in lines if line.startswith("L "))
    return {former: target for _, target, former in links if former not in _places() and target in _places()}


@cache
def _cities() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name in (*_places(), *_renamed()):
        if _CITY.fullmatch(name):
            found[_plain(name.rpartition("/")[2])].add(_renamed().get(name, name))
    for zone, more in _MORE_NAMES.items():
        for city in more.split(", "):
            found[city].add(zone)
    return {city: tuple(sorted(zones, key=_by_rank)) for city, zones in found.items()}


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    territories = Locale("en").territories
    zones: dict[str, list[str]] = defaultdict(list)
    for code, zone in _rows():
        zones[code].append(zone)
    found: dict[str, tuple[str, ...]] = {}
    for code, names in zones.items():
        for country in (territories[code], *_COUNTRY_NAMES.get(code, "").split(", ")):
            found[_plain(country)] = tuple(sorted(names, key=_by_rank))
    found.pop("", None)
    return found


@cache
def _abbreviations(year: int) -> dict[str, tuple[str, ...]]:
    """What clocks are called in winter and summer, such as CET, with the zones that use the name."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, zone in _places().items():
        for month in (1, 7):
            abbreviation = datetime(year, month, 1, 12, tzinfo=zone).tzname() or ""
            if abbreviation.isalpha() and name != "UTC":
                found[abbreviation.casefold()].add(name)
    return {abbreviation: tuple(sorted(zones, key=_by_rank)) for abbreviation, zones in found.items()}
