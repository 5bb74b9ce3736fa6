"""The bot was away from Slack: people came and went, channels were changed, and all is as if it had seen it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from adapters.slack.gaps import Gaps
from bot.features import find_features
from bot.ports import Gone, Home, Lost, Rejected, Unsure, Wait
from storage.people import Account, Member, Space
from storage.places import Channel as Serving
from tests.databases import Database
from tests.slack.people import Person
from tests.slack.practice import Practice
from tests.slack.server import SlackServer
from tests.slack.teams import Channel


@pytest.fixture
async def whole(slack_server: SlackServer, database: Database) -> AsyncIterator[Practice]:
    """The whole bot in a workspace that it knows for a day."""
    slack_server.default.person("Old")
    made = Practice(slack_server, database, find_features())
    await made.start()
    await compared(made)
    made.passes(hours=24)
    yield made
    await made.stop()


async def compared(practice: Practice) -> None:
    """Everything was compared, and what follows is done."""
    await practice.engine.reconciler.settled()
    await practice.settled()
    await practice.server.delivery.settled()


async def looks(practice: Practice) -> None:
    practice.engine.reconciler.all()
    await compared(practice)


async def returns(practice: Practice) -> None:
    await practice.start()
    await compared(practice)


async def known(practice: Practice) -> dict[str, bool]:
    """Whom the bot knows by name, and whether they are there."""

    def look(db: Session) -> dict[str, bool]:
        found = db.exec(select(Member.name, Account.present).join(Account, col(Account.member_id) == col(Member.id)))
        return dict(found.all())

    return await practice.engine.store.read(look)


async def lost(practice: Practice) -> set[str]:
    found = await practice.engine.store.read(lambda db: db.exec(select(Serving.ref).where(col(Serving.missing))).all())
    return set(found)


async def joins(person: Person) -> None:
    meaning = await (await person.command("/cop join")).message()
    await person.click(meaning, "Join")


async def group(practice: Practice) -> tuple[Person, Person, Channel]:
    """Two people in a group, and its room."""
    cleo, ana = practice.team.person("Cleo", admin=True), practice.team.person("Ana")
    for person in (cleo, ana):
        await joins(person)
    asked = await (await cleo.command('/cop group create name: Gardeners purpose: "We grow things."')).message()
    await cleo.click(asked, "Create it")
    await ana.command("/cop group join Gardeners")
    room = await practice.room("gardeners", ana)
    await compared(practice)
    practice.passes(hours=1)
    return cleo, ana, room


async def test_who_came_meanwhile_is_welcomed_once_and_who_left_is_noticed(whole: Practice) -> None:
    early = await whole.team.joins("Early")
    await early.dm_arrives()
    whole.passes(hours=1)
    await whole.stop()
    ben = whole.team.person("Ben")
    whole.team.person("Robot", is_bot=True)
    early.deactivated = True

    await returns(whole)
    await whole.restarts()
    await compared(whole)

    assert [len(person.dms) for person in (early, ben)] == [1, 1]
    assert await known(whole) == {"Old": True, "Ben": True, "Early": False}

    early.deactivated = False
    await looks(whole)
    assert (await known(whole))["Early"]
    assert len(early.dms) == 2


async def test_the_event_of_an_arrival_that_a_list_told_of_before_is_no_second_one(whole: Practice) -> None:
    ben = whole.team.person("Ben")
    await looks(whole)
    whole.passes(minutes=5)

    event = {"type": "team_join", "user": ben.payload(locale=True)}
    await whole.server.delivery.event(whole.team, event)
    await compared(whole)

    assert len(ben.dms) == 1


async def test_names_zones_and_languages_follow(whole: Practice) -> None:
    [old] = whole.team.people.values()
    old.name, old.tz, old.locale = "Gold", "Asia/Tokyo", "de-DE"

    await looks(whole)

    [account] = await whole.engine.store.read(lambda db: db.exec(select(Account)).all())
    assert (account.name, account.zone, account.locale) == ("Gold", "Asia/Tokyo", "de-DE")


async def test_a_long_list_is_fetched_to_its_last_page(whole: Practice) -> None:
    for number in range(450):
        whole.team.person(f"P{number}", channels=())
    asked = len(whole.server.calls("users.list"))
    whole.engine.reconciler.pause = 0
    await whole.engine.store.write(lambda db: db.execute(update(Space).values(listed=None)))  # so nobody is new

    await looks(whole)

    assert len(whole.server.calls("users.list")) == asked + 3
    assert len(await known(whole)) == 451


@pytest.mark.parametrize("fault", [{"error": "internal_error"}, {"drop": "before"}, {"status": 503}, {"body": "{"}])
async def test_a_list_that_breaks_off_changes_nothing(whole: Practice, fault: dict[str, Any]) -> None:
    for number in range(250):
        whole.team.person(f"P{number}", channels=())
    gone = whole.team.channel("announcements")
    del whole.team.channels[gone.id]
    later: dict[str, Any] = {
        "where": lambda asked: bool(asked.get("cursor")),
        "times": 2,
    }  # a dropped GET is asked once more
    whole.server.faults.next("users.list", **later, **fault)

    await looks(whole)

    assert await known(whole) == {"Old": True}
    assert await lost(whole) == set()


async def test_without_the_right_to_list_people_the_rest_is_compared_and_the_lack_is_said(
    whole: Practice, caplog: pytest.LogCaptureFixture
) -> None:
    whole.server.scopes.discard("users:read")
    whole.team.person("Ben")
    gone = whole.team.channel("announcements")
    del whole.team.channels[gone.id]

    await looks(whole)

    assert await known(whole) == {"Old": True}
    assert await lost(whole) == {gone.id}
    assert "who came or left is not noticed" in caplog.text


async def test_somebody_whom_the_list_lacks_is_asked_for_before_they_are_gone(whole: Practice) -> None:
    [old] = whole.team.people.values()
    body = '{"ok": true, "members": [], "response_metadata": {"next_cursor": ""}}'
    other = whole.team.person("Other")
    await looks(whole)
    told = f'{{"id": "{other.id}", "name": "other", "team_id": "{whole.team.id}"}}'
    whole.server.faults.next("users.list", body=body.replace("[]", f"[{told}]"))
    await looks(whole)
    assert await known(whole) == {"Old": True, "other": True}

    whole.server.faults.next("users.list", body=body)
    await looks(whole)
    assert await known(whole) == {"Old": True, "other": True}
    assert old.id in {asked["user"] for asked in whole.server.calls("users.info")}


async def test_channels_that_were_deleted_put_away_or_made_anew_are_noticed(whole: Practice) -> None:
    await whole.stop()
    team = whole.team
    away, gone = team.channel("announcements"), team.channel("welcome")
    away.archived = True
    del team.channels[gone.id]
    anew = team.add_channel("welcome")

    await returns(whole)

    assert await lost(whole) == {away.id}
    assert "New here?" in (await anew.arrives()).text

    away.archived = False
    await looks(whole)
    assert await lost(whole) == set()


async def test_a_front_desk_that_was_deleted_stands_again(whole: Practice) -> None:
    welcome = whole.team.channel("welcome")
    [desk] = welcome.messages
    desk.deleted = True

    await looks(whole)
    while not welcome.messages:  # Slack takes one message a second in a channel
        whole.passes(seconds=1)
        await compared(whole)
    await looks(whole)

    [again] = welcome.messages
    assert "New here?" in again.text


async def test_people_who_were_put_into_and_out_of_the_channel_are_as_the_group_says(whole: Practice) -> None:
    _, ana, room = await group(whole)
    ben = whole.team.person("Ben")
    await joins(ben)
    await whole.stop()
    room.members.remove(ana.id)
    room.members.append(ben.id)

    await returns(whole)

    assert {ana.id, ben.id} <= set(room.members)
    shown = await (await ana.command("/cop group show Gardeners")).message()
    assert "3 people." in shown.text

    room.members.remove(ana.id)
    await looks(whole)
    assert ana.id not in room.members  # whoever goes a second time means it


async def test_a_room_that_was_put_away_is_made_again(whole: Practice) -> None:
    _, ana, room = await group(whole)
    await whole.stop()
    room.archived = True

    await returns(whole)

    again = await whole.room("gardeners-2", ana)
    assert again is not room
    assert await lost(whole) == set()


async def test_an_app_that_was_removed_meanwhile_is_left_alone(whole: Practice) -> None:
    whole.team.refusal = "account_inactive"

    await looks(whole)

    assert not await whole.engine.store.read(lambda db: db.exec(select(Space.active)).one())
    assert await known(whole) == {"Old": True}


async def test_a_token_that_is_only_wrong_is_no_sign_that_the_app_was_removed(whole: Practice) -> None:
    whole.team.refusal = "invalid_auth"

    await looks(whole)

    assert await whole.engine.store.read(lambda db: db.exec(select(Space.active)).one())
    with pytest.raises(Wait):
        await whole.slack.roster(whole.team.id, [])


async def test_an_outage_of_slack_is_a_gap(whole: Practice) -> None:
    port = whole.server.port
    asked = len(whole.server.calls("users.list"))
    assert whole.slack._way is not None
    whole.slack._way._gaps._longest = 0.5  # type: ignore[union-attr]  # so that the test need not be away for long

    await whole.server.stop()
    ben = whole.team.person("Ben")
    await whole.server.start(port)

    await whole.server.called("users.list", asked + 1)
    await ben.dm_arrives()


def test_only_a_time_without_any_socket_is_a_gap() -> None:
    missed: list[float] = []
    now = 0.0
    gaps = Gaps(lambda: missed.append(now), longest=5)

    def over(connected: Sequence[bool]) -> None:
        nonlocal now
        for one in connected:
            now += 1
            gaps.look(now, connected=one)

    over([False] * 9 + [True] * 3)  # the first connection may take its time: the start looks anyway
    over([False] * 3 + [True] * 9)
    assert missed == []
    over([False] * 6 + [True, False, True])
    assert missed == [31]


# One by one.


async def test_where_the_bot_may_not_read_a_message_is_taken_to_stand(practice: Practice) -> None:
    team, slack = practice.team, practice.slack
    general = team.channel("general")
    stranger = team.add_channel("strangers", bot=False)
    assert not await slack.stands(team.id, general.id, "1.000000")
    assert await slack.stands(team.id, stranger.id, "1.000000")
    team.scopes.discard("channels:history")
    assert await slack.stands(team.id, general.id, "1.000000")
    with pytest.raises(Gone):
        await slack.stands(team.id, "C404", "1.000000")


async def test_the_bot_reaches_public_channels_and_those_that_it_is_in(practice: Practice) -> None:
    team, slack = practice.team, practice.slack
    public = team.add_channel("public", bot=False)
    private = team.add_channel("private", private=True, bot=False)
    mine = team.add_channel("mine", private=True)

    assert [await slack.reaches(team.id, c.id) for c in (public, private, mine)] == [True, False, True]
    public.archived = True
    assert not await slack.reaches(team.id, public.id)
    practice.server.faults.next("conversations.info", error="internal_error")
    with pytest.raises(Unsure):
        await slack.reaches(team.id, mine.id)


async def test_a_seat_in_a_room_that_is_gone_says_so(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    team, slack = practice.team.id, practice.slack
    home = await slack.open(team, "Design")
    practice.team.channel(home.channel).archived = True

    for room in (home, Home("C404")):
        with pytest.raises(Lost):
            await slack.seat(team, room, ana.id)
        with pytest.raises(Lost):
            await slack.unseat(team, room, ana.id)


async def test_a_list_without_an_end_is_no_list(practice: Practice) -> None:
    team = practice.slack.teams[practice.team.id]
    for number in range(5):
        practice.team.add_channel(f"c{number}")

    with pytest.raises(Rejected, match="more than 1 pages"):
        await team.pages("conversations.members", "members", most=1, channel=endless(practice).id)


def endless(practice: Practice) -> Channel:
    """A channel with more people than fit on one page."""
    return practice.team.add_channel("crowd", members=[practice.team.person(f"P{n}") for n in range(250)])
