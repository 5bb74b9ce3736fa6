"""The community itself: its name and purpose, its channels, who coordinates, and the chats that it spans."""

from dataclasses import replace
from typing import Annotated, Literal

from sqlmodel import select

from bot.actions import Feature, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Fields, Note, Prose, card
from bot.codes import claim, issue
from bot.effects import Ask, Confirm, Effect, Reply
from bot.people import KNOWN_PLACES, chat_name, the_clock
from bot.text import ChannelRef, Command, count, listed, said, say
from bot.times import Unreadable, find_zone
from storage.merging import Clash, join_communities
from storage.people import Code, Community, Member, Space, coordinators, members, spaces_of
from storage.places import make_place, put_channel, unreachable
from storage.presence import community_facts

NOT_YET = "Nobody has used the code yet. The other chat's coordinator types {link} with it."

LOST = 10  # channels that cannot be reached, in one list

Granted = Literal["member", "facilitator", "coordinator"]
ROLES: dict[Granted, Role] = {
    "member": Role.MEMBER,
    "facilitator": Role.FACILITATOR,
    "coordinator": Role.COORDINATOR,
}

community = Feature("community", say("The community, its channels and chats"))


@community.action("About this community and who runs it", command="community show", needs=Role.GUEST, reads=True)
def show(turn: Turn) -> list[Effect]:
    here = turn.community
    chats = listed(said(chat_name(s)) for s in spaces_of(turn.db, here.id))
    runs = [said(m.name) for m in coordinators(turn.db, here.id, Role.COORDINATOR)]
    pairs = (
        (say("Purpose"), said(here.purpose) if here.purpose else say("Not written yet")),
        (say("Coordinators"), listed(runs) if runs else say("Whoever manages this chat")),
        (say("Members"), count("{n} member", "{n} members", len(members(turn.db, here.id)))),
        (say("Chats"), chats),
        (say("Time zone"), said(here.zone)),
    )
    notes = lost_channels(turn) if turn.who.role >= Role.COORDINATOR else ()
    return [Reply(Card(say("{name}", name=here.name or "Community"), (Fields(pairs), *notes)))]


def lost_channels(turn: Turn) -> tuple[Note, ...]:
    """What cannot be posted now, and how to mend it."""
    found = unreachable(turn.db, turn.community.id)
    if not found:
        return ()
    names = listed(say("{place} in {chat}", place=place.name, chat=chat_name(space)) for place, space in found[:LOST])
    text = say(
        "I cannot reach: {names}. If a channel was deleted, name another one with {place}; if it is there, let me see "
        "it and write in it. I look again every day.",
        names=names, place=Command("community place"),
    )  # fmt: skip
    return (Note(text),)


@community.action(
    "Change the community's name, purpose or time zone",
    title="The community",
    command="community edit",
    needs=Role.COORDINATOR,
)
def edit(
    turn: Turn,
    *,
    name: Annotated[str, Opt("What is the community called?", max=80)] = "",
    purpose: Annotated[str, Opt("What is it for, and for whom?", max=500, long=True)] = "",
    zone: Annotated[str, Opt("Its time zone, by city, such as Berlin", max=60, hint="Berlin")] = "",
    effort: Annotated[str, Opt("How much time does it take? Newcomers read it", label="Time", max=100)] = "",
) -> list[Effect]:
    here = turn.community_row()
    if not (name or purpose or zone or effort):
        known = {"name": here.name, "purpose": here.purpose, "zone": here.zone, "effort": here.settings.get("effort")}
        return [Ask(edit.link(), {field: value for field, value in known.items() if value})]
    if zone:
        try:
            here.zone = find_zone(zone).key
        except Unreadable as problem:
            raise Refuse(say(problem.template, **problem.values), field="zone") from None
    here.name, here.purpose = name or here.name, purpose or here.purpose
    here.settings = {**here.settings, **({"effort": effort} if effort else {})}
    turn.db.add(here)
    saved = say("Saved. {name}, times in {zone}.", name=here.name, zone=here.zone)
    changed = replace(turn, community=community_facts(turn.db, here.id))
    return [*turn.app.tells("settled", changed), Reply(card(saved, tone="good"))]


@community.action(
    "Say which channel serves a purpose", title="A channel's purpose", command="community place", needs=Role.COORDINATOR
)
def place(
    turn: Turn,
    *,
    purpose: Annotated[str, Opt("announcements, welcome or resources", max=40, hint="announcements")],
    channel: Annotated[ChannelRef | None, Opt("The channel; this one when left out")] = None,
) -> list[Effect]:
    """Map a purpose to a channel of this chat."""
    wanted = purpose.strip().lower()
    if wanted not in KNOWN_PLACES:
        raise Refuse("I post to {known}. “{typed}” is not one of them.", field="purpose",
                     known=listed(said(p) for p in KNOWN_PLACES), typed=purpose)  # fmt: skip
    if turn.space is None or (channel is None and turn.spot.private):
        raise Refuse("Use this in the channel, or name the channel.", field="channel")
    found = make_place(turn.db, turn.community.id, wanted, wanted)
    ref = channel.ref if channel else turn.spot.channel
    put_channel(turn.db, found, turn.space.id, ref)
    return [
        *turn.app.tells("settled", turn),
        Reply(card(say("{channel} serves {purpose} from now on.", channel=ChannelRef(ref), purpose=wanted))),
    ]


