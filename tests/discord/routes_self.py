"""Routes about the bot itself: who it is, where the gateway is, and its commands."""

from __future__ import annotations

from tests.discord.check_commands import CHAT_INPUT, check_commands
from tests.discord.problems import Findings, Refused
from tests.discord.rest import Created, Handler, Request
from tests.discord.shapes import Json

CREATES_A_DAY = 200  # commands, for each guild and globally


def gateway(request: Request) -> Json:
    return {"url": request.server.gateway_url}


def gateway_bot(request: Request) -> Json:
    server = request.server
    return {"url": server.gateway_url, "shards": server.shards, "session_start_limit": dict(server.session_starts)}


def me(request: Request) -> Json:
    return request.server.bot_json()


def application(request: Request) -> Json:
    server = request.server
    return {
        "id": server.application_id,
        "name": server.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": server.bot.json(),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 1 << 15 if server.members_intent else 0,  # as for an application in few servers
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": len(server.guilds),
        "owner": {"id": "1", "username": "owner", "global_name": None, "discriminator": "0", "avatar": None},
        "team": None,
    }


def my_guilds(request: Request) -> list[Json]:
    guilds = [guild for guild in request.server.guilds if guild.has_bot]
    return [
        {
            "id": guild.id,
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "features": ["COMMUNITY"],
            "permissions": str(guild.me.permissions()),
        }
        for guild in guilds
    ]


def user(request: Request) -> Json:
    found = request.server.users.get(request.args["user"])
    if found is None:
        raise Refused(10013)
    return found.json()


def open_dm(request: Request) -> Json:
    request.server.refuse_unknown(request, ("recipient_id",))
    found = request.server.users.get(str(request.body.get("recipient_id")))
    if found is None or found is request.server.bot:
        raise Refused(50033)
    return found.open_dm().json()


def scope(request: Request) -> str | None:
    """The guild that the commands are for; None is everywhere."""
    if request.args["application"] != request.server.application_id:
        raise Refused(0, status=403, message="Forbidden")
    guild_id = request.args.get("guild")
    if guild_id is not None:
        request.server.reach_guild(request)
    return guild_id


def get_commands(request: Request) -> list[Json]:
    return request.server.commands.get(scope(request), [])


def put_commands(request: Request) -> list[Json]:
    where = scope(request)
    findings = Findings()
    check_commands(findings, request.json)
    request.refuse_if_wrong(findings)
    made = [register(request, where, command) for command in request.json]
    request.server.commands[where] = made
    return made


def post_command(request: Request) -> object:
    where = scope(request)
    before = request.server.commands.get(where, [])
    same = [one for one in before if key(one) == key(request.body)]
    rest = [one for one in before if one not in same]
    findings = Findings()
    check_commands(findings, [*(stripped(one) for one in rest), request.body])
    request.refuse_if_wrong(findings)
    made = register(request, where, request.body)
    request.server.commands[where] = [*rest, made]
    return made if same else Created(made)


def patch_command(request: Request) -> Json:
    where = scope(request)
    before = find(request, where)
    findings = Findings()
    others = [stripped(one) for one in request.server.commands[where] if one is not before]
    check_commands(findings, [*others, stripped(before) | request.body])
    request.refuse_if_wrong(findings)
    before.update(request.body)
    return before


def get_command(request: Request) -> Json:
    return find(request, scope(request))


def delete_command(request: Request) -> None:
    where = scope(request)
    request.server.commands[where].remove(find(request, where))


def find(request: Request, where: str | None) -> Json:
    for command in request.server.commands.get(where, []):
        if command["id"] == request.args["command"]:
            return command
    raise Refused(10063)


def key(command: Json) -> tuple[int, object]:
    return command.get("type") or CHAT_INPUT, command.get("name")


def stripped(command: Json) -> Json:
    """A registered command without what Discord added."""
    return {name: value for name, value in command.items() if name not in {"application_id", "version", "guild_id"}}


def register(request: Request, where: str | None, command: Json) -> Json:
    """The command as it is kept; one that was there before keeps its id and costs nothing of the day's creates."""
    server = request.server
    before = next((one for one in server.commands.get(where, []) if key(one) == key(command)), None)
    if before is None:
        server.commands_created[where] += 1
        if server.commands_created[where] > CREATES_A_DAY:
            raise Refused(30034)
    permissions = command.get("default_member_permissions")
    made = {
        "description": "",
        "nsfw": False,
        "contexts": None,
        "integration_types": [0],
        **command,
        "id": before["id"] if before else server.clock.snowflake(),
        "application_id": server.application_id,
        "version": server.clock.snowflake(),
        "type": command.get("type") or CHAT_INPUT,
        "default_member_permissions": None if permissions is None else str(permissions),
    }
    return made | {"guild_id": where} if where else made


COMMANDS = "/applications/{application}/commands"
GUILD_COMMANDS = "/applications/{application}/guilds/{guild}/commands"
ROUTES: dict[str, Handler] = {
    "GET /gateway": gateway,
    "GET /gateway/bot": gateway_bot,
    "GET /users/@me": me,
    "GET /users/@me/guilds": my_guilds,
    "GET /users/{user}": user,
    "POST /users/@me/channels": open_dm,
    "GET /oauth2/applications/@me": application,
    "GET /applications/@me": application,
}
for base in (COMMANDS, GUILD_COMMANDS):
    ROUTES |= {
        f"GET {base}": get_commands,
        f"PUT {base}": put_commands,
        f"POST {base}": post_command,
        f"GET {base}/{{command}}": get_command,
        f"PATCH {base}/{{command}}": patch_command,
        f"DELETE {base}/{{command}}": delete_command,
    }
