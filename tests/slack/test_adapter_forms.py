"""Forms on Slack: filled in with what is known, answered in place, and never losing a word."""

from tests.slack.practice import Practice


async def test_what_is_missing_is_asked_and_what_is_wrong_is_said_beside_its_field(practice: Practice) -> None:
    ana = practice.team.person("Ana")

    answer = await ana.command('/cop poll create "Lunch?" closes: 31 Feb')
    view = await answer.modal()
    assert view.title == "Poll create"
    assert view.fields == ["Question", "Choices", "Closes", "Several"]
    assert view.value("Question") == "Lunch?"
    assert view.value("Closes") == "31 Feb"

    answer = await ana.submits(view, Choices="Pizza\nSushi")
    [(block, problem)] = answer.errors.items()
    assert block.startswith("closes#")
    assert "31 Feb" in problem or "February" in problem
    assert view.open

    answer = await ana.submits(view, Closes="2026-03-06 12:00")
    assert answer.errors == {}
    assert "Your poll stands" in (await answer.message()).text
    poll = await practice.team.channel("general").arrives(lambda m: "Lunch?" in m.text)
    assert poll.buttons == ["Pizza", "Sushi"]
    assert practice.server.problems == []


async def test_a_form_asked_for_in_a_channel_answers_in_that_channel(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    view = await (await ana.command("/cop shout", in_="announcements")).modal()

    await ana.submits(view, Words="Hello all")

    assert "Hello all" in (await practice.team.channel("announcements").arrives()).text


async def test_every_kind_of_field_is_shown_and_read(practice: Practice) -> None:
    ana, ben, cem = (practice.team.person(name) for name in ("Ana", "Ben", "Cem"))
    general = practice.team.channel("general")
    view = await (await ana.command("/cop fields")).modal()
    assert practice.server.problems == []

    await ana.submits(
        view,
        Name="Box",
        Story="Once\nupon a time",
        Number="7",
        Share="0.25",
        On="2026-03-05",
        At="2026-03-05 10:00",
        Lasts="45 minutes",
        Colour="green",
        Sizes=["small", "large"],
        Keep=[],
        Who=ben,
        Others=[ben, cem],
        Where=general,
        Tool="Saw",
        Tags="wooden",
    )

    await ana.ephemeral_arrives(lambda m: "Noted" in m.text)
    [said] = practice.toys.said
    assert said == (
        "Box|Once\nupon a time|7|0.25|2026-03-05|2026-03-05 09:00:00+00:00|0:45:00|GREEN|['small', 'large']|False|"
        f"['Ben', 'Ben', 'Cem']|{general.id}|saw|wooden"
    )


async def test_what_a_field_holds_at_first_is_what_happens_when_nobody_touches_it(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    view = await (await ana.command("/cop fields")).modal()

    await ana.submits(view, Name="Box")

    await ana.ephemeral_arrives(lambda m: "Noted" in m.text)
    assert practice.toys.said == ["Box||3|0.5|None|None|None|RED|['small']|True|['']|||"]


async def test_typed_words_that_a_picker_cannot_show_stay_in_a_text_field(practice: Practice) -> None:
    ana, ben = practice.team.person("Ana"), practice.team.person("Ben")

    typed = f"/cop fields number: many on: 31 Feb who: <@{ben.id}|ben> colour: green tool: hammer"
    view = await (await ana.command(typed)).modal()

    assert view.value("Number") == "many"
    assert view.value("On") == "31 Feb"
    assert view.value("Who") == ben.id
    assert view.value("Colour")["value"] == "GREEN"
    assert view.value("Tool")["value"] == "hammer"


async def test_suggestions_come_while_typing_and_a_text_may_be_anything(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    view = await (await ana.command("/cop fields")).modal()

    assert [c.text for c in await ana.types(view, "Tool", "a")] == ["Hammer", "Saw"]
    assert [c.text for c in await ana.types(view, "Tool", "zzz")] == []
    assert [c.text for c in await ana.types(view, "Tags", "ham")] == ["ham", "Hammer"]
    assert practice.server.problems == []


async def test_a_yes_or_no_without_a_default_has_to_be_chosen(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    view = await (await ana.command("/cop must")).modal()

    answer = await ana.submits(view, Sure="No")

    assert "Sure: no" in (await answer.message()).text


async def test_an_action_may_ask_for_another_one(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    view = await (await ana.command("/cop askback")).modal()
    assert view.value("Question") == "Tea or coffee?"

    await ana.submits(view, Choices="Tea\nCoffee")

    await practice.team.channel("general").arrives(lambda m: "Tea or coffee?" in m.text)


async def test_a_form_that_could_not_open_in_time_waits_behind_a_button(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.faults.next("views.open", error="expired_trigger_id")
    shown = await (await ana.command('/cop poll create "Lunch?"')).message()
    assert "Your form is ready: *Poll create*" in shown.text

    view = await (await ana.click(shown, "Open the form")).modal()

    assert view.value("Question") == "Lunch?"
    await ana.submits(view, Choices="Pizza\nSushi")
    await practice.team.channel("general").arrives(lambda m: "Lunch?" in m.text)


async def test_what_is_too_long_for_a_button_stands_beside_it(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    practice.server.faults.next("views.open", error="expired_trigger_id")
    story = "word " * 500

    shown = await (await ana.command(f"/cop fields story: {story}")).message()

    assert story.strip() in shown.text
    assert (await ana.click(shown, "Open the form")).status == 200
    assert practice.server.problems == []


async def test_a_slow_form_closes_in_time_and_its_problems_arrive_as_a_message(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    view = await (await ana.command('/cop poll create "Lunch?"')).modal()
    practice.impatient()
    practice.toys.gate.clear()
    await practice.blocks_the_database(ana)

    answer = await ana.submits(view, Choices="Pizza", Closes="nonsense")
    assert answer.ack is None
    practice.toys.gate.set()

    shown = await answer.message("Closes")
    again = await (await ana.click(shown, "Open the form again")).modal()
    assert again.value("Choices") == "Pizza"


async def test_a_refused_command_keeps_what_was_typed_for_its_form(practice: Practice) -> None:
    ana = practice.team.person("Ana")
    shown = await (await ana.command('/cop poll create "Lunch?" Pizza')).message()
    assert "Please give 2 to 5; this has 1." in shown.text

    view = await (await ana.click(shown, "Open the form again")).modal()
    assert view.value("Choices") == "Pizza"
    await ana.submits(view, Choices="Pizza\nSushi")

    await practice.team.channel("general").arrives(lambda m: "Lunch?" in m.text)
