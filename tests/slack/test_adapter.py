"""The Slack adapter: what people do there reaches the core, and what the core says reaches them."""

import pytest

from tests.slack.practice import Practice

HOSTILE = "@everyone <!channel> [x](http://evil) <@U1> *bold* `code`"


async def test_a_typed_command_does_its_work_and_answers_privately(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    answer = await ana.command('/cop poll create "Lunch?" Pizza, Sushi closes: 2026-03-06 12:00')

    assert "Your poll stands" in (await answer.message()).text
    poll = await practice.team.channel("general").arrives(lambda m: "Lunch?" in m.text)
    assert poll.buttons == ["Pizza", "Sushi"]
    assert practice.toys.said == ["Lunch? | Pizza/Sushi | 2026-03-06 11:00:00+00:00 | False"]
    assert practice.server.problems == []


async def test_names_zones_and_languages_come_from_slack_and_follow_its_changes(practice: Practice) -> None:
    ana = practice.team.person("Ana", tz="Asia/Tokyo", locale="de-DE")
    await (await ana.command("/cop hello")).message()

    await ana.changes(tz="Europe/Lisbon")
    await (await ana.command("/cop hello")).message()

    assert practice.toys.said == ["Ana in Asia/Tokyo, de-DE", "Ana in Europe/Lisbon, de-DE"]
    assert len(practice.server.calls("users.info")) == 1


async def test_an_unknown_command_offers_the_nearest_ones_and_help(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    shown = await (await ana.command("/cop pol creat Lunch")).message()

    assert "I do not know “pol creat Lunch”" in shown.text
    assert '/cop poll create "question" choices, …' in shown.text
    assert shown.buttons[0] == "poll create"
    answer = await ana.click(shown, "Help")
    assert "This is help." in (await answer.message("help")).text


async def test_words_that_fit_nowhere_stop_a_command_before_it_does_anything(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    shown = await (await ana.command("/cop hello and goodbye")).message()

    assert "I do not know what “and goodbye” is for. Nothing was done." in shown.text
    assert practice.toys.said == []


async def test_the_bare_command_is_help(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    assert "This is help." in (await (await ana.command("/cop")).message()).text


async def test_a_vote_changes_the_message_and_is_confirmed_privately(practice: Practice) -> None:
    ana, ben = practice.team.person("Ana"), practice.team.person("Ben")
    poll = await practice.asks(ana, "Lunch?")

    answer = await ben.click(poll, "Pizza")

    assert "You voted for Pizza." in (await answer.message()).text
    await practice.team.channel("general").arrives(lambda m: "Pizza: *1*" in m.text)
    assert len(practice.team.channel("general").messages) == 1
    assert not ana.ephemerals[1:]


async def test_a_vote_that_was_acknowledged_is_stored(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    poll = await practice.asks(ana, "Lunch?")

    await ana.click(poll, "Sushi")

    assert list(practice.toys.votes.values()) == ["Sushi"]


async def test_old_buttons_work_after_a_restart(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    poll = await practice.asks(ana, "Lunch?")

    await practice.restarts()
    await ana.click(poll, "Sushi")

    await practice.team.channel("general").arrives(lambda m: "Sushi: *1*" in m.text)
    assert len(practice.team.channel("general").messages) == 1


async def test_a_hostile_title_pings_nobody_and_links_nothing(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    typed = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")

    await ana.command(f"/cop shout {typed}")

    shown = await practice.team.channel("general").arrives()
    assert shown.pings == []
    sent = practice.server.calls("chat.postMessage")[-1]
    assert (sent["parse"], sent["link_names"], sent["unfurl_links"]) == ("none", False, False)
    header, section = sent["blocks"]
    assert header["text"] == {"type": "plain_text", "text": HOSTILE}
    assert section["text"]["verbatim"] is True
    for written in (section["text"]["text"], sent["text"]):
        assert "<" not in written
        assert "*bold*" not in written
        assert "`code`" not in written


async def test_the_words_of_slacks_own_markup_come_out_as_they_were_typed(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    await ana.command("/cop shout ask <@U99|ana> in <#C1|general>, see <https://example.org|example.org>")

    shown = await practice.team.channel("general").arrives()
    assert shown.blocks[0]["text"]["text"] == "ask @ana in #general, see https://example.org"
    assert shown.pings == []


async def test_menus_answer_their_field_and_change_what_was_clicked(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    shown = await (await ana.command("/cop pick")).message()
    assert shown.menus == ["Pick some", "Pick one"]

    answer = await ana.selects(shown, "Pick some", ["Anchor", "Boat"])

    assert "Picked a+b." in (await answer.message("Picked")).text
    assert "Picked a+b." in ana.ephemerals[-1].text
    assert len(ana.ephemerals) == 1


async def test_a_menu_may_be_emptied(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    shown = await (await ana.command("/cop pick")).message()

    answer = await ana.selects(shown, "Pick some", [])

    assert "Picked nothing." in (await answer.message("Picked")).text


async def test_a_risky_thing_is_confirmed_first(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    shown = await (await ana.command("/cop risky everything")).message()
    assert shown.buttons == ["Go ahead", "Change", "Cancel"]

    answer = await ana.click(shown, "Go ahead")

    done = await answer.message("Done")
    assert "Done everything." in done.text
    assert "✅ Good" in done.text


async def test_a_card_with_everything_is_shown(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    await ana.command("/cop gallery")

    shown = await practice.team.channel("general").arrives(lambda m: "Everything" in m.text)
    assert shown.buttons == ["Press", "Hello", "Read on"]
    image = next(b for b in shown.blocks if b["type"] == "image")
    assert image["slack_file"]["id"].startswith("F")
    assert "<!date^" in shown.text
    assert "<https://example.org/a|Docs>" in shown.text
    assert practice.server.problems == []


async def test_a_refused_picture_is_told_in_words(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.scopes.discard("files:write")

    await ana.command("/cop gallery")

    shown = await practice.team.channel("general").arrives(lambda m: "Everything" in m.text)
    assert "A chart of everything" in shown.text
    assert not any(b["type"] == "image" for b in shown.blocks)


async def test_a_button_that_opens_an_address_is_only_acknowledged(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    await ana.command("/cop gallery")
    shown = await practice.team.channel("general").arrives(lambda m: "Everything" in m.text)

    answer = await ana.click(shown, "Read on")

    assert answer.status == 200
    assert practice.toys.said == []


async def test_a_file_comes_by_direct_message(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    await ana.command("/cop export")

    message = await ana.dm_arrives(lambda m: bool(m.files))
    assert message.files[0].name == "all.csv"
    assert message.files[0].content.startswith(b"a,b")


async def test_a_message_shortcut_hands_over_the_message(practice: Practice) -> None:
    ana, ben = practice.team.person("Ana"), practice.team.person("Ben")
    said = await ben.writes(f"See <https://example.org/x|this> &amp; ask <@{ana.id}>", in_="general")

    answer = await ana.message_shortcut("toys.save", said)

    await answer.message("Saved")
    channel, ts = said.channel.id, said.ts.replace(".", "")
    link = f"https://practice.slack.com/archives/{channel}/p{ts}"
    assert practice.toys.said == [f"See https://example.org/x & ask @Ana by Ben at {link} (False)"]


async def test_a_global_shortcut_opens_its_form_and_answers_by_direct_message(practice: Practice) -> None:
    ana = practice.team.person("Ana", admin=True)  # from nowhere in particular it goes to everybody
    view = await (await ana.global_shortcut("toys.create")).modal()

    await ana.submits(view, Question="Lunch?", Choices="Pizza\nSushi")

    await practice.team.channel("announcements").arrives(lambda m: "Lunch?" in m.text)
    assert "Your poll stands" in (await ana.dm_arrives()).text


async def test_the_home_tab_is_the_members_own_page_and_its_buttons_work(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    home = await ana.opens_home()
    assert "Welcome, Ana." in home.text
    await ana.click(home, "Hello")

    assert "Hello, Ana!" in (await ana.dm_arrives()).text
    await practice.server.called("views.publish", 2)


async def test_the_messages_tab_publishes_nothing(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    await ana.opens_messages()

    assert practice.server.calls("views.publish") == []


async def test_a_slow_action_is_acknowledged_in_time_and_answered_later(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.impatient()
    practice.toys.gate.clear()

    answer = await ana.command("/cop slow because")
    assert practice.toys.said == []
    practice.toys.gate.set()

    assert "At last: because" in (await answer.message()).text


async def test_nothing_gets_lost_when_the_bot_stops_while_it_works(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.impatient()
    practice.toys.gate.clear()
    await ana.command("/cop slow because")

    await practice.restarts()

    assert practice.toys.said == ["because"]
    assert "At last" in (await ana.ephemeral_arrives()).text


async def test_two_workspaces_are_kept_apart(practice: Practice) -> None:
    other = practice.server.team("Elsewhere", bot_token="xoxb-other")
    await practice.restarts()
    ana, zoe = practice.team.person("Ana"), other.person("Zoe")

    await ana.command("/cop shout here")
    await zoe.command("/cop shout there")

    assert "here" in (await practice.team.channel("general").arrives()).text
    assert "there" in (await other.channel("general").arrives()).text
    assert len(practice.team.channel("general").messages) == len(other.channel("general").messages) == 1


async def test_when_slack_asks_to_connect_again_nothing_is_missed(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    await practice.server.disconnect()
    await practice.server.ready()
    answer = await ana.command("/cop hello")

    assert "Hello, Ana!" in (await answer.message()).text


async def test_a_workspace_that_cannot_be_reached_at_the_start_is_tried_again(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.app.RETRY_SECONDS", (0.0, 0.0))
    practice.server.faults.next("auth.test", times=2, drop="before")

    await practice.restarts()
    await practice.settled()
    ana = practice.team.person("Ana")
    answer = await ana.command("/cop hello")

    assert "Hello, Ana!" in (await answer.message()).text


async def test_payloads_of_a_workspace_that_is_not_configured_do_nothing(practice: Practice) -> None:
    stranger = practice.server.team("Elsewhere", bot_token="xoxb-other").person("Zoe")

    answer = await stranger.command("/cop hello")

    assert answer.status == 200
    assert practice.toys.said == []
