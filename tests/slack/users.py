"""auth.*, users.*, bots.* and team.*: who everybody is."""

from typing import Any

from tests.slack.asked import Asked, Method, Refused, page

Json = dict[str, Any]

SLACKBOT = {"id": "USLACKBOT", "name": "slackbot", "real_name": "Slackbot", "deleted": False, "is_bot": False}


def auth_test(asked: Asked) -> Json:
    team = asked.team
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": team.bot.handle,
        "team_id": team.id,
        "user_id": team.bot.id,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def info(asked: Asked) -> Json:
    if asked.text("user") == SLACKBOT["id"]:
        return {"user": SLACKBOT | {"team_id": asked.team.id}}
    return {"user": asked.person().payload(locale=asked.flag("include_locale"))}


def list_(asked: Asked) -> Json:
    locale = asked.flag("include_locale")
    everybody = [person.payload(locale=locale) for person in (asked.team.bot, *asked.team.people.values())]
    found, more = page([SLACKBOT | {"team_id": asked.team.id}, *everybody], asked, default=1000)
    return {"members": found, "cache_ts": int(asked.server.clock.now()), "response_metadata": more}


def by_email(asked: Asked) -> Json:
    for person in asked.team.people.values():
        if person.email.casefold() == asked.text("email").casefold() and not person.deactivated:
            return {"user": person.payload()}
    raise Refused("users_not_found")


def bot_info(asked: Asked) -> Json:
    if asked.text("bot", asked.team.bot_id) != asked.team.bot_id:
        raise Refused("bot_not_found")
    return {"bot": asked.team.bot_profile | {"user_id": asked.team.bot.id, "updated": 0, "icons": {}}}


def team_info(asked: Asked) -> Json:
    team = asked.team
    plan = "std" if team.paid else ""
    url = f"https://{team.domain}.slack.com/"
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "plan": plan, "url": url, "icon": {}}}


METHODS = {
    "auth.test": Method(auth_test),
    "users.info": Method(info, ("user",), "users:read"),
    "users.list": Method(list_, (), "users:read"),
    "users.lookupByEmail": Method(by_email, ("email",), "users:read.email"),
    "bots.info": Method(bot_info, (), "users:read"),
    "team.info": Method(team_info, (), "team:read"),
}
