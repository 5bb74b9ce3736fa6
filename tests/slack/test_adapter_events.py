"""People come and go, channels appear, apps are removed."""

from tests.slack.practice import Practice


async def test_somebody_new_is_greeted_once_however_often_slack_says_it(practice: Practice) -> None:
    practice.server.repeat_events = 3

    zoe = await practice.team.joins("Zoe")

    await zoe.dm_arrives()
    assert practice.toys.events == ["arrived Zoe"]
    assert len(zoe.dms) == 1


async def test_coming_into_the_front_desk_is_noticed_and_into_other_channels_is_not(practice: Practice) -> None:
    zoe = practice.team.person("Zoe", channels=("general",))

    await practice.team.enters(zoe, "welcome")
    await practice.team.enters(zoe, "announcements")

    assert practice.toys.events == ["entered Zoe"]


async def test_bots_are_not_greeted(practice: Practice) -> None:
    robot = practice.team.person("Robot", channels=("general",), is_bot=True)

    await practice.team.enters(robot, "welcome")
    await practice.team.joins("Other robot", is_bot=True)

    assert practice.toys.events == []


async def test_somebody_who_is_deactivated_has_departed(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    await ana.changes(deactivated=True)

    assert practice.toys.events == ["departed Ana"]


async def test_a_channel_that_is_made_later_serves_at_once(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    made = practice.team.add_channel("resources", members=[ana])
    created = {"id": made.id, "name": "resources", "created": 1, "creator": ana.id}

    await practice.server.delivery.event(practice.team, {"type": "channel_created", "channel": created})

    team = practice.slack.teams[practice.team.id]
    assert team.channels[made.id] == "resources"


async def test_the_bot_looks_around_in_a_channel_that_it_is_invited_to(practice: Practice) -> None:
    secret = practice.team.add_channel("secret", private=True, bot=False)

    await practice.team.enters(practice.team.bot, secret)

    assert practice.slack.teams[practice.team.id].channels[secret.id] == "secret"
    assert practice.toys.events == []


async def test_after_the_app_is_removed_nothing_is_sent_and_nothing_is_lost(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    poll = await practice.asks(ana, "Lunch?")
    await practice.team.uninstalls()
    before = len(practice.server.log)

    await ana.click(poll, "Pizza")
    await practice.settled()

    assert list(practice.toys.votes.values()) == ["Pizza"]
    assert len(practice.server.log) == before


async def test_events_of_the_bots_own_doing_are_left_alone(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    await ana.command("/cop group make name: Design")

    room = await practice.room("design", ana)

    assert ana.id in room.members
    assert practice.toys.events == []
