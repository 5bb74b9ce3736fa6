"""The page docs/rights.md: who may do what, made from the registered actions; a test asks the running bot about it."""

from zoneinfo import ZoneInfo

from bot.actions import Action, App, Role
from bot.calls import Person
from bot.cli.reference import cell, english
from bot.features import find_features
from bot.rights import may

INTRODUCTION = """# Who may do what

Made by `commonplace commands --rights` from what is registered; a test asks the running bot about every cell.

- **Guest**: in the chat and not a member.  So is everybody who has left, and whoever comes from a connected workspace
  until they join: rights in another chat or another community count for nothing.
- **Own**: a member, with what they made, host or lead.  The columns beside it are about what is another's.
- **Admin**: manages the chat on the platform, and has not joined.

What is another community's does not exist for anybody.
"""
COLUMNS = ("Guest", "Member", "Own", "Facilitator", "Coordinator", "Admin")
NOBODY = Role.SYSTEM
OTHERS: dict[str, Role] = {  # who may do it with what is another's; everything else asks for the same role
    name: role
    for role, names in (
        (Role.FACILITATOR, "meetings.create meetings.move meetings.cancel meetings.edit meetings.rewrite"),
        (Role.COORDINATOR, "groups.edit groups.amend groups.change groups.invite groups.add groups.close groups.wake"),
        (Role.COORDINATOR, "resources.edit resources.edit_one resources.change resources.remove resources.remove_one"),
        (Role.COORDINATOR, "polls.end polls.close"),
        (NOBODY, "groups.hand_over groups.go_anyway resources.answer resources.consider"),
    )
    for name in names.split()
}


def people() -> dict[str, Person]:
    """Somebody of each column."""

    def made(role: Role, status: str) -> Person:
        return Person("", "", role, ZoneInfo("UTC"), "en", status)

    return {
        "Guest": made(Role.GUEST, "guest"),
        "Member": made(Role.MEMBER, "member"),
        "Own": made(Role.MEMBER, "member"),
        "Facilitator": made(Role.FACILITATOR, "member"),
        "Coordinator": made(Role.COORDINATOR, "member"),
        "Admin": made(Role.ADMINISTRATOR, "guest"),
    }


def allowed(action: Action, column: str) -> bool:
    """What the page says about one action and one column."""
    who = people()[column]
    return may(who, action.needs) and (column == "Own" or who.role >= OTHERS.get(action.name, Role.GUEST))


def actions(app: App) -> list[Action]:
    """Everything that a person can do."""
    return [action for action in app.actions.values() if action.needs is not Role.SYSTEM]


def as_markdown() -> str:
    app = App(find_features())
    parts = [INTRODUCTION]
    for feature in app.features:
        found = [action for action in actions(app) if action.name in feature.actions]
        if found:
            parts += [f"## {english(feature.about) or feature.name.capitalize()}\n", table(found)]
    return "\n".join(parts)


def table(found: list[Action]) -> str:
    head = ["| what | " + " | ".join(COLUMNS) + " |", "|---|" + "---|" * len(COLUMNS)]
    rows = [
        f"| {named(action)} | " + " | ".join(map(mark, [action] * len(COLUMNS), COLUMNS)) + " |" for action in found
    ]
    return "\n".join([*head, *rows, ""])


def mark(action: Action, column: str) -> str:
    return "yes" if allowed(action, column) else "–"


def named(action: Action) -> str:
    """By its command, or by its name for what is reached by buttons."""
    about = cell(english(action.about))
    name = f"`/{action.command}`" if action.command else f"`{action.name}`"
    return f"{name} {about}".strip()
