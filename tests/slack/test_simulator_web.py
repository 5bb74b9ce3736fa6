"""The server answers the real slack_sdk as Slack's Web API would, refusals and outages included."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.slack.echo import CARD, FORM, plain
from tests.slack.server import SlackServer

Json = dict[str, Any]


@pytest.fixture
async def client(slack_server: SlackServer) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient("xoxb-test", base_url=slack_server.api, session=session, retry_handlers=[])


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_the_token_decides_the_workspace(slack_server: SlackServer, client: AsyncWebClient) -> None:
    other = slack_server.team("Other", bot_token="xoxb-other")
    team = slack_server.default

    known = await client.auth_test()
    assert (known["team_id"], known["user_id"]) == (team.id, team.bot.id)
    assert known.headers["x-oauth-scopes"].startswith("app_mentions:read")
    assert (await client.auth_test(token="xoxb-other"))["team_id"] == other.id
    assert await refused(client.auth_test(token="xoxb-wrong")) == "invalid_auth"
    assert await refused(client.apps_connections_open(app_token="xoxb-test")) == "not_allowed_token_type"
    await team.uninstalls()
    assert await refused(client.auth_test()) == "account_inactive"


async def test_a_missing_scope_is_named(slack_server: SlackServer, client: AsyncWebClient) -> None:
    slack_server.scopes.remove("chat:write")

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="general", text="Hello")

    assert caught.value.response["needed"] == "chat:write"
    assert "commands" in caught.value.response["provided"]


async def test_messages_reach_only_where_the_bot_may_write(slack_server: SlackServer, client: AsyncWebClient) -> None:
    team = slack_server.default
    ana, ben = team.person("Ana"), team.person("Ben", channels=())
    team.add_channel("elsewhere", bot=False)
    team.add_channel("secret", private=True, bot=False)
    old = team.add_channel("old")
    old.archived = True
    ana.dms_closed, ben.dms_closed = True, "messages_tab_disabled"

    slack_server.scopes.remove("chat:write.public")
    post = client.chat_postMessage
    assert await refused(post(channel="elsewhere", text="x")) == "not_in_channel"
    assert await refused(post(channel="secret", text="x")) == "channel_not_found"
    assert await refused(post(channel=old.id, text="x")) == "is_archived"
    assert await refused(post(channel=ana.id, text="x")) == "cannot_dm_bot"
    assert await refused(post(channel=ben.id, text="x")) == "messages_tab_disabled"
    ephemeral = client.chat_postEphemeral(channel="general", user=ben.id, text="x")
    assert await refused(ephemeral) == "user_not_in_channel"
    assert slack_server.problems == []


async def test_a_bad_payload_is_refused_and_kept_as_a_problem(
    slack_server: SlackServer, client: AsyncWebClient
) -> None:
    header = {"type": "header", "text": {"type": "mrkdwn", "text": "*No*"}}

    assert await refused(client.chat_postMessage(channel="general", text="x", blocks=[header])) == "invalid_blocks"
    assert (
        await refused(client.api_call("chat.postMessage", json={"channel": "general", "blocks": CARD}))
        == "invalid_arguments"
    )
    assert await refused(client.api_call("chat.shout")) == "unknown_method"

    assert [problem.split(":")[0] for problem in slack_server.problems] == [
        "chat.postMessage",
        "chat.postMessage",
        "chat.shout",
    ]
    assert slack_server.default.channel("general").messages == []


async def test_a_text_replaces_blocks_and_only_own_messages_change(
    slack_server: SlackServer, client: AsyncWebClient
) -> None:
    team = slack_server.default
    said = await team.person("Ana").writes("Mine", in_="general")
    general = team.channel("general")
    ts = (await client.chat_postMessage(channel=general.id, text="x", blocks=CARD))["ts"]

    await client.chat_update(channel=general.id, ts=ts, text="Just words")
    assert general.messages[-1].blocks == []
    too_long = client.chat_update(channel=general.id, ts=ts, text="x" * 4001)
    assert await refused(too_long) == "msg_too_long"
    assert await refused(client.chat_update(channel=general.id, ts=said.ts, text="x")) == "cant_update_message"
    await client.chat_delete(channel=general.id, ts=ts)
    assert await refused(client.chat_delete(channel=general.id, ts=ts)) == "message_not_found"


async def test_metadata_comes_back_from_history(slack_server: SlackServer, client: AsyncWebClient) -> None:
    metadata = {"event_type": "delivery", "event_payload": {"k": "abc"}}
    first = await client.chat_postMessage(channel="general", text="One", metadata=metadata)
    await client.chat_postMessage(channel="general", text="Two")
    await client.chat_postMessage(channel="general", text="Reply", thread_ts=first["ts"])
    general = slack_server.default.channel("general").id

    found = await client.conversations_history(channel=general, include_all_metadata=True, limit=1)
    assert ([m["text"] for m in found["messages"]], found["has_more"]) == (["Two"], True)
    cursor = found["response_metadata"]["next_cursor"]
    rest = await client.conversations_history(channel=general, include_all_metadata=True, cursor=cursor)
    assert [m["metadata"] for m in rest["messages"]] == [metadata]
    since = await client.conversations_history(channel=general, oldest=first["ts"])
    assert [m["text"] for m in since["messages"]] == ["Two"]
    thread = await client.conversations_replies(channel=general, ts=first["ts"])
    assert [m["text"] for m in thread["messages"]] == ["One", "Reply"]


async def test_channels_are_made_filled_and_put_away(slack_server: SlackServer, client: AsyncWebClient) -> None:
    team = slack_server.default
    ana = team.person("Ana")

    made = (await client.conversations_create(name="reading", is_private=True))["channel"]["id"]
    await client.conversations_invite(channel=made, users=[ana.id])
    assert await refused(client.conversations_invite(channel=made, users=[ana.id])) == "already_in_channel"
    assert (await client.conversations_members(channel=made))["members"] == [team.bot.id, ana.id]
    await client.conversations_setTopic(channel=made, topic="Books")
    assert (await client.conversations_info(channel=made))["channel"]["topic"]["value"] == "Books"
    await client.conversations_kick(channel=made, user=ana.id)
    await client.conversations_rename(channel=made, name="books")
    await client.conversations_archive(channel=made)
    assert await refused(client.conversations_create(name="general")) == "name_taken"
    listed = await client.conversations_list(types="public_channel,private_channel", exclude_archived=True)

    assert [channel["name"] for channel in listed["channels"]] == ["general", "announcements", "welcome"]
    opened = await client.conversations_open(users=[ana.id])
    assert opened["channel"]["id"] == (await client.conversations_open(users=ana.id))["channel"]["id"]


async def test_people_are_found_with_zone_and_language(slack_server: SlackServer, client: AsyncWebClient) -> None:
    ana = slack_server.default.person("Ana", tz="Asia/Kolkata", locale="de-DE", email="ana@example.org")

    found = (await client.users_info(user=ana.id, include_locale=True))["user"]
    assert (found["tz"], found["tz_offset"], found["locale"]) == ("Asia/Kolkata", 19800, "de-DE")
    assert "locale" not in (await client.users_info(user=ana.id))["user"]
    assert (await client.users_lookupByEmail(email="ana@example.org"))["user"]["id"] == ana.id
    assert await refused(client.users_lookupByEmail(email="nobody@example.org")) == "users_not_found"
    everybody = (await client.users_list())["members"]
    assert [member["name"] for member in everybody] == ["slackbot", "commonplace", "ana"]


async def test_user_groups_need_a_paid_plan(slack_server: SlackServer, client: AsyncWebClient) -> None:
    team = slack_server.default
    ana = team.person("Ana")
    assert await refused(client.usergroups_create(name="Readers")) == "paid_teams_only"
    team.paid = True

    group = (await client.usergroups_create(name="Readers", handle="readers"))["usergroup"]["id"]
    await client.usergroups_users_update(usergroup=group, users=[ana.id])
    assert (await client.usergroups_users_list(usergroup=group))["users"] == [ana.id]
    assert await refused(client.usergroups_users_update(usergroup=group, users=[])) == "no_users_provided"
    await client.usergroups_disable(usergroup=group)
    assert (await client.usergroups_list())["usergroups"] == []


async def test_a_trigger_opens_one_modal_within_three_seconds(
    slack_server: SlackServer, client: AsyncWebClient
) -> None:
    ana = slack_server.default.person("Ana")
    first, late = slack_server.new_trigger(ana), slack_server.new_trigger(ana)

    opened = (await client.views_open(trigger_id=first, view=FORM))["view"]
    assert await refused(client.views_open(trigger_id=first, view=FORM)) == "exchanged_trigger_id"
    assert await refused(client.views_open(trigger_id="made-up", view=FORM)) == "invalid_trigger_id"
    slack_server.clock.advance(3.5)
    assert await refused(client.views_open(trigger_id=late, view=FORM)) == "expired_trigger_id"

    changed = FORM | {"title": plain("Changed")}
    await client.views_update(view_id=opened["id"], hash=opened["hash"], view=changed)
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=changed)
    assert await refused(stale) == "hash_conflict"
    assert ana.modal
    assert ana.modal.title == "Changed"
    for _ in range(2):
        await client.views_push(trigger_id=slack_server.new_trigger(ana, ana.modal), view=FORM)
    fourth = client.views_push(trigger_id=slack_server.new_trigger(ana, ana.modal), view=FORM)
    assert await refused(fourth) == "push_limit_reached"


async def test_a_response_url_ends_after_five_posts_or_half_an_hour(slack_server: SlackServer) -> None:
    team = slack_server.default
    ana = team.person("Ana")
    url = AsyncWebhookClient(slack_server.new_response_url(ana, team.channel("general")))
    other = AsyncWebhookClient(slack_server.new_response_url(ana, team.channel("general")))

    statuses = [(await url.send(text="Hello")).status_code for _ in range(6)]
    await other.send(text="To all", response_type="in_channel")
    slack_server.clock.advance(31 * 60)

    assert statuses == [200] * 5 + [404]
    assert (await other.send(text="Late")).status_code == 404
    assert len(ana.ephemerals) == 5
    assert [message.text for message in team.channel("general").messages] == ["To all"]


async def test_files_are_uploaded_in_three_steps(slack_server: SlackServer, client: AsyncWebClient) -> None:
    general = slack_server.default.channel("general")

    await client.files_upload_v2(channel=general.id, content="a,b\n", filename="x.csv", initial_comment="The export")

    (message,) = general.messages
    assert (message.text, message.files[0].name, message.files[0].content) == ("The export", "x.csv", b"a,b\n")


async def test_whom_a_message_pings_follows_from_its_markup(slack_server: SlackServer, client: AsyncWebClient) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "<!here> &lt;!channel&gt; <@U1>"}}
    header = {"type": "header", "text": plain("<!channel>")}
    await client.chat_postMessage(channel="general", text="Hi <!subteam^S1>", blocks=[header, section])

    (message,) = slack_server.default.channel("general").messages
    assert message.pings == ["<!subteam^S1>", "<!here>", "<@U1>"]


async def test_calls_fail_as_they_were_told_to(slack_server: SlackServer, client: AsyncWebClient) -> None:
    general = slack_server.default.channel("general")
    post, faults = client.chat_postMessage, slack_server.faults

    faults.next("chat.postMessage", status=429, retry_after=7)
    with pytest.raises(SlackApiError) as limited:
        await post(channel="general", text="Limited")
    assert (limited.value.response.status_code, limited.value.response.headers["Retry-After"]) == (429, "7")
    faults.next("chat.postMessage", error="internal_error", stored=True)
    assert await refused(post(channel="general", text="Stored")) == "internal_error"
    faults.next("chat.postMessage", drop="before")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post(channel="general", text="Cut off")
    faults.next("*", drop="after")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post(channel="general", text="Kept")
    faults.next("chat.postMessage", status=500, times=2)
    assert await refused(post(channel="general", text="Broken")) == "internal_error"
    assert await refused(post(channel="general", text="Broken")) == "internal_error"
    await post(channel="general", text="Well")

    assert [message.text for message in general.messages] == ["Stored", "Kept", "Well"]
    assert len(slack_server.calls("chat.postMessage")) == 7


async def test_a_held_call_has_no_effect_until_it_is_released(
    slack_server: SlackServer, client: AsyncWebClient
) -> None:
    gate = slack_server.faults.hold("chat.postMessage")
    call = asyncio.create_task(client.chat_postMessage(channel="general", text="Slow"))
    await gate.arrived.wait()
    assert slack_server.default.channel("general").messages == []

    gate.release()
    await call

    assert slack_server.default.channel("general").messages[0].text == "Slow"


async def test_waiting_in_vain_says_what_is_there(slack_server: SlackServer, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="general", text="Hello")
    general = slack_server.default.channel("general")

    with pytest.raises(AssertionError, match="Hello"):
        await slack_server.changes.until(lambda: None, lambda: str(general.messages), patience=0.01)
