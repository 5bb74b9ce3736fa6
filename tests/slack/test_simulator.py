"""People act as in Slack's own app, and the real slack-bolt answers them."""

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.slack.echo import CARD, FORM, Echo, Handler, Json, options, plain
from tests.slack.server import SlackServer
from tests.slack.waiting import CannotDo


async def test_a_command_is_acknowledged_with_words_only_its_sender_sees(slack_server: SlackServer, echo: Echo) -> None:
    team = slack_server.default
    ana, ben = team.person("Ana"), team.person("Ben")

    async def answer(ack: Handler, body: Json) -> None:
        await ack(f"You said {body['text']}")

    echo.does = answer
    answered = await ana.command('/cop poll create "Lunch?"', in_="general")

    assert answered.text == 'You said poll create "Lunch?"'
    assert echo.got[0]["channel_name"] == "general"
    assert ana.ephemerals == answered.messages
    assert ben.ephemerals == []
    assert slack_server.problems == []


async def test_a_button_carries_its_value_and_the_message_can_be_changed(slack_server: SlackServer, echo: Echo) -> None:
    team = slack_server.default
    ana = team.person("Ana")
    posted = await echo.client.chat_postMessage(channel="general", text="Lunch?", blocks=CARD)
    message = await team.channel("general").arrives(lambda m: "Lunch" in m.text)

    async def count(ack: Handler, body: Json) -> None:
        await ack()
        await echo.client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="Lunch? One vote", blocks=CARD
        )

    echo.does = count
    await ana.click(message, "Pizza")

    changed = await team.channel("general").arrives(lambda m: "One vote" in m.text)
    assert changed is message
    assert message.ts == posted["ts"]
    assert [edit.text for edit in message.edits] == ["Lunch?"]
    action = echo.got[0]["actions"][0]
    assert (action["action_id"], action["value"]) == ("vote:1", "1")
    assert message.buttons == ["Pizza"]
    assert message.menus == ["More", "menu"]


async def test_menus_and_overflow_entries_are_chosen_by_their_words(slack_server: SlackServer, echo: Echo) -> None:
    ana = slack_server.default.person("Ana")
    await echo.client.chat_postMessage(channel=ana.id, text="Lunch?", blocks=CARD)
    message = await ana.dm_arrives()

    await ana.selects(message, "More", ["B"])
    await ana.click(message, "Delete")

    assert [body["actions"][0]["selected_option"]["value"] for body in echo.got] == ["b", "delete"]
    assert echo.got[0]["channel"]["name"] == "directmessage"
    with pytest.raises(CannotDo, match="offers no 'C'"):
        await ana.selects(message, "More", "C")
    with pytest.raises(CannotDo, match="there is no 'Sushi'"):
        await ana.click(message, "Sushi")


async def opens_form(echo: Echo, ack: Handler, body: Json) -> None:
    await ack()
    await echo.client.views_open(trigger_id=body["trigger_id"], view=FORM)


async def test_a_form_is_filled_in_as_people_do(slack_server: SlackServer, echo: Echo) -> None:
    team = slack_server.default
    ana, ben = team.person("Ana"), team.person("Ben")
    echo.does = lambda ack, body: opens_form(echo, ack, body)
    form = await (await ana.command("/cop poll create")).modal()
    assert form.fields == ["What do you want to know?", "Who?", "Which day?", "Topic"]

    async def respond(ack: Handler, body: Json) -> None:
        if body["type"] == "block_suggestion":
            await ack(options=options(body["value"].title()))
        elif body["view"]["state"]["values"]["question"].popitem()[1]["value"] == "bad":
            await ack(response_action="errors", errors={"question": "Ask something else."})
        else:
            await ack()

    echo.does = respond
    with pytest.raises(CannotDo, match="What do you want"):
        await ana.submits(form)
    with pytest.raises(CannotDo, match="0 to 20 characters"):
        await ana.submits(form, question="x" * 21)
    refused = await ana.submits(form, {"What do you want to know?": "bad"})
    assert refused.errors == {"question": "Ask something else."}
    assert ana.modal is form
    done = await ana.submits(form, {"What do": "Lunch?", "Who?": [ben], "Topic": "food"})

    assert done.ack is None
    assert ana.modal is None
    values = echo.got[-1]["view"]["state"]["values"]
    assert values["who"].popitem()[1]["selected_users"] == [ben.id]
    assert values["day"].popitem()[1]["selected_date"] == "2030-01-31"
    assert values["topic"]["find"]["selected_option"]["value"] == "food"
    assert slack_server.problems == []


