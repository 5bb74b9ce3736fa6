"""Who acts: accounts resolved to members, roles, and how people are named by those who type."""

from collections.abc import Callable
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import Session

from bot.actions import Refuse, Role
from bot.calls import AccountRef, Person, Turn
from bot.characters import cut
from bot.text import Mention, Reader, Text, clean_text, listed, said, say
from storage.people import (
    Account,
    Community,
    Member,
    Space,
    account_elsewhere,
    account_of,
    coordinators,
    members,
    refs_in,
    space_alone,
)
from storage.places import channel_in, found_again, make_place, put_channel
from storage.presence import AccountFacts, CommunityFacts, MemberFacts, Presence, presence, presence_alone

KNOWN_PLACES = ("announcements", "welcome", "resources")  # channels of these names serve these places by themselves
SEEN_EVERY = 600  # seconds: how often "seen" is written at most
NAME_MAX = 100  # characters of a name; Slack's may have 80


def recognise(db: Session, ref: AccountRef, now: datetime, fresh: Callable[[], Community], key: str = "") -> Presence:
    """Who acts, in one read as a rule; a chat or a person never seen before becomes known.

    A new chat starts a community of its own (``fresh``).  ``key`` names the delivery.
    """
    known = presence_alone(db, ref.platform, ref.space, ref.user, key)
    if known is None or (known.answer is None and news(known.account, ref, now)):  # a repeat is no news
        space = space_alone(db, ref.platform, ref.space) or settle(db, ref.platform, ref.space, "", {}, fresh())
        identify(db, space, ref, now)
        known = presence(db, ref.platform, ref.space, ref.user, key)
    if known is None:
        raise LookupError(f"{ref.platform} {ref.space} {ref.user} was just written and is not there")
    return known


def news(account: AccountFacts, ref: AccountRef, now: datetime) -> bool:
    """Whether the chat tells something of a person that is not written yet, or has not seen them for a while."""
    if not account.present or stale(account, now):
        return True
    told, kept = (ref.name, ref.locale, ref.zone), (account.name, account.locale, account.zone)
    return told != kept and differs(account, ref)


def stale(account: Account | AccountFacts, now: datetime) -> bool:
    return (now - account.seen).total_seconds() > SEEN_EVERY


def identify(db: Session, space: Space, ref: AccountRef, now: datetime) -> Account:
    """The account of who acted.  Somebody new becomes a guest: being in the chat is not yet membership."""
    account = account_of(db, space.id, ref.user)
    if account is None:
        return acquaint(db, space, ref, now)
    if follow(db, account, ref) or stale(account, now) or not account.present:
        account.seen, account.present = now, True
        account.closed = False  # people change their settings: the next message finds out
        db.add(account)
    return account


def acquaint(db: Session, space: Space, ref: AccountRef, since: datetime) -> Account:
    """An account that was not known until now, of a new guest or of who is known in another space."""
    name, locale, zone = told_by(ref)
    elsewhere = account_elsewhere(db, space.community_id, ref.platform, ref.user)
    if elsewhere is not None:
        member_id = elsewhere.member_id
    else:
        member = Member(community_id=space.community_id, name=name or ref.user, created=since)
        db.add(member)
        db.flush()
        member_id = member.id
    account = Account(
        community_id=space.community_id,
        member_id=member_id,
        space_id=space.id,
        platform=ref.platform,
        ref=ref.user,
        name=name,
        locale=locale,
        zone=zone,
        seen=since,
    )
    db.add(account)
    db.flush()
    return account


def told_by(ref: AccountRef) -> tuple[str, str, str]:
    """Name, locale and zone as they are kept."""
    name, locale, zone = (cut(clean_text(told), NAME_MAX) for told in (ref.name, ref.locale, ref.zone))
    return name, locale, zone


def differs(account: Account | AccountFacts, ref: AccountRef) -> bool:
    """Whether the chat says something else than what is known; what it leaves out stays as it was."""
    known = (account.name, account.locale, account.zone)
    return any(told and told != kept for told, kept in zip(told_by(ref), known, strict=True))


def follow(db: Session, account: Account, ref: AccountRef) -> bool:
    """Take over what the chat says about somebody; whether anything was new."""
    if not differs(account, ref):
        return False
    name, locale, zone = told_by(ref)
    if name and name != account.name:
        follow_name(db, account, name)
    account.name, account.locale, account.zone = name or account.name, locale or account.locale, zone or account.zone
    db.add(account)
    return True


def follow_name(db: Session, account: Account, name: str) -> None:
    """A member is called what their chat calls them, until they say otherwise in their profile."""
    member = db.get_one(Member, account.member_id)
    if member.name in (account.name, account.ref):
        member.name = name
        db.add(member)


