"""What goes out to Slack: once, in the end, and to the right place."""

from typing import Any

import pytest

from adapters.slack.app import Slack, Workspace
from adapters.slack.meaning import BadToken
from adapters.slack.people import People
from bot.cards import card
from bot.ports import CannotLook, Closed, Gone, Home, Rejected, Unsure, Wait
from bot.text import Reader, say
from tests.slack.practice import Practice

READER = Reader()
HELLO = card(say("Hello."))


async def test_a_message_whose_answer_got_lost_is_found_and_not_sent_again(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.faults.next("chat.postMessage", drop="after")

    await ana.command('/cop poll create "Lunch?" Pizza, Sushi')
    await practice.team.channel("general").arrives()
    await practice.tries_again("conversations.history")

    poll = practice.team.channel("general").messages
    assert len(poll) == 1
    await ana.click(poll[0], "Pizza")
    await practice.team.channel("general").arrives(lambda m: "Pizza: *1*" in m.text)


async def test_a_message_that_never_arrived_is_sent_after_it_was_looked_for(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.faults.next("chat.postMessage", drop="before")

    await ana.command('/cop poll create "Lunch?" Pizza, Sushi')
    await practice.server.called("chat.postMessage")
    await practice.tries_again("chat.postMessage", 2)

    assert len(practice.team.channel("general").messages) == 1
    assert len(practice.server.calls("conversations.history")) == 1


async def test_a_channel_takes_one_message_a_second(practice: Practice) -> None:
    general, welcome = practice.team.channel("general"), practice.team.channel("welcome")
    assert practice.slack.pause(practice.team.id, general.id) == 0

    await practice.slack.send(practice.team.id, general.id, HELLO, READER, "k1")

    assert 0 < practice.slack.pause(practice.team.id, general.id) <= 1
    assert practice.slack.pause(practice.team.id, welcome.id) == 0


async def test_without_the_right_to_look_it_says_so(practice: Practice) -> None:
    practice.server.scopes.discard("channels:history")
    general = practice.team.channel("general")

    ref = await practice.slack.send(practice.team.id, general.id, HELLO, READER, "k1")

    with pytest.raises(CannotLook, match="may not read the history"):
        await practice.slack.find(practice.team.id, general.id, "k1", practice.clock.now())
    practice.server.scopes.add("channels:history")
    assert await practice.slack.find(practice.team.id, general.id, "k1", practice.clock.now()) == ref
    assert await practice.slack.find(practice.team.id, general.id, "k2", practice.clock.now()) is None


async def test_slack_is_waited_for_as_long_as_it_asks(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.faults.next("chat.postMessage", status=429, retry_after=30)
    await ana.command('/cop poll create "Lunch?" Pizza, Sushi')
    await practice.server.called("chat.postMessage")
    await practice.settled()

    practice.passes(seconds=29)
    await practice.settled()
    assert practice.team.channel("general").messages == []
    practice.passes(seconds=2)

    await practice.team.channel("general").arrives()
    assert len(practice.team.channel("general").messages) == 1


@pytest.mark.parametrize(
    "fault, expected",
    [
        ({"status": 429, "retry_after": 7}, Wait),
        ({"error": "ratelimited"}, Wait),
        ({"status": 503, "body": "<html>"}, Unsure),
        ({"status": 200, "body": "no json"}, Unsure),
        ({"error": "internal_error"}, Unsure),
        ({"drop": "before"}, Unsure),
        ({"error": "channel_not_found"}, Gone),
        ({"error": "is_archived"}, Gone),
        ({"error": "cannot_dm_bot"}, Closed),
        ({"error": "messages_tab_disabled"}, Closed),
        ({"error": "missing_scope"}, Rejected),
        ({"error": "something_new"}, Rejected),
    ],
)
async def test_what_slack_answers_has_a_meaning(
    practice: Practice, fault: dict[str, Any], expected: type[Exception]
) -> None:
    practice.server.faults.next("chat.postMessage", **fault)

    with pytest.raises(expected) as caught:
        await practice.slack.send(practice.team.id, practice.team.channel("general").id, HELLO, READER, "k")

    if isinstance(caught.value, Wait) and "retry_after" in fault:
        assert caught.value.seconds == fault["retry_after"]


async def test_a_deleted_message_is_gone(practice: Practice) -> None:
    with pytest.raises(Gone):
        await practice.slack.edit(practice.team.id, practice.team.channel("general").id, "1.000001", HELLO, READER)


async def test_what_is_for_a_workspace_that_is_not_connected_waits(practice: Practice) -> None:
    with pytest.raises(Wait):
        await practice.slack.send("T404", "C1", HELLO, READER, "k")


async def test_a_group_gets_a_private_channel_and_its_members_are_let_in_and_out(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    await ana.command('/cop group make name: "Décor & Design!"')
    room = await practice.room("décor-design", ana)
    assert room.kind == "private"
    assert practice.team.groups == {}

    await ana.command('/cop group quit name: "Décor & Design!"')
    await practice.server.called("conversations.kick")
    assert ana.id not in room.members


async def test_the_same_name_finds_the_same_room_and_a_taken_one_gets_a_number(practice: Practice) -> None:
    practice.team.add_channel("design")
    team = practice.team.id

    first = await practice.slack.open(team, "Design")
    again = await practice.slack.open(team, "Design")
    other = await practice.slack.open(team, "Design!")

    assert first == again
    names = [practice.team.channel(home.channel).name for home in (first, other)]
    assert names == ["design-2", "design-3"]


async def test_user_groups_follow_where_the_plan_has_them(practice: Practice) -> None:
    practice.team.paid = True
    ana, ben = practice.team.person("Ana"), practice.team.person("Ben")
    team, slack = practice.team.id, practice.slack
    home = await slack.open(team, "Design")
    [group] = practice.team.groups.values()
    assert home.role == group.id
    assert await slack.open(team, "Design") == home

    for person in (ana, ben, ben):
        await slack.seat(team, home, person.id)
    assert group.users == [ana.id, ben.id]

    for person in (ana, ben, ben):
        await slack.unseat(team, home, person.id)
    assert not group.enabled

    await slack.seat(team, home, ana.id)
    assert (group.enabled, group.users) == (True, [ana.id])


async def test_being_there_already_and_being_gone_already_is_fine(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    team, slack = practice.team.id, practice.slack
    home = await slack.open(team, "Design")

    for _ in range(2):
        await slack.seat(team, home, ana.id)
    for _ in range(2):
        await slack.unseat(team, home, ana.id)

    with pytest.raises(Gone):
        await slack.seat(team, Home("C404"), ana.id)


async def test_people_who_take_no_messages_are_closed(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    ana.deactivated = True

    with pytest.raises(Closed):
        await practice.slack.direct(practice.team.id, ana.id)


async def test_a_bot_token_that_slack_does_not_know_is_said_at_the_start(practice: Practice) -> None:
    wrong = Slack(practice.engine.runtime, [Workspace("xoxb-wrong")], "xapp-test", api=practice.server.api)

    with pytest.raises(BadToken, match="xoxb-"):
        await wrong.start()


async def test_an_app_token_that_slack_does_not_know_is_said_at_the_start(practice: Practice) -> None:
    token = practice.team.bot_token
    wrong = Slack(practice.engine.runtime, [Workspace(token)], "xapp-wrong", api=practice.server.api)

    with pytest.raises(BadToken, match="xapp-"):
        await wrong.start()


async def test_one_wrong_token_does_not_keep_the_other_workspace_away(practice: Practice) -> None:
    tokens = [Workspace("xoxb-wrong"), Workspace(practice.team.bot_token)]
    both = Slack(practice.engine.runtime, tokens, "xapp-test", api=practice.server.api)

    await both.start()

    assert list(both.teams) == [practice.team.id]
    await both.stop()


def test_the_settings_that_cannot_work_are_refused(practice: Practice) -> None:
    for wrong in ({"mode": "http"}, {"mode": "socket"}):
        with pytest.raises(ValueError, match="needs the"):
            Slack(practice.engine.runtime, [Workspace("xoxb-1")], **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "told, admin",
    [
        ({"team_id": "T1"}, True),
        ({"team_id": "T1", "is_stranger": True}, False),
        ({"team_id": "T2"}, False),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T1", "T2"]}}, True),
        ({}, False),
    ],
)
def test_who_manages_a_connected_workspace_manages_nothing_here(told: dict[str, Any], admin: bool) -> None:
    async def nobody(*_: object, **__: object) -> dict[str, Any]:
        return {}

    people = People(nobody)
    people.team = "T1"

    assert people.learn({"id": "U1", "name": "ana", "is_admin": True} | told).admin is admin