async def test_a_menu_that_asks_the_bot_shows_what_it_offers(slack_server: SlackServer, echo: Echo) -> None:
    ana = slack_server.default.person("Ana")
    echo.does = lambda ack, body: opens_form(echo, ack, body)
    form = await (await ana.command("/cop")).modal()

    async def offer(ack: Handler, body: Json) -> None:
        await ack(options=options("Lunch", "Lunacy"))

    echo.does = offer
    assert [choice.text for choice in await ana.types(form, "Topic", "lun")] == ["Lunch", "Lunacy"]
    with pytest.raises(CannotDo, match="after 2 characters"):
        await ana.types(form, "Topic", "l")


async def test_an_acknowledgement_updates_pushes_and_clears_modals(slack_server: SlackServer, echo: Echo) -> None:
    ana = slack_server.default.person("Ana")
    second = FORM | {"title": plain("Second")}
    echo.does = lambda ack, body: opens_form(echo, ack, body)
    first = await (await ana.command("/cop")).modal()

    async def push(ack: Handler, body: Json) -> None:
        await ack(response_action="push", view=second)

    echo.does = push
    pushed = (await ana.submits(first, question="One")).view
    assert pushed
    assert pushed.title == "Second"
    assert ana.modals == [first, pushed]

    async def clear(ack: Handler, body: Json) -> None:
        await ack(response_action="clear")

    echo.does = clear
    await ana.submits(pushed, question="Two")
    assert ana.modals == []


async def test_a_closed_modal_is_reported_where_the_view_asks_for_it(slack_server: SlackServer, echo: Echo) -> None:
    ana = slack_server.default.person("Ana")
    echo.does = lambda ack, body: opens_form(echo, ack, body)
    form = await (await ana.command("/cop")).modal()
    echo.does = None

    await ana.closes(form)

    assert echo.got[-1]["type"] == "view_closed"
    with pytest.raises(CannotDo, match="in front of them"):
        await ana.submits(form, question="Too late")


async def test_home_is_published_and_clicked(slack_server: SlackServer, echo: Echo) -> None:
    ana = slack_server.default.person("Ana")

    async def publish(ack: Handler, body: Json) -> None:
        await ack()
        if body["type"] == "event_callback":
            await echo.client.views_publish(user_id=body["event"]["user"], view={"type": "home", "blocks": CARD})

    echo.does = publish
    home = await ana.opens_home()
    await ana.click(home, "Pizza")

    assert "Lunch?" in home.text
    assert echo.got[-1]["container"] == {"type": "view", "view_id": home.id}
    assert "response_url" not in echo.got[-1]
    assert await ana.opens_home() is home


async def test_shortcuts_carry_a_trigger_and_their_message(slack_server: SlackServer, echo: Echo) -> None:
    team = slack_server.default
    ana = team.person("Ana")
    said = await ana.writes("A good link", in_="general")
    echo.does = lambda ack, body: opens_form(echo, ack, body) if "trigger_id" in body else ack()

    assert (await (await ana.message_shortcut("share", said)).modal()).title == "New poll"
    assert echo.got[-1]["message"]["text"] == "A good link"
    assert (await (await ana.global_shortcut("new")).modal()).title == "New poll"


async def test_an_ephemeral_message_is_replaced_through_its_response_url(slack_server: SlackServer, echo: Echo) -> None:
    team = slack_server.default
    ana = team.person("Ana")
    await echo.client.chat_postEphemeral(channel="general", user=ana.id, text="Lunch?", blocks=CARD)
    message = await ana.ephemeral_arrives()

    async def replace(ack: Handler, body: Json) -> None:
        await ack()
        assert "message" not in body
        sent = await AsyncWebhookClient(body["response_url"]).send(text="Thanks", replace_original=True)
        assert sent.status_code == 200

    echo.does = replace
    answer = await ana.click(message, "Pizza")

    assert (await answer.message("Thanks")) is message
    assert message.blocks == []
    assert slack_server.problems == []
