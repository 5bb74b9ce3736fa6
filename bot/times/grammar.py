"""The grammar of times: a table of patterns, tried in order where the reader stands, until every word has a meaning."""

import re
from collections.abc import Callable
from functools import cache

from bot.times import meanings
from bot.times.meanings import DAYS, DAYTIMES, MONTHS, NTH
from bot.times.parts import Day, Part, Phrase, Since, Until, Zone
from bot.times.sentences import Unreadable, tidy
from bot.times.spans import AMOUNTS, NUMBERS
from bot.times.zones import find_zone, known_zone, looks_like_zone

ZONE_WORDS_MAX = 4  # “port of spain time”

SAME = {  # said otherwise, so that each thing is in the grammar once
    "each": "every",
    "every other": "every 2",
    "daily": "every day",
    "weekly": "every week",
    "fortnightly": "every 2 weeks",
    "every fortnight": "every 2 weeks",
    "monthly": "every month",
    "quarterly": "every 3 months",
    "every quarter": "every 3 months",
    "yearly": "every year",
    "annually": "every year",
    "tonight": "today night",
    "this morning": "today morning",
    "this afternoon": "today afternoon",
    "this evening": "today evening",
    "oclock": "o'clock",
}


def _any(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_LISTED = "(?:, ?and |, ?| and | ?& ?|/)"
FRAGMENTS = {
    "day": _any(DAYS),
    "days": f"(?:{_any(DAYS)})s?(?:{_LISTED}(?:{_any(DAYS)})s?)*",
    "plurals": "(?:{0})s(?:{1}(?:{0})s)*".format("|".join(day for day in DAYS if day.endswith("day")), _LISTED),
    "month": _any(MONTHS),
    "nth": _any(NTH),
    "nths": f"(?:{_any(NTH)})(?:{_LISTED}(?:{_any(NTH)}))*",
    "number": r"\d{1,2}",
    "two": r"\d\d",
    "year": r"(?:19|20|21)\d\d",
    "no_month": r"00|1[3-9]|[2-5]\d",
    "half": r"[ap]\.?m",
    "th": "st|nd|rd|th",
    "the": "the",
    "which": "this|next|coming",
    "n": r"\d{1,2}|" + _any(NUMBERS),
    "every": r"\d{1,2}|" + _any(NUMBERS) + "|second|2nd|third|3rd|fourth|4th",
    "unit": "day|week|month|year",
    "amounts": AMOUNTS,
    "daytime": "|".join(DAYTIMES),
    "hour": "noon|midday|midnight",
}

# In a row <name> is the fragment of that name, <name:fragment> gives it another name, and [x] may be left out.
# The first row that fits counts.
ROWS: tuple[tuple[str, Callable[[re.Match[str]], Part]], ...] = (
    # an instant
    (r"<year>-<mm:two>-<dom:two>(?:t| )<h:two>:<min:two>[:00][\.0+] ?(?P<offset>z|\+\d\d[:?\d\d])", meanings.moment),
    (r"<year>-<mm:two>-<dom:two>t<h:two>:<min:two>[:00][\.0+](?P<offset>-\d\d[:?\d\d])", meanings.moment),
    # repeats
    ("(?:bi|semi)-?(?:weekly|monthly|annually|yearly)", meanings.twice_or_every_second),
    ("every (?:week|working |business )day|weekdays", meanings.weekdays),
    ("every [<n:every> ]weeks?,?[ on] <days>", meanings.weekly),
    ("<days>,? every [<n:every> ]weeks?", meanings.weekly),
    ("every [<n> ]<days>", meanings.weekly),
    ("<days:plurals>", meanings.weekly),
    ("every [<n:every> ]months?,?[ on][ the] <nths> <day>", meanings.monthly_weekday),
    ("[every ][the ]<nths> <day>s? (?:of|in) every [<n:every> ]months?", meanings.monthly_weekday),
    ("[the ]<nths> <day> (?:of|in) <the> month", meanings.monthly_weekday),
    ("every (?P<nths>first|1st|last) <day>", meanings.monthly_weekday),
    ("every <nth> <day>s?", meanings.every_nth),
    ("every [<n:every> ]months?,?[ on][ the] <dom:number><th>", meanings.monthly_day),
    ("every [<n:every> ]months?,?[ on][ the] last day", meanings.monthly_day),
    ("[every ][the ][day ]<dom:number>[<th>] of every [<n:every> ]months?", meanings.monthly_day),
    ("[every ][the ]last day of every [<n:every> ]months?", meanings.monthly_day),
    ("[the ]<dom:number><th> of <the> month", meanings.monthly_day),
    ("[the ]last day of <the> month", meanings.monthly_day),
    ("every [year,?[ on] ][the ]<dom:number>[<th>][ of] <month>", meanings.yearly),
    ("every [year,?[ on] ]<month>[ the] <dom:number>[<th>]", meanings.yearly),
    ("every [<n:every> ]<unit>s?", meanings.rhythm),
    ("[for ]<n> times", meanings.times),
    # a distance
    ("in <amounts>", meanings.after),
    ("<amounts> from now", meanings.after),
    # a date
    ("<year>-<mm:two>-<dom:two>", meanings.iso_date),
    (r"[<day>,? ][the ]<dom:number>[<th>][ of] <month>[,? <year>]", meanings.named_date),
    (r"[<day>,? ]<month>[ the] <dom:number>[<th>][,? <year>]", meanings.named_date),
    ("today|tomorrow|yesterday|[the ]day after tomorrow", meanings.today),
    ("next week,?[ on] <day>", meanings.next_week),
    ("[<day>[ of] ]next week", meanings.next_week),
    ("[<which> ]<day>", meanings.weekday),
    ("next month", meanings.next_month),
    ("[the ]end of [(?:the|<which>) ]month", meanings.day_of_month),
    ("[the ]<dom:number><th> (?:of|in) <which> month", meanings.day_of_month),
    ("[the ]last day (?:of|in) <which> month", meanings.day_of_month),
    ("[the ]<nth> <day> (?:of|in) <which> month", meanings.nth_of_month),
    ("[the ]<nth> <day> (?:of|in) <month>[,? <year>]", meanings.nth_of_named_month),
    ("[the ](?:fifth|5th) <day>", meanings.fifth),
    ("[the ]<nth> <day>s?", meanings.nth_of_what),
    ("[the ]<dom:number><th>", meanings.day_of_month),
    # a time of day
    (r"[from ]\d{1,2}[(?::|h)\d\d] ?[<half>] ?(?:-|to) ?\d{1,2}[(?::|h)\d\d] ?[<other:half>]", meanings.range_of_times),
    ("[at |@ ?]<h:number>(?::|h)<min:two>[:00] ?[<half>]", meanings.clock),
    ("[at |@ ?]<h:number> ?<half>", meanings.clock),
    (r"(?:at |@ ?)<h:number>\.<min:two> ?[<half>]", meanings.clock),
    (r"<h:number>\.<min:two> ?<half>", meanings.clock),
    (r"<h:number>\.<min:no_month>", meanings.clock),
    ("[at |@ ?]<h:number> ?o'clock", meanings.hour),
    ("(?:at |@ ?)<h:number>", meanings.hour),
    ("[at ]<hour>", meanings.named_hour),
    ("[in the |at ]<daytime>", meanings.daytime),
    # what could be several things
    (r"\d{1,2}\.\d\d", meanings.date_or_time),
    (r"\d{1,4}(?:/|\.)\d{1,2}[(?:/|\.)\d{2,4}]|\d{1,2}-\d{1,2}-\d{2,4}", meanings.day_or_month_first),
    (r"\d+", meanings.bare_number),
)


@cache  # when it is first needed: all of them together take a while, and the start does not wait for them
def _compiled(row: str) -> re.Pattern[str]:
    optional = row.replace("[", "(?:").replace("]", ")?")
    spelled = re.sub(r"(?<!\?P)<(\w+)(?::(\w+))?>", lambda m: f"(?P<{m[1]}>{FRAGMENTS[m[2] or m[1]]})", optional)
    return re.compile(rf"(?:{spelled})(?=[ ,]|$)", re.ASCII)  # words end where blanks begin


_SAME = re.compile(r"\b(?:" + "|".join(sorted(SAME, key=len, reverse=True)) + r")\b")
_T = re.compile(r"(?<=-\d\d)t(?=\d\d:\d\d(?::00)?(?:\.0+)?(?: |,|$))", re.ASCII)  # as in 2026-03-12T10:00
_BETWEEN = re.compile(r",? ?(?:(?:on|by) )?")
_BOUND = re.compile(r"(?:(?P<until>until|till|til|through|ending)|starting|beginning|from|since)(?: on| from)?(?= )")


def scan(text: str, examples: str) -> Phrase:
    """All the parts of what was typed, each kind at most once."""
    typed = tidy(text)
    if not typed:
        raise Unreadable("Write when, for example {examples}.", examples=examples)
    said = _T.sub(" ", _SAME.sub(lambda match: SAME[match[0]], typed))
    phrase = Phrase()
    place = 0
    while place < len(said):
        place = _skip(said, place)
        part = _bound(said, place) or _part(said, place)
        if part is None:
            raise Unreadable(
                "I could not read “{text}”. Write for example {examples}.", text=said[place:], examples=examples
            )
        phrase.add(part)
        place += len(part.words)
    return phrase


def _skip(said: str, place: int) -> int:
    match = _BETWEEN.match(said, place)
    return match.end() if match else place


def _part(said: str, place: int) -> Part | None:
    for row, meaning in ROWS:
        if match := _compiled(row).match(said, place):
            return meaning(match)
    return _zone(said[place:])


def _bound(said: str, place: int) -> Since | Until | None:
    """A date after “until” or “from”."""
    match = _BOUND.match(said, place)
    if match is None:
        return None
    start = _skip(said, match.end())
    day = _part(said, start)
    if not isinstance(day, Day):
        raise Unreadable(
            "After “{word}” comes a date, for example {examples}.",
            word=match[0],
            examples=f"“every monday 9:30 {match[0]} 1 June”",
        )
    words = said[place : start + len(day.words)]
    return Until(words, day.find) if match["until"] else Since(words, day.find)


def _zone(rest: str) -> Zone | None:
    """A zone or city at the beginning of the rest, the longest name that fits."""
    words = rest.split(" ")
    for size in range(min(ZONE_WORDS_MAX, len(words)), 0, -1):
        said = " ".join(words[:size])
        zone = known_zone(said.removeprefix("in ").removesuffix(" time").removesuffix(" local"))
        if zone:
            return Zone(said, zone)
    if looks_like_zone(words[0]):
        return Zone(words[0], find_zone(words[0]))
    return None
