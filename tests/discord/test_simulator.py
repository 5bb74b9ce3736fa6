"""The simulated Discord, proved with the real discord.py: people, messages, roles and places."""

import asyncio
import io

import discord
import pytest
from discord import ui

from tests.discord.server import DiscordServer
from tests.discord.shapes import Allow
from tests.discord.trial_bot import TrialBot, connected


async def test_a_bot_connects_and_knows_its_guild_and_members(
    discord_server: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild = discord_server.guild("Practice", channels=("general", "welcome"))
    guild.person("Ana")

    async with connected(discord_server, monkeypatch) as bot:
        found = bot.guilds[0]
        info = await bot.application_info()

        assert [channel.name for channel in found.text_channels] == ["general", "welcome"]
        assert {member.display_name for member in found.members} == {"Commonplace", "Ana"}
        assert str(info.id) == discord_server.application_id


async def test_a_wrong_token_is_refused(discord_server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(discord.LoginFailure):
        async with connected(discord_server, monkeypatch, token="wrong"):
            pass


async def test_the_gateway_refuses_a_token_that_was_reset(
    discord_server: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TrialBot, "setup_hook", lambda bot: reset(discord_server))

    with pytest.raises(discord.ConnectionClosed) as closed:
        async with connected(discord_server, monkeypatch):
            pass

    assert closed.value.code == 4004


async def reset(server: DiscordServer) -> None:
    server.token = "another"


async def test_the_members_intent_has_to_be_switched_on(
    discord_server: DiscordServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    discord_server.members_intent = False

    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connected(discord_server, monkeypatch):
            pass


async def test_joining_screening_and_leaving_are_told(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guilds[0]

    ben = await guild.joins("Ben", pending=True)
    await guild.screens(ben)
    await guild.leaves(ben)

    await trial_bot.hears("Ben left")
    assert trial_bot.told[-3:] == ["Ben joined pending", "Ben was screened", "Ben left"]


async def test_the_bot_is_invited_and_thrown_out(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guild("Another")
    await trial_bot.hears("invited to Another")

    await guild.removes_bot()

    await trial_bot.hears("thrown out of Another")
    refused = await trial_bot.refused("GET", f"/guilds/{guild.id}")
    assert refused.code == 10004


async def test_a_message_is_sent_edited_read_back_and_deleted(
    discord_server: DiscordServer, trial_bot: TrialBot
) -> None:
    general = discord_server.guilds[0].channel("general")
    channel = trial_bot.get_partial_messageable(int(general.id))

    sent = await channel.send("One")
    await sent.edit(content="Two")
    seen = [message.content async for message in channel.history(limit=10)]
    await sent.delete()

    assert seen == ["Two"]
    assert general.messages == []
    assert discord_server.messages[str(sent.id)].edits == 1


async def test_files_are_kept_and_can_be_shown(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    general = discord_server.guilds[0].channel("general")
    view = ui.LayoutView()
    view.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://chart.png")))
    view.stop()

    sent = await trial_bot.get_partial_messageable(int(general.id)).send(
        file=discord.File(io.BytesIO(b"a chart"), "chart.png"), view=view
    )

    assert general.messages[0].files == {"chart.png": b"a chart"}
    assert await sent.attachments[0].read() == b"a chart"


async def test_a_message_becomes_what_it_is_edited_to(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    general = discord_server.guilds[0].channel("general")
    sent = await trial_bot.get_partial_messageable(int(general.id)).send("One")

    editing = asyncio.create_task(sent.edit(content="Two"))
    message = await general.messages[0].becomes(lambda message: message.text == "Two")
    await editing

    assert message.edits == 1


async def test_history_goes_both_ways(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    channel = trial_bot.get_partial_messageable(int(discord_server.guilds[0].channel("general").id))
    sent = [await channel.send(str(number)) for number in range(5)]

    newest = [message.content async for message in channel.history(limit=2)]
    after = [message.content async for message in channel.history(limit=2, after=sent[1])]
    before = [message.content async for message in channel.history(limit=2, before=sent[3])]

    assert newest == ["4", "3"]
    assert after == ["2", "3"]
    assert before == ["2", "1"]


async def test_a_repeated_nonce_gives_the_first_message_for_some_minutes(
    discord_server: DiscordServer, trial_bot: TrialBot
) -> None:
    general = discord_server.guilds[0].channel("general")
    channel = trial_bot.get_partial_messageable(int(general.id))

    first = await channel.send("Once", nonce="abc")
    again = await channel.send("Once", nonce="abc")
    discord_server.clock.pass_time(minutes=6)
    late = await channel.send("Once", nonce="abc")

    assert first.id == again.id != late.id
    assert [message.nonce for message in general.messages] == ["abc", "abc"]


async def test_a_repeated_nonce_of_a_message_that_somebody_deleted_is_unknown(
    discord_server: DiscordServer, trial_bot: TrialBot
) -> None:
    guild = discord_server.guilds[0]
    channel = trial_bot.get_partial_messageable(int(guild.channel("general").id))
    await channel.send("Once", nonce="abc")
    guild.person("Ana").deletes(await guild.channel("general").arrives())

    with pytest.raises(discord.NotFound) as unknown:
        await channel.send("Once", nonce="abc")

    assert unknown.value.code == 10008


async def test_who_is_pinged_follows_the_allowed_mentions(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guilds[0]
    ana, mentors = guild.person("Ana"), guild.add_role("Mentors")
    path = f"/channels/{guild.channel('general').id}/messages"
    words = f"@everyone {ana.mention} {mentors.mention}"
    rules: list[dict[str, object] | None] = [None, {"parse": []}, {"parse": ["roles"]}, {"users": [ana.id]}]

    for allowed in rules:
        body = {"content": words} if allowed is None else {"content": words, "allowed_mentions": allowed}
        await trial_bot.calls("POST", path, body)

    assert [message.pings for message in guild.channel("general").messages] == [
        {"@everyone", ana.mention, mentors.mention},
        set(),
        {mentors.mention},
        {ana.mention},
    ]


async def test_components_ping_as_well_and_edits_do_not(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guilds[0]
    ana = guild.person("Ana")
    path = f"/channels/{guild.channel('general').id}/messages"
    text = [{"type": 10, "content": f"Hello {ana.mention}"}]

    await trial_bot.calls("POST", path, {"flags": 32768, "components": text})
    quiet = await trial_bot.calls("POST", path, {"content": "quiet"})
    await trial_bot.calls("PATCH", f"{path}/{quiet['id']}", {"content": ana.mention})

    assert [message.pings for message in guild.channel("general").messages] == [{ana.mention}, set()]


async def test_a_direct_message_arrives_unless_they_are_closed(
    discord_server: DiscordServer, trial_bot: TrialBot
) -> None:
    guild = discord_server.guilds[0]
    ana, ben = guild.person("Ana"), guild.person("Ben")
    ben.dms_closed = True
    channel = await trial_bot.create_dm(discord.Object(int(ana.id)))
    closed = await trial_bot.create_dm(discord.Object(int(ben.id)))

    await channel.send("Psst")
    with pytest.raises(discord.Forbidden) as refused:
        await closed.send("Psst")

    assert (await ana.dm_arrives()).text == "Psst"
    assert refused.value.code == 50007
    assert ben.dms == []


async def test_somebody_who_left_every_guild_cannot_be_written_to(
    discord_server: DiscordServer, trial_bot: TrialBot
) -> None:
    guild = discord_server.guilds[0]
    ana = guild.person("Ana")
    channel = await trial_bot.create_dm(discord.Object(int(ana.id)))
    await guild.leaves(ana)

    with pytest.raises(discord.Forbidden) as refused:
        await channel.send("Come back")

    assert refused.value.code == 50278


async def test_the_bot_gives_only_roles_below_its_own(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guilds[0]
    ana = guild.person("Ana")
    low, high = guild.add_role("Mentors"), guild.add_role("Owners", position=10)
    path = f"/guilds/{guild.id}/members/{ana.id}/roles"

    await trial_bot.calls("PUT", f"{path}/{low.id}")
    given = set(ana.roles)
    refused = await trial_bot.refused("PUT", f"{path}/{high.id}")
    await trial_bot.calls("DELETE", f"{path}/{low.id}")

    assert given == {"Mentors"}
    assert (refused.status, refused.code) == (403, 50013)
    assert ana.roles == set()


async def test_the_bot_makes_a_private_channel(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guilds[0]
    ana, ben = guild.person("Ana"), guild.person("Ben")
    found = trial_bot.guilds[0]
    only: dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite] = {
        found.default_role: discord.PermissionOverwrite(view_channel=False),
        found.me: discord.PermissionOverwrite(view_channel=True),
        discord.Object(int(ana.id), type=discord.Member): discord.PermissionOverwrite(view_channel=True),
    }

    made = await found.create_text_channel("Case Room", overwrites=only)

    channel = guild.channel("case-room")
    assert str(made.id) == channel.id
    assert (ana.sees(channel), ben.sees(channel)) == (True, False)


async def test_a_private_thread_is_seen_by_its_members(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guilds[0]
    ana, ben = guild.person("Ana"), guild.person("Ben")
    parent = trial_bot.get_channel(int(guild.channel("general").id))
    assert isinstance(parent, discord.TextChannel)

    thread = await parent.create_thread(name="A case")
    await thread.add_user(discord.Object(int(ana.id)))
    await thread.send("Only for us")

    channel = guild.channel("A case")
    assert channel.members[-1] is ana
    assert (ana.sees(channel), ben.sees(channel)) == (True, False)
    assert [message.text for message in channel.messages] == ["Only for us"]


async def test_the_bot_may_not_do_what_it_has_no_permission_for(
    discord_server: DiscordServer, trial_bot: TrialBot
) -> None:
    guild = discord_server.guild("Strict", channels=("general", "staff"), bot_permissions=Allow.VIEW)
    staff, general = guild.channel("staff"), guild.channel("general")
    guild.everyone.permissions = 0
    staff.overwrites[guild.me.id] = {"id": guild.me.id, "type": 1, "allow": "0", "deny": str(int(Allow.VIEW))}

    unseen = await trial_bot.refused("POST", f"/channels/{staff.id}/messages", {"content": "Hello"})
    unwritable = await trial_bot.refused("POST", f"/channels/{general.id}/messages", {"content": "Hello"})

    assert (unseen.code, unwritable.code) == (50001, 50013)


async def test_what_people_write_is_hidden_without_the_intent(
    discord_server: DiscordServer, trial_bot: TrialBot
) -> None:
    guild = discord_server.guilds[0]
    ana = guild.person("Ana")
    ana.says("A secret")
    ana.says(f"Hey {guild.me.mention}")

    channel = trial_bot.get_partial_messageable(int(guild.channel("general").id))
    seen = [message.content async for message in channel.history(oldest_first=True)]

    assert seen == ["", f"Hey {guild.me.mention}"]


async def test_messages_are_pinned_reacted_to_and_grow_threads(
    discord_server: DiscordServer, trial_bot: TrialBot
) -> None:
    general = discord_server.guilds[0].channel("general")
    found = trial_bot.get_channel(int(general.id))
    assert isinstance(found, discord.TextChannel)

    message = await found.send("A question")
    await message.pin()
    await message.add_reaction("🎉")
    await message.create_thread(name="The answers")
    pinned = [one.content async for one in found.pins()]

    assert pinned == ["A question"]
    assert general.messages[0].reactions == ["🎉"]
    assert [thread.name for thread in general.threads] == ["The answers"]


async def test_roles_and_overwrites_are_made_and_changed(discord_server: DiscordServer, trial_bot: TrialBot) -> None:
    guild = discord_server.guilds[0]
    found = trial_bot.guilds[0]

    role = await found.create_role(name="Mentors", permissions=discord.Permissions(send_messages=True))
    await role.edit(name="Guides")
    await found.text_channels[0].set_permissions(role, send_messages=False)

    assert [made.name for made in guild.roles] == ["Guides"]
    assert guild.channels[0].overwrites[str(role.id)]["deny"] == str(int(Allow.SEND))
    with pytest.raises(discord.Forbidden):
        await found.create_role(name="Owners", permissions=discord.Permissions(administrator=True))
