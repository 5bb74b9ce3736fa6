"""Profiles: what members tell about themselves, each field seen by those whom they choose."""

from typing import Annotated

from bot.actions import Feature, Opt, Refuse, Role
from bot.calls import Turn
from bot.cards import Button, Card, Fields, Menu, Note, Option, Row, card
from bot.effects import Ask, Effect, Reply
from bot.text import Mention, Text, said, say
from storage import people
from storage.people import Member, Profile

profile = Feature("profile", say("Who you are, as far as you want to say"))

LABELS: dict[str, Text] = {
    "organisation": say("Organisation"),
    "work": say("What I do"),
    "region": say("Region"),
    "discipline": say("Discipline"),
    "languages": say("Languages"),
    "goal": say("What I want from this community"),
    "access": say("What helps me take part"),
}
FOR_HOSTS = "access"  # seen by facilitators and the member alone, whatever else is chosen
MEMBERS, ME = "members", "me"


@profile.action("Say who you are; every field can be left out", title="Your profile", command="profile edit")
def edit(
    turn: Turn,
    *,
    name: Annotated[str, Opt("How should the others call you?", max=60)] = "",
    organisation: Annotated[str, Opt("Where do you work or study?", max=100)] = "",
    work: Annotated[str, Opt("What do you do there?", label="What you do", max=200)] = "",
    region: Annotated[str, Opt("Your region or town, in your own words", max=80)] = "",
    discipline: Annotated[str, Opt("Your field, in your own words", max=80)] = "",
    languages: Annotated[str, Opt("Languages that you are at ease with", max=100)] = "",
    goal: Annotated[str, Opt("What do you want from this community?", max=300, long=True)] = "",
    access: Annotated[
        str,
        Opt("What helps you take part? Facilitators see this", label="Access needs", max=300, long=True),
    ] = "",
) -> list[Effect]:
    """Keep what was filled in; an empty field stays as it was."""
    given = dict(zip(LABELS, (organisation, work, region, discipline, languages, goal, access), strict=True))
    if not name and not any(given.values()):
        return change.run(turn)
    member = turn.db.get_one(Member, turn.who.id)
    member.name = name or member.name
    turn.db.add(member)
    known = people.profile(turn.db, member.id)
    for field, value in given.items():
        if value:
            row = known.get(field) or Profile(
                member_id=member.id, field=field, community_id=turn.community.id, value=""
            )
            row.value = value
            turn.db.add(row)
    turn.db.flush()
    return [Reply(shown(turn, member))]


@profile.action("See a member's profile, or your own", command="profile show", reads=True)
def show(turn: Turn, *, member: Annotated[Member | None, Opt("Whose? Your own when left out")] = None) -> list[Effect]:
    found = member or turn.db.get_one(Member, turn.who.id)
    if found.status in ("guest", "left"):
        raise Refuse("{name} is not a member, so there is no profile.", field="member", name=found.name)
    return [Reply(shown(turn, found))]


@profile.action("Fill in your profile", reads=True)
def change(turn: Turn) -> list[Effect]:
    """The form with what is there."""
    known = {field: row.value for field, row in people.profile(turn.db, turn.who.id).items()}
    return [Ask(edit.link(), {"name": turn.who.name, **known})]


@profile.action("Choose which fields the others see", title="What others see")
def privacy(turn: Turn, *, visible: Annotated[list[str] | None, Opt("Fields that members see")] = None) -> list[Effect]:
    """What is ticked is for members, the rest for oneself."""
    chosen = set(visible or ())
    for field, row in people.profile(turn.db, turn.who.id).items():
        row.visible = MEMBERS if field in chosen else ME
        turn.db.add(row)
    turn.db.flush()
    return [Reply(shown(turn, turn.db.get_one(Member, turn.who.id)), "replace")]


@profile.action("Delete a field of your profile")
def clear(turn: Turn, field: str) -> list[Effect]:
    row = people.profile(turn.db, turn.who.id).get(field)
    if row is not None:
        turn.db.delete(row)
        turn.db.flush()
    return [Reply(shown(turn, turn.db.get_one(Member, turn.who.id)), "replace")]


def shown(turn: Turn, member: Member) -> Card:
    """A profile as this reader may see it; one's own with what others do not see, and ways to change it."""
    rows = people.profile(turn.db, member.id)
    if member.id == turn.who.id:
        return own(member, rows)
    pairs = tuple((label, said(rows[f].value)) for f, label in LABELS.items() if f in rows and may_see(turn, rows[f]))
    if not pairs:
        text = say("{name} has not written anything about themselves yet.", name=Mention(member.id, member.name))
        return card(text, title=said(member.name))
    return Card(said(member.name), (Fields(pairs),))


def own(member: Member, rows: dict[str, Profile]) -> Card:
    fill = Button(say("Edit"), change.link(), "primary")
    if not rows:
        return card(
            say("Your profile is empty. A line about what you do helps others find you."), fill, title=said(member.name)
        )
    lines = tuple(
        Row(
            say("**{label}**: {value} ({seen})", label=label, value=rows[f].value, seen=seen_by(rows[f])),
            Button(say("Delete"), clear.link(f)),
        )
        for f, label in LABELS.items()
        if f in rows
    )
    options = tuple(
        Option(f, label, chosen=rows[f].visible == MEMBERS)
        for f, label in LABELS.items()
        if f in rows and f != FOR_HOSTS
    )
    menu = (Menu(say("What members see"), privacy.link(), "visible", options, 0, len(options)),) if options else ()
    return Card(said(member.name), (*lines, Note(say("Ticked fields are seen by members."))), (fill, *menu))


def seen_by(row: Profile) -> Text:
    if row.field == FOR_HOSTS:
        return say("seen by facilitators")
    return say("seen by members") if row.visible == MEMBERS else say("seen by you alone")


def may_see(turn: Turn, row: Profile) -> bool:
    if row.field == FOR_HOSTS:
        return turn.who.role >= Role.FACILITATOR
    return row.visible == MEMBERS


@profile.action(on="erased")
def erased(turn: Turn) -> list[Effect]:
    """Who leaves and takes everything along takes this, too."""
    for row in people.profile(turn.db, turn.who.id).values():
        turn.db.delete(row)
    return []


@profile.desk("ideas")
def idea(turn: Turn) -> list[Row]:
    if people.profile(turn.db, turn.who.id):
        return []
    return [Row(say("Say in a line what you do, so that others find you."), Button(say("Fill in"), change.link()))]
