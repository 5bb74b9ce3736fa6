"""Settings: each member's time zone, language, quiet hours, and which direct messages they want."""

import re
from typing import Annotated

from bot.actions import Feature, Kind, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Fields, Menu, Note, Option, Row
from bot.effects import Ask, Effect, Reply
from bot.text import Moment, Text, babel_locale, languages, listed, said, say
from bot.times import Unreadable, find_zone, suggest_zones
from storage.people import Account, Member, Muted, muted

settings = Feature("settings", say("Your time zone, language and messages"))

CLOCK = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)")


@settings.action("Your settings", command="settings", needs=Role.GUEST, reads=True)
def show(turn: Turn) -> list[Effect]:
    return [Reply(overview(turn))]


def overview(turn: Turn) -> Card:
    """What is set, and a way to change each of it."""
    member = turn.db.get_one(Member, turn.who.id)
    off = muted(turn.db, member.id)
    theirs = said(turn.who.zone.key) if member.zone else say("{zone} (not set by you)", zone=turn.who.zone.key)
    quiet = say("{start} to {end}", start=member.quiet_from, end=member.quiet_to)
    pairs = (
        (say("Time zone"), say("{zone}, now {now}", zone=theirs, now=Moment(turn.now, "time"))),
        (say("Language"), said(language_name(turn.who.locale, turn.who.locale))),
        (say("Quiet hours"), quiet),
    )
    options = tuple(Option(k.name, k.about, chosen=k.name not in off) for k in sorted_kinds(turn))
    menu = Menu(say("Messages you want"), messages.link(), "wanted", options, least=0, most=len(options) or 1)
    change = (
        Button(say("Change time zone"), ask_zone.link()),
        Button(say("Change language"), ask_language.link()),
        Button(say("Change quiet hours"), ask_quiet.link()),
    )
    note = Note(say("Direct messages you get are ticked. Untick what you do not want."))
    return Card(say("Your settings"), (Fields(pairs), note), (*change, *((menu,) if options else ())))


def sorted_kinds(turn: Turn) -> list[Kind]:
    return sorted(turn.app.kinds.values(), key=lambda k: k.name)[:25]


@settings.action(title="Your messages", needs=Role.GUEST)
def messages(
    turn: Turn, *, wanted: Annotated[list[str] | None, Opt("Kinds of messages that you want")] = None
) -> list[Effect]:
    """Keep the kinds that are ticked, stop the others."""
    member, kept = turn.who.id, set(wanted or ())
    for kind in turn.app.kinds:
        row = turn.db.get(Muted, (member, kind))
        if kind in kept and row is not None:
            turn.db.delete(row)
        elif kind not in kept and row is None:
            turn.db.add(Muted(member_id=member, kind=kind, community_id=turn.community.id))
    turn.db.flush()
    return [Reply(overview(turn), "replace")]


def zones(turn: Turn, typed: str) -> list[Option]:
    return [Option(name, said(name)) for name in suggest_zones(typed)]


@settings.action("Set your time zone by city", title="Time zone", command="settings zone", needs=Role.GUEST)
def zone(
    turn: Turn,
    *,
    city: Annotated[str, Opt("A city or a zone name, such as Berlin", max=60, hint="Berlin", suggest=zones)],
) -> list[Effect]:
    try:
        found = find_zone(city)
    except Unreadable as problem:
        raise Refuse(say(problem.template, **problem.values), field="city") from None
    member = turn.db.get_one(Member, turn.who.id)
    member.zone = found.key
    turn.db.add(member)
    text = say("Your time zone is {zone}. What you type as a time is read in it.", zone=found.key)
    return [Reply(Card(blocks=(Row(text, Button(say("All settings"), show.link())),)))]


@settings.action(needs=Role.GUEST, reads=True)
def ask_zone(turn: Turn) -> list[Effect]:
    return [Ask(zone.link())]


def offered(turn: Turn, typed: str) -> list[Option]:
    """Languages that the bot speaks, by their own names."""
    found = [(tag, language_name(tag, tag)) for tag in languages()]
    needle = typed.strip().lower()
    return [Option(tag, said(name)) for tag, name in found if needle in name.lower() or needle in tag]


def find_language(turn: Turn, typed: str) -> str:
    """A language by its tag, its own name, or its English name."""
    wanted = typed.strip().lower().replace("-", "_")
    for tag in languages():
        names = {tag, language_name(tag, tag).lower(), language_name(tag, "en").lower()}
        if wanted in names or wanted.split("_")[0] == tag:
            return tag
    raise Refuse(
        "I do not speak “{typed}” yet. I speak: {known}.",
        field="language", typed=typed[:40], known=listed(said(language_name(t, t)) for t in languages()),
    )  # fmt: skip


@settings.action("Set your language", title="Language", command="settings language", needs=Role.GUEST)
def language(
    turn: Turn, *, language: Annotated[str, Opt("The language I write to you in", find=find_language, suggest=offered)]
) -> list[Effect]:
    member = turn.db.get_one(Member, turn.who.id)
    member.locale = language
    turn.db.add(member)
    return [Reply(Card(blocks=(Row(say("I write to you in {name} now.", name=language_name(language, language))),)))]


@settings.action(needs=Role.GUEST, reads=True)
def ask_language(turn: Turn) -> list[Effect]:
    return [Ask(language.link())]


@settings.action(
    "Set the hours in which nothing reaches you", title="Quiet hours", command="settings quiet", needs=Role.GUEST
)
def quiet(
    turn: Turn,
    *,
    start: Annotated[str, Opt("When your quiet hours begin, such as 20:00", label="From", hint="20:00", max=20)],
    end: Annotated[str, Opt("When they end, such as 08:00", label="To", hint="08:00", max=20)],
) -> list[Effect]:
    member = turn.db.get_one(Member, turn.who.id)
    member.quiet_from, member.quiet_to = clock(start, "start"), clock(end, "end")
    turn.db.add(member)
    text = say("Quiet from {start} to {end}, in your time zone.", start=member.quiet_from, end=member.quiet_to)
    return [Reply(Card(blocks=(Row(text),)))]


@settings.action(needs=Role.GUEST, reads=True)
def ask_quiet(turn: Turn) -> list[Effect]:
    member = turn.db.get_one(Member, turn.who.id)
    return [Ask(quiet.link(), {"start": member.quiet_from, "end": member.quiet_to})]


def clock(typed: str, field: str) -> str:
    found = CLOCK.fullmatch(typed.strip())
    if found is None:
        raise Refuse("“{typed}” is no time of day. Try 20:00.", field=field, typed=typed[:20])
    return f"{int(found[1]):02}:{found[2]}"


def language_name(tag: str, into: str) -> str:
    """What a language is called, in a language."""
    return babel_locale(tag).get_display_name(babel_locale(into)) or tag


@settings.desk("settings")
def line(turn: Turn) -> list[Row]:
    member = turn.db.get_one(Member, turn.who.id)
    unset: Text = say("I do not know your time zone yet. With it, times you type are read rightly.")
    account = turn.get(Account, turn.who.account)
    if not member.zone and not (account and account.zone):  # some chats tell the zone, others do not
        return [Row(unset, Button(say("Set time zone"), ask_zone.link()))]
    return [Row(say("Times are shown in {zone}.", zone=turn.who.zone.key), Button(say("Settings"), show.link()))]
