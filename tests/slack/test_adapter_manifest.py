"""The app manifest: generated from what is registered, and within Slack's own schema."""

import pytest

from adapters.slack.manifest import EVENTS, SCOPES, manifest
from bot.actions import App
from bot.features import find_features
from tests.slack.practice import Practice
from tests.slack.toy import Toys

TOYS = App([Toys().feature])


def test_shortcuts_come_from_the_registered_actions() -> None:
    made = manifest(TOYS)

    assert made["features"]["shortcuts"] == [
        {
            "name": "Save to library",
            "type": "message",
            "callback_id": "toys.save",
            "description": "Save a message",
        },
        {
            "name": "Ask something",
            "type": "global",
            "callback_id": "toys.create",
            "description": "Ask the community a question",
        },
    ]


def test_the_command_its_escaping_and_the_tabs_are_switched_on() -> None:
    made = manifest(TOYS, "/guild", "Guild bot")

    [slash] = made["features"]["slash_commands"]
    assert (slash["command"], slash["should_escape"]) == ("/guild", True)
    assert made["display_information"]["name"] == "Guild bot"
    assert made["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    assert made["settings"]["socket_mode_enabled"] is True
    assert made["settings"]["interactivity"] == {"is_enabled": True}


def test_over_http_every_address_is_given() -> None:
    url = "https://bot.example.org/slack/events"
    made = manifest(TOYS, mode="http", url=url)

    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["interactivity"]["request_url"] == url
    assert made["settings"]["interactivity"]["message_menu_options_url"] == url
    assert made["features"]["slash_commands"][0]["url"] == url
    with pytest.raises(ValueError, match="address"):
        manifest(TOYS, mode="http")


def test_every_scope_has_a_reason() -> None:
    assert all(len(reason) > 10 for reason in SCOPES.values())


@pytest.mark.parametrize("features", [[Toys().feature], find_features()])
def test_the_manifest_keeps_to_slacks_limits(features: list[object]) -> None:
    made = manifest(App(features), "/" + "c" * 40, "N" * 50)  # type: ignore[arg-type]

    shown = made["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    [slash] = made["features"]["slash_commands"]
    assert len(slash["command"]) <= 32
    shortcuts = made["features"].get("shortcuts", [])
    assert len(shortcuts) <= 10
    assert all(0 < len(s["name"]) <= 24 and 0 < len(s["description"]) <= 150 for s in shortcuts)
    assert len({s["callback_id"] for s in shortcuts}) == len(shortcuts)


def test_no_shortcut_of_the_bot_is_left_out_or_cut() -> None:
    app = App(find_features())
    offered = manifest(app)["features"].get("shortcuts", [])

    assert len(offered) == len(app.messages) + len(app.shortcuts)
    assert not [s["name"] for s in offered if s["name"].endswith("…")]


async def test_with_the_scopes_and_events_of_the_manifest_and_no_others_everything_works(practice: Practice) -> None:
    practice.server.scopes.clear()
    practice.server.scopes.update(SCOPES)
    practice.server.subscribed = set(EVENTS)
    practice.team.paid = True
    await practice.restarts()
    ana = practice.team.person("Ana")

    poll = await practice.asks(ana, "Lunch?")
    await ana.click(poll, "Pizza")
    await ana.command("/cop gallery")
    await ana.command("/cop export")
    await ana.dm_arrives(lambda m: bool(m.files))
    await ana.command("/cop group make Design")
    await practice.room("design", ana)
    await ana.opens_home()
    zoe = await practice.team.joins("Zoe")
    await zoe.dm_arrives()
    await practice.team.enters(zoe, "welcome")
    await practice.settled()

    refused = [r.method for r in practice.server.log if r.answer and r.answer.get("error") == "missing_scope"]
    assert refused == []
    assert practice.toys.events == ["arrived Zoe", "entered Zoe"]
