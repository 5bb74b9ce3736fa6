"""Routes about a guild: its members, and roles under the rule that nobody reaches above their own highest one."""

from __future__ import annotations

from tests.discord.guilds import Guild
from tests.discord.people import Person
from tests.discord.places import Role
from tests.discord.problems import Findings, Refused
from tests.discord.rest import Handler, Request
from tests.discord.shapes import Allow, Intent, Json

ROLES_MAX = 250
ROLE_FIELDS = ("name", "permissions", "color", "colors", "hoist", "mentionable", "icon", "unicode_emoji")


def get_guild(request: Request) -> Json:
    guild = request.server.reach_guild(request)
    return guild.json() | {"approximate_member_count": len(guild.members)}


def member_of(request: Request, guild: Guild) -> Person:
    if request.args["user"] not in request.server.users:
        raise Refused(10013)
    if request.args["user"] not in guild.members:
        raise Refused(10007)
    return guild.members[request.args["user"]]


def get_member(request: Request) -> Json:
    return member_of(request, request.server.reach_guild(request)).json()


def get_members(request: Request) -> list[Json]:
    guild = request.server.reach_guild(request)
    if not request.server.members_intent:
        raise Refused(50001)
    limit, after = int(request.query.get("limit", 1)), int(request.query.get("after", 0))
    findings = Findings()
    findings.number("limit", limit, 1, 1000)
    request.refuse_if_wrong(findings)
    found = sorted(guild.members.values(), key=lambda person: int(person.id))
    return [person.json() for person in found if int(person.id) > after][:limit]


def search_members(request: Request) -> list[Json]:
    guild = request.server.reach_guild(request)
    query = request.query.get("query", "").lower()
    found = [person.json() for person in guild.members.values() if person.name.lower().startswith(query)]
    return found[: int(request.query.get("limit", 1))]


def edit_member(request: Request) -> Json:
    """Change a nickname or the whole list of roles."""
    guild = request.server.reach_guild(request)
    person = member_of(request, guild)
    request.server.refuse_unknown(request, ("nick", "roles"))
    if "nick" in request.body:
        request.server.need_in(guild, Allow.MANAGE_NICKNAMES)
        person.nick = request.body["nick"]
    if "roles" in request.body:
        wanted = set(request.body["roles"] or ())
        for role_id in wanted ^ person.role_ids:
            below_me(guild, role_in(guild, role_id))
        person.role_ids = wanted
    person.updated()
    return person.json()


def edit_me(request: Request) -> Json:
    guild = request.server.reach_guild(request)
    request.server.refuse_unknown(request, ("nick",))
    request.server.need_in(guild, Allow.CHANGE_NICKNAME)
    guild.me.nick = request.body.get("nick")
    guild.me.updated()
    return guild.me.json()


def role_in(guild: Guild, role_id: str) -> Role:
    if role_id not in guild.role_by_id:
        raise Refused(10011)
    return guild.role_by_id[role_id]


def below_me(guild: Guild, role: Role) -> Role:
    """The role, if the bot may touch it: below its own highest one, not managed, and not everybody's."""
    guild.server.need_in(guild, Allow.MANAGE_ROLES)
    if role is guild.everyone:
        raise Refused(50028)
    highest = max(guild.role_by_id[mine].position for mine in guild.me.role_ids)
    if role.managed or role.position >= highest:
        raise Refused(50013)
    return role


def give_role(request: Request) -> None:
    guild = request.server.reach_guild(request)
    person = member_of(request, guild)
    role = below_me(guild, role_in(guild, request.args["role"]))
    person.role_ids.add(role.id)
    person.updated()
    request.server.bell.ring()


def take_role(request: Request) -> None:
    guild = request.server.reach_guild(request)
    person = member_of(request, guild)
    role = below_me(guild, role_in(guild, request.args["role"]))
    person.role_ids.discard(role.id)
    person.updated()
    request.server.bell.ring()


def get_roles(request: Request) -> list[Json]:
    return [role.json() for role in request.server.reach_guild(request).role_by_id.values()]


def get_role(request: Request) -> Json:
    return role_in(request.server.reach_guild(request), request.args["role"]).json()


def create_role(request: Request) -> Json:
    guild = request.server.reach_guild(request)
    check_role(request, guild)
    if len(guild.role_by_id) >= ROLES_MAX:
        raise Refused(30005, message=f"Maximum number of guild roles reached ({ROLES_MAX})")
    name = request.body.get("name") or "new role"
    role = guild.add_role(name, position=1, permissions=int(request.body.get("permissions") or 0))
    paint(role, request.body)
    return role.json()


def check_role(request: Request, guild: Guild) -> None:
    findings = Findings()
    findings.fields("", request.body, ROLE_FIELDS)
    findings.text("name", request.body.get("name"), 100, least=1, optional=True)
    findings.number("color", request.body.get("color"), 0, 0xFFFFFF)
    request.refuse_if_wrong(findings)
    request.server.need_in(guild, Allow.MANAGE_ROLES)
    if not guild.me.may(int(request.body.get("permissions") or 0)):
        raise Refused(50013)  # nobody gives what they do not have


def paint(role: Role, body: Json) -> None:
    role.name = body.get("name") or role.name
    role.hoist = body.get("hoist", role.hoist)
    role.mentionable = body.get("mentionable", role.mentionable)
    role.color = (body.get("colors") or {}).get("primary_color", body.get("color")) or role.color
    if body.get("permissions") is not None:
        role.permissions = int(body["permissions"])


def edit_role(request: Request) -> Json:
    guild = request.server.reach_guild(request)
    role = below_me(guild, role_in(guild, request.args["role"]))
    check_role(request, guild)
    paint(role, request.body)
    guild.send("GUILD_ROLE_UPDATE", {"guild_id": guild.id, "role": role.json()}, Intent.GUILDS)
    return role.json()


def delete_role(request: Request) -> None:
    guild = request.server.reach_guild(request)
    guild.remove_role(below_me(guild, role_in(guild, request.args["role"])))


def leave(request: Request) -> None:
    guild = request.server.reach_guild(request)
    guild.has_bot = False
    guild.send("GUILD_DELETE", {"id": guild.id})


GUILD = "/guilds/{guild}"
ROUTES: dict[str, Handler] = {
    f"GET {GUILD}": get_guild,
    f"GET {GUILD}/members": get_members,
    f"GET {GUILD}/members/search": search_members,
    f"GET {GUILD}/members/{{user}}": get_member,
    f"PATCH {GUILD}/members/@me": edit_me,
    f"PATCH {GUILD}/members/{{user}}": edit_member,
    f"PUT {GUILD}/members/{{user}}/roles/{{role}}": give_role,
    f"DELETE {GUILD}/members/{{user}}/roles/{{role}}": take_role,
    f"GET {GUILD}/roles": get_roles,
    f"POST {GUILD}/roles": create_role,
    f"GET {GUILD}/roles/{{role}}": get_role,
    f"PATCH {GUILD}/roles/{{role}}": edit_role,
    f"DELETE {GUILD}/roles/{{role}}": delete_role,
    "DELETE /users/@me/guilds/{guild}": leave,
}
