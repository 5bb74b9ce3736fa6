"""What the parts of admin share: the feature, and how a planned message is named without its words."""

from bot.actions import Feature, Link
from bot.calls import Turn
from bot.text import Mention, Text, say
from storage.outbox import Outbox
from storage.people import Member, Space

admin = Feature("admin", say("For those who look after the community"))


def what(turn: Turn, row: Outbox) -> Text:
    """A message's kind, or which feature shows something, without its words."""
    kind = turn.app.kinds.get(row.kind)
    if kind is not None:
        return kind.about
    name = Link.parse(row.link).name.partition(".")[0] if row.link else ""
    feature = next((f for f in turn.app.features if f.name == name), None)
    if feature is None:
        return say("A place in a group") if row.op in ("join", "leave") else say("A channel for a group")
    return say("A card: {feature}", feature=feature.about)


def target(turn: Turn, row: Outbox) -> Text:
    if row.member_id:
        return say("for {who}", who=who(turn, row.member_id))
    space = turn.get(Space, row.space_id)
    return say("to a channel of {chat}", chat=space.name if space else "")


def who(turn: Turn, member_id: str) -> Mention | Text:
    member = turn.get(Member, member_id) if member_id else None
    return Mention(member.id, member.name) if member else say("the clock")