def person(
    member: Member | MemberFacts,
    community: CommunityFacts,
    account: Account | AccountFacts | None = None,
    *,
    admin: bool = False,
) -> Person:
    """A member as a turn sees them.  Rights are the larger of what was granted and what the platform says now."""
    role = Role(member.role) if member.status in ("member", "paused") else Role.GUEST
    return Person(
        id=member.id,
        name=member.name,
        role=max(role, Role.ADMINISTRATOR) if admin else role,
        zone=first_zone(member.zone, account.zone if account else "", community.zone),
        locale=member.locale or (account.locale if account else "") or community.locale,
        status=member.status,
        account=account.id if account else "",
    )


def first_zone(*names: str) -> ZoneInfo:
    """The first of these that is a zone: what a platform calls one need not be known here."""
    for name in filter(None, names):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


def everybody(community: CommunityFacts) -> Person:
    """Who reads what stands in a channel."""
    return Person("", "", Role.GUEST, ZoneInfo(community.zone), community.locale)


def the_clock(community: CommunityFacts) -> Person:
    """Who acts when nobody does: the clock and the platforms."""
    return Person("", "", Role.SYSTEM, ZoneInfo(community.zone), community.locale)


def named(turn: Turn, member_id: str | None) -> Mention:
    """A member of the community as a card names them."""
    member = turn.get(Member, member_id) if member_id else None
    return Mention(member.id, member.name) if member else Mention("", "somebody")


def chat_name(space: Space) -> str:
    """A chat as people tell it from others."""
    return f"{space.name or space.ref} ({space.platform.capitalize()})"


def humans(turn: Turn) -> Text:
    """A bot says that it is one, and which people to ask."""
    able = coordinators(turn.db, turn.community.id, Role.COORDINATOR)
    if not able:
        return say("I am a bot. Whoever manages this chat can help you.")
    return say("I am a bot. People who can help: {people}.", people=listed(said(m.name) for m in able[:3]))


def reader_for(db: Session, reads: Person, space_id: str, mentioned: set[str]) -> Reader:
    return Reader(reads.locale, reads.zone, refs_in(db, space_id, mentioned))


def settle(db: Session, platform: str, ref: str, name: str, channels: dict[str, str], fresh: Community) -> Space:
    """A space where the bot is.  The first time starts a community (``fresh``); channels of known names are places.

    ``channels`` are names by reference.
    """
    space, name = space_alone(db, platform, ref), clean_text(name)
    if space is None:
        community = Community(**fresh.model_dump(exclude={"id"}))
        community.name = community.name or name
        db.add(community)
        db.flush()
        space = Space(community_id=community.id, platform=platform, ref=ref, name=name, created=fresh.created)
        db.add(space)
        db.flush()
    space.name, space.active = name or space.name, True
    community = db.get_one(Community, space.community_id)
    community.name = community.name or name  # somebody may have acted before the platform told its name
    db.add_all((space, community))
    for channel, called in channels.items():
        purpose = called.strip().lower()
        if purpose in KNOWN_PLACES:
            place = make_place(db, space.community_id, purpose, purpose)
            serving = channel_in(db, place.id, space.id)
            if serving is None or (serving.missing and serving.ref not in channels):  # made anew under the old name
                put_channel(db, place, space.id, channel)
    found_again(db, space.id, channels)
    return space


def unsettle(db: Session, platform: str, ref: str) -> None:
    """The bot is no longer in a space: nothing is sent there until it is back."""
    space = space_alone(db, platform, ref)
    if space is not None:
        space.active = False
        db.add(space)


def member_by_ref(turn: Turn, typed: str, field: str) -> Member:
    """A member by the platform's reference or by name; a name that nobody has is refused with the nearest ones."""
    ref = typed.removeprefix("<@").removeprefix("!").rstrip(">").partition("|")[0]
    if turn.space is not None:
        account = account_of(turn.db, turn.space.id, ref)
        found = turn.get(Member, account.member_id) if account else None
        if found is not None:
            return found
    known = members(turn.db, turn.community.id)
    name = typed.removeprefix("@").strip().lower()[:NAME_MAX]
    matching = [m for m in known if m.name.lower() == name]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise Refuse(
            "{n} people here are called “{typed}”. Choose the one you mean from the list.",
            field=field, n=len(matching), typed=typed[:40],
        )  # fmt: skip
    near = get_close_matches(name, [m.name.lower() for m in known], 3)
    if near:
        raise Refuse(
            "I know nobody called “{typed}”. Did you mean {near}?",
            field=field, typed=typed[:40], near=listed(said(m.name) for m in known if m.name.lower() in near),
        )  # fmt: skip
    raise Refuse("I know nobody called “{typed}” here. They may not have joined yet.", field=field, typed=typed[:40])
