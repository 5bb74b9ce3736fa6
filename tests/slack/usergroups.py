"""usergroups.*: Slack's own groups, which only paid workspaces have."""

from typing import Any

from tests.slack.asked import Asked, Method, Refused
from tests.slack.teams import UserGroup

Json = dict[str, Any]


def shown(asked: Asked, group: UserGroup, *, users: bool = False) -> Json:
    body: Json = {
        "id": group.id,
        "team_id": asked.team.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "handle": group.handle,
        "description": group.description,
        "date_delete": 0 if group.enabled else int(asked.server.clock.now()),
        "prefs": {"channels": group.channels, "groups": []},
        "user_count": len(group.users),
    }
    return body | {"users": group.users} if users else body


def paid(asked: Asked, error: str = "plan_upgrade_required") -> None:
    if not asked.team.paid:
        raise Refused(error)


def group_of(asked: Asked) -> UserGroup:
    paid(asked)
    if asked.text("usergroup") not in asked.team.groups:
        raise Refused("no_such_subteam")
    return asked.team.groups[asked.text("usergroup")]


def create(asked: Asked) -> Json:
    paid(asked, "paid_teams_only")
    name = asked.text("name")
    handle = asked.text("handle", name.casefold().replace(" ", "-"))
    free(asked, None, name, handle)
    group = UserGroup(asked.server.new_id("S"), name, handle, asked.text("description"))
    group.channels = asked.many("channels")
    asked.team.groups[group.id] = group
    return {"usergroup": shown(asked, group, users=True)}


def free(asked: Asked, group: UserGroup | None, name: str, handle: str) -> None:
    others = [other for other in asked.team.groups.values() if other is not group]
    if any(other.name == name for other in others):
        raise Refused("name_already_exists")
    if any(other.handle == handle for other in others):
        raise Refused("handle_already_exists")


def update(asked: Asked) -> Json:
    paid(asked, "paid_teams_only")
    group = group_of(asked)
    name, handle = asked.text("name", group.name), asked.text("handle", group.handle)
    free(asked, group, name, handle)
    group.name, group.handle = name, handle
    group.description = asked.text("description", group.description)
    return {"usergroup": shown(asked, group, users=True)}


def list_(asked: Asked) -> Json:
    paid(asked)
    groups = [g for g in asked.team.groups.values() if g.enabled or asked.flag("include_disabled")]
    return {"usergroups": [shown(asked, group, users=asked.flag("include_users")) for group in groups]}


def update_users(asked: Asked) -> Json:
    """Replaces the whole list; an empty one is refused."""
    group, users = group_of(asked), asked.many("users")
    if not users:
        raise Refused("no_users_provided")
    if any(asked.team.known(user) is None for user in users):
        raise Refused("invalid_users")
    group.users = users
    return {"usergroup": shown(asked, group, users=True)}


def list_users(asked: Asked) -> Json:
    return {"users": group_of(asked).users}


def enable(asked: Asked) -> Json:
    group = group_of(asked)
    group.enabled = True
    return {"usergroup": shown(asked, group)}


def disable(asked: Asked) -> Json:
    group = group_of(asked)
    group.enabled = False
    return {"usergroup": shown(asked, group)}


METHODS = {
    "usergroups.create": Method(create, ("name",), "usergroups:write"),
    "usergroups.update": Method(update, ("usergroup",), "usergroups:write"),
    "usergroups.list": Method(list_, (), "usergroups:read"),
    "usergroups.users.update": Method(update_users, ("usergroup",), "usergroups:write"),
    "usergroups.users.list": Method(list_users, ("usergroup",), "usergroups:read"),
    "usergroups.enable": Method(enable, ("usergroup",), "usergroups:write"),
    "usergroups.disable": Method(disable, ("usergroup",), "usergroups:write"),
}
