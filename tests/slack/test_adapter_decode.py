"""Payloads become what the core understands."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from adapters.slack.decode import acted, origin, quoted, submitted, team_of
from adapters.slack.grammar import read_command
from bot.actions import App, Link
from tests.slack.toy import Toys

NAMES = {"U1": "Ana"}


def test_the_workspace_is_the_one_that_the_app_is_installed_in() -> None:
    assert team_of({"authorizations": [{"team_id": "T1"}], "team_id": "T2"}) == "T1"
    assert team_of({"view": {"app_installed_team_id": "T1"}, "team": {"id": "T2"}}) == "T1"
    assert team_of({"team": {"id": "T2"}}) == "T2"
    assert team_of({"team_id": "T3", "team": None}) == "T3"
    assert team_of({}) == ""


def test_a_click_says_where_it_was_and_how_to_answer() -> None:
    body = {
        "team": {"id": "T1"},
        "user": {"id": "U1", "name": "ana"},
        "channel": {"id": "C1"},
        "container": {"message_ts": "1.2", "thread_ts": "1.1", "channel_id": "C1", "is_ephemeral": False},
        "trigger_id": "7",
        "response_url": "https://hooks.slack.com/x",
    }  # fmt: skip
    came = origin(body)

    assert (came.team, came.user, came.channel, came.message, came.thread) == ("T1", "U1", "C1", "1.2", "1.1")
    assert came.key == "slack:7"
    assert not came.private
    ephemeral = origin(body | {"container": {"message_ts": "1.2", "is_ephemeral": True}, "channel": {"id": "D1"}})
    assert ephemeral.message == ""
    assert ephemeral.private


def test_buttons_and_menus_are_links() -> None:
    link = Link("toys.vote", ("a:b", "50%"))
    button = acted({"action_id": str(link), "value": str(link)})
    menu = acted({"action_id": f"items={link}", "selected_options": [{"value": "x"}, {"value": "y"}]})
    one = acted({"action_id": f"items={link}", "selected_option": {"value": "x"}})

    assert button is not None
    assert (button.link, button.answers, button.form) == (link, {}, None)
    assert menu is not None
    assert (menu.link, menu.answers) == (link, {"items": ["x", "y"]})
    assert one is not None
    assert one.answers == {"items": ["x"]}
    assert acted({"action_id": "url:0", "url": "https://a.org"}) is None
    assert acted({}) is None


def test_a_button_may_bring_a_form_back() -> None:
    held = acted({"action_id": "toys.create", "value": json.dumps({"question": "Why?", "n": 1, "bad": None})})
    odd = acted({"action_id": "toys.create", "value": "{no json"})

    assert held is not None
    assert held.form == {"question": "Why?", "n": 1}
    assert odd is not None
    assert odd.form is None


def test_an_emptied_field_is_an_answer_too() -> None:
    states: dict[str, dict[str, Any]] = {
        "a#1": {"a": {"type": "plain_text_input", "value": None}},
        "b#1": {"b": {"type": "multi_users_select", "selected_users": []}},
        "c#1": {"c": {"type": "checkboxes", "selected_options": []}},
        "d#1": {"d": {"type": "static_select", "selected_option": None}},
        "e#1": {"e": {"type": "multi_conversations_select", "selected_conversations": ["C1"]}},
        "f#1": {"f": {"type": "conversations_select", "selected_conversation": "C2"}},
        "g#1": {"g": {"type": "datepicker", "selected_date": None}},
    }

    assert submitted({"state": {"values": states}}) == {
        "a": "", "b": [], "c": False, "d": "", "e": ["C1"], "f": "C2", "g": "",
    }  # fmt: skip


def test_a_message_in_a_thread_is_quoted_with_its_whole_address() -> None:
    body = {
        "channel": {"id": "C1"},
        "message": {"ts": "2.000100", "thread_ts": "1.000100", "text": "Hi <@U1> &lt;3", "user": "U1"},
    }

    said = quoted(body, NAMES, "https://x.slack.com/", "UBOT")

    assert said.text == "Hi @Ana <3"
    assert said.url == "https://x.slack.com/archives/C1/p2000100?thread_ts=1.000100&cid=C1"
    assert (said.author, said.author_name, said.by_bot) == ("U1", "Ana", False)
    assert quoted({"message": {"bot_id": "B1"}}, {}, "", "").by_bot


def test_show_is_the_bare_command_as_discord_has_it() -> None:
    app = App([Toys().feature])
    commands = {"me": app.commands["hello"], "me link": app.commands["help"]}
    commands["me"] = replace(commands["me"], command="me")

    typed = read_command("me show", commands, datetime.now(UTC))

    assert typed.action is commands["me"]
    assert typed.extra == ""
