"""Answers on Slack arrive: where they belong, or where they can."""

from tests.slack.practice import Practice


async def test_a_private_answer_comes_by_direct_message_where_the_bot_is_no_member(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    elsewhere = practice.team.add_channel("elsewhere", bot=False, members=[ana])

    await ana.command("/cop hello", in_=elsewhere)

    assert "Hello, Ana!" in (await ana.dm_arrives()).text
    assert elsewhere.messages == []


async def test_somebody_who_left_the_channel_meanwhile_is_answered_directly(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    poll = await practice.asks(ana, "Lunch?")
    practice.server.faults.next("chat.postEphemeral", error="user_not_in_channel")

    await ana.click(poll, "Pizza")

    assert "You voted for Pizza." in (await ana.dm_arrives()).text


async def test_without_direct_messages_the_interactions_own_address_is_used(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    ana.dms_closed = True
    elsewhere = practice.team.add_channel("elsewhere", bot=False, members=[ana])

    await ana.command("/cop hello", in_=elsewhere)

    assert "Hello, Ana!" in (await ana.ephemeral_arrives()).text


async def test_answers_in_a_direct_message_stand_there(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    await ana.command("/cop hello", in_=practice.team.dm(ana))

    first = await ana.dm_arrives()
    await ana.click(first, "Again")

    assert "Hello, Ana!" in (await ana.dm_arrives(after=first)).text
    assert ana.ephemerals == []


async def test_a_public_answer_reaches_a_channel_without_the_bot(practice: Practice) -> None:
    ana, ben = practice.team.person("Ana"), practice.team.person("Ben")
    practice.server.scopes.discard("chat:write.public")
    elsewhere = practice.team.add_channel("elsewhere", bot=False, members=[ana, ben])

    await ana.command("/cop shout Good morning", in_=elsewhere)

    assert "Good morning" in (await elsewhere.arrives()).text


async def test_an_answer_waits_as_long_as_slack_asks(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.faults.next("chat.postEphemeral", status=429, retry_after=0)

    answer = await ana.command("/cop hello")

    assert "Hello, Ana!" in (await answer.message()).text
    assert len(practice.server.calls("chat.postEphemeral")) == 2


async def test_blocks_that_slack_refuses_arrive_as_text(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.faults.next("chat.postEphemeral", error="invalid_blocks")

    answer = await ana.command("/cop hello")

    message = await answer.message()
    assert message.blocks == []
    assert "Hello, Ana!" in message.text


async def test_people_are_answered_when_slack_tells_nothing_about_them(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.scopes.discard("users:read")

    answer = await ana.command("/cop hello")

    assert "Hello, ana!" in (await answer.message()).text
    assert practice.toys.said == ["ana in Europe/Berlin, en"]