@community.action("Give somebody a role", title="A role", command="community role", needs=Role.COORDINATOR)
def role(
    turn: Turn,
    *,
    member: Annotated[Member, Opt("Who?")],
    role: Annotated[Granted, Opt("Facilitators run meetings and groups; coordinators look after all of it")],
) -> list[Effect]:
    """Rights inside the community.  Who manages the chat itself has them all anyway."""
    if member.status != "member":
        raise Refuse(
            "{name} has not joined yet. They can with {join}.", field="member", name=member.name, join=Command("join")
        )
    if member.role >= Role.ADMINISTRATOR:
        raise Refuse("{name} is an administrator already.", field="member", name=member.name)
    member.role = ROLES[role]
    turn.db.add(member)
    return [Reply(card(say("{name} is a {role} now.", name=member.name, role=say(role)), tone="good"))]


@community.action(
    "Make another chat part of this community",
    title="Link another chat",
    command="community link",
    needs=Role.COORDINATOR,
)
def link(
    turn: Turn, *, code: Annotated[str, Opt("The code from the other chat; leave it out to get one", max=20)] = ""
) -> list[Effect]:
    """Without a code: get one.  With the other chat's code: offer this chat to that community, which then agrees."""
    if not code:
        made = issue(turn, "community")
        text = say("The code is `{code}`. In the other chat, a coordinator uses {link} with it within an hour. "
                   "Then press the button here.", code=made, link=Command("community link"))  # fmt: skip
        return [
            Reply(Card(blocks=(Prose(text),), controls=(Button(say("They have used it"), agree.link(), "primary"),)))
        ]
    found = claim(turn, code, "community")
    if found.community_id == turn.community.id or turn.space is None:
        raise Refuse("That code is from this same community. Use it in the other chat.", field="code")
    if found.claimed_space_id not in ("", turn.space.id):
        raise Refuse("Another chat has used that code already. Get a new one in the other chat.", field="code")
    other = turn.db.get_one(Community, found.community_id)
    if not turn.confirmed:
        text = say(
            "Make this chat part of {other}? All that it has moves along, and the other side agrees last.",
            other=other.name or say("the other community"),
        )
        return [Confirm(card(text), say("Link them"))]
    found.claimed_space_id, found.claimed_by = turn.space.id, turn.who.name
    turn.db.add(found)
    return [Reply(card(say("Offered. Now somebody presses “They have used it” in the other chat.")))]


@community.action("Agree to a chat that wants to be part of this community", needs=Role.COORDINATOR)
def agree(turn: Turn) -> list[Effect]:
    """The second side's yes; only then anything moves."""
    found = offered(turn)
    space = turn.db.get(Space, found.claimed_space_id)
    if space is None or space.community_id == turn.community.id:
        raise Refuse(NOT_YET, link=Command("community link"))
    if not turn.confirmed:
        text = say(
            "{who} offers {chat} ({platform}). From then on members, polls and meetings of both are one, "
            "and whoever manages that chat is an administrator here, too.",
            who=found.claimed_by,
            chat=space.name or space.ref,
            platform=space.platform.capitalize(),
        )
        return [Confirm(card(text), say("Yes, link"))]
    gone, name = space.community_id, space.name or space.ref
    turn.db.delete(found)
    turn.db.flush()
    try:
        join_communities(turn.db, turn.community.id, gone)
    except Clash as clash:
        what = say("group") if clash.table == "group" else say("entry")
        raise Refuse(
            "Both communities have a {what} of the same name. Rename one, then link again.", what=what
        ) from None
    done = say("{chat} is part of {community} now.", chat=name, community=turn.community.name)
    note = say("People with an account in both become one person with {link}.", link=Command("me link"))
    everywhere = turn.app.tells("linked", replace(turn, who=the_clock(turn.community)))
    return [*everywhere, Reply(Card(blocks=(Prose(done), Note(note)), tone="good"))]


def offered(turn: Turn) -> Code:
    """The claimed code of who asks."""
    mine = select(Code).where(Code.member_id == turn.who.id, Code.kind == "community", Code.claimed_space_id != "")
    found = turn.db.exec(mine).first()
    if found is None or found.community_id != turn.community.id or found.expires < turn.now:
        raise Refuse(NOT_YET, link=Command("community link"))
    return found
