"""Rights: one function that says whether a person may run an action, asked on every run."""

from bot.actions import Action, Refuse, Role
from bot.calls import Person, Turn
from bot.cards import Button
from bot.text import listed, said, say
from storage.people import coordinators

NAMED = 3  # people to ask, at most

ROLES = {
    Role.FACILITATOR: say("a facilitator"),
    Role.COORDINATOR: say("a coordinator"),
    Role.ADMINISTRATOR: say("an administrator"),
}


def may(who: Person, needs: Role) -> bool:
    """Whether somebody may do what needs this role.  Managing the chat gives rights over it, and no place in it."""
    return needs is not Role.SYSTEM and who.role >= needs and (who.joined or needs is not Role.MEMBER)


def authorize(turn: Turn, action: Action) -> None:
    """Refuse what this person may not do, with a way forward.  A link is an address, never a right."""
    if action.needs is Role.SYSTEM:
        raise Refuse("That button is from an older version of me. Please start again.")
    if may(turn.who, action.needs):
        return
    if action.needs is Role.MEMBER:
        join = turn.app.commands.get("join")
        offer = (Button(say("Join"), join.link(), "primary"),) if join else ()
        community = turn.community.name or say("this community")
        text = say("That is for members of {community}. Join first, it takes a minute.", community=community)
        raise Refuse(text, offer=offer, denied=True)
    role, able = ROLES[action.needs], coordinators(turn.db, turn.community.id, action.needs)
    if able:
        people = listed(said(m.name) for m in able[:NAMED])
        raise Refuse("That needs {role}. You could ask {people}.", role=role, people=people, denied=True)
    raise Refuse("That needs {role}. Whoever manages this chat can do it, or name somebody.", role=role, denied=True)
