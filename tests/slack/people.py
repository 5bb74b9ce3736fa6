"""People: what they do in Slack's app, and what they see there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.slack import payloads
from tests.slack.answers import Answer
from tests.slack.checks import check_options
from tests.slack.controls import Control, named
from tests.slack.delivery import Ack
from tests.slack.elements import offered
from tests.slack.forms import LISTS, View, chosen, missing, option
from tests.slack.messages import Message, arrival
from tests.slack.responses import show_ack
from tests.slack.views import after_submission, close_all, close_top
from tests.slack.waiting import CannotDo, NotAcknowledged

if TYPE_CHECKING:
    from tests.slack.teams import Channel, Team

Json = dict[str, Any]


class Choice(NamedTuple):
    """One suggestion of a menu that asks the bot."""

    text: str
    value: str


class Person:
    """A member of one workspace.  What they cannot do in Slack raises CannotDo."""

    def __init__(
        self,
        team: "Team",
        name: str,
        user_id: str,
        *,
        tz: str = "Europe/Berlin",
        locale: str = "en-US",
        email: str = "",
        admin: bool = False,
        guest: bool = False,
        is_bot: bool = False,
    ) -> None:
        self.team = team
        self.name = name
        self.id = user_id
        self.handle = name.casefold().replace(" ", ".")
        self.tz = tz
        self.locale = locale
        self.email = email or f"{self.handle}@example.org"
        self.admin = admin
        self.guest = guest
        self.is_bot = is_bot
        self.deactivated = False
        self.dms_closed: bool | str = False  # True, or the very error
        self.modals: list[View] = []  # open now, the topmost last
        self.home: View | None = None
        self.shown_views: list[View] = []  # every view as often as it was shown or changed
        self._suggested: dict[str, list[Json]] = {}

    def __repr__(self) -> str:
        return f"<{self.name} {self.id}>"

    def payload(self, *, locale: bool = False) -> Json:
        """The user as users.info shows it."""
        offset = datetime.now(ZoneInfo(self.tz)).utcoffset()
        profile = {"real_name": self.name, "display_name": self.name, "image_72": "https://example.org/72.png"}
        if "users:read.email" in self.team.scopes:
            profile["email"] = self.email
        body: Json = {
            "id": self.id,
            "team_id": self.team.id,
            "name": self.handle,
            "real_name": self.name,
            "deleted": self.deactivated,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": profile,
            "is_admin": self.admin,
            "is_owner": False,
            "is_bot": self.is_bot,
            "is_restricted": self.guest,
            "is_ultra_restricted": False,
            "updated": int(self.team.server.clock.now()),
        }
        return body | {"locale": self.locale} if locale else body

    # What they see.

    @property
    def modal(self) -> View | None:
        """The modal in front of them."""
        return self.modals[-1] if self.modals else None

    @property
    def dms(self) -> list[Message]:
        """What the bot wrote to them directly."""
        return [m for m in self.team.dm(self).messages if m.by_bot]

    @property
    def ephemerals(self) -> list[Message]:
        """What only they can see in channels."""
        channels = self.team.channels.values()
        mine = [m for channel in channels for m in channel.everything if m.to is self and not m.deleted]
        return sorted(mine, key=lambda message: message.ts)

    def sees(self, message: Message) -> bool:
        if message.deleted:
            return False
        return message.to is self if message.ephemeral else self.id in message.channel.members

    async def dm_arrives(
        self, wanted: Callable[[Message], bool] = lambda _: True, *, after: Message | None = None
    ) -> Message:
        """The newest direct message that is as wanted, there already or yet to come."""
        return await arrival(self.team, lambda: self.dms, wanted, after, f"for {self.name}")

    async def ephemeral_arrives(
        self, wanted: Callable[[Message], bool] = lambda _: True, *, after: Message | None = None
    ) -> Message:
        """The newest ephemeral message that is as wanted."""
        return await arrival(self.team, lambda: self.ephemerals, wanted, after, f"before {self.name} alone")

    # What they do.

    async def command(self, text: str, in_: "Channel | str | None" = None, *, forged: bool = False) -> Answer:
        """Types a slash command, in the first channel unless one is named."""
        channel = self.team.place(in_)
        if self.id not in channel.members or not text.startswith("/"):
            raise CannotDo(f"{self.name} cannot type {text!r} in {channel}")
        url = self.team.server.new_response_url(self, channel)
        payload = payloads.command(self, channel, text, self._trigger(), url)
        answer = await self._ask("slash_commands", payload, forged=forged)
        if answer.ack and answer.status == 200:
            show_ack(self, channel, answer.ack)
        return answer

    async def click(
        self, on: Message | View, label: str = "", *, action_id: str = "", beside: str = "", forged: bool = False
    ) -> Answer:
        """Presses a button, or picks an entry of an overflow menu; `beside` is text next to it."""
        control = self._find(on, action_id or label, beside)
        if control.kind not in ("button", "overflow"):
            raise CannotDo(f"{control.label!r} is a {control.kind}; it is not clicked")
        picked = None
        if control.kind == "overflow":
            picked = {"selected_option": option(control, label, control.options)}
        return await self._acts(on, control, picked, forged=forged)

    async def selects(self, on: Message | View, which: str, values: Any, *, beside: str = "") -> Answer:
        """Chooses in a menu or picker.  A field of a form is only filled in, unless it dispatches actions."""
        control = self._find(on, which, beside)
        value = await self._choose(on, control, values)
        (on.values if isinstance(on, View) else on.chosen)[control.block_id, control.action_id] = value
        if control.is_field and not control.block.get("dispatch_action"):
            return Answer(self, Ack(), *self._so_far())
        return await self._acts(on, control, payloads.picked(control, value))

    async def submits(self, view: View, answers: Mapping[str, Any] | None = None, **fields: Any) -> Answer:
        """Fills in fields, by label, block_id or action_id, and presses the form's submit button."""
        self._must_see(view)
        if not view.body.get("submit") or view.body.get("submit_disabled"):
            raise CannotDo(f"{view.title!r} cannot be submitted")
        for name, value in {**(answers or {}), **fields}.items():
            control = named(view.blocks, name)
            view.values[control.block_id, control.action_id] = await self._choose(view, control, value)
        if empty := missing(view):
            raise CannotDo(f"{self.name} has to fill in {empty} first")
        payload = payloads.view_submission(self, view, self._trigger(view))
        answer = await self._ask("interactive", payload)
        after_submission(self.team.server, view, answer.ack)
        return answer

    async def closes(self, view: View) -> Answer:
        """Closes a modal; the bot hears of it only where the view says so."""
        self._must_see(view)
        cleared = bool(view.body.get("clear_on_close"))
        payload = payloads.view_closed(self, view, cleared=cleared)
        close_all(self) if cleared else close_top(self)
        if not view.body.get("notify_on_close"):
            return Answer(self, Ack(), *self._so_far())
        return await self._ask("interactive", payload)

    async def types(self, on: Message | View, which: str, query: str) -> list[Choice]:
        """Types into a menu that asks the bot for its options."""
        control = self._find(on, which)
        if not control.kind.endswith("external_select"):
            raise CannotDo(f"{control.label!r} does not ask the bot")
        if len(query) < control.element.get("min_query_length", 3):
            raise CannotDo(f"{control.label!r} asks only after {control.element.get('min_query_length', 3)} characters")
        answer = await self._ask("interactive", payloads.block_suggestion(self, on, control, query))
        self.team.server.problems += [f"block_suggestion: {line}" for line in check_options(answer.ack)]
        suggested = offered(answer.ack or {})
        self._suggested.setdefault(control.action_id, []).extend(suggested)
        return [Choice(item["text"]["text"], item["value"]) for item in suggested]

    async def message_shortcut(self, callback_id: str, message: Message) -> Answer:
        self._must_see(message)
        url = self.team.server.new_response_url(self, message.channel, message)
        payload = payloads.message_shortcut(self, callback_id, message, self._trigger(), url)
        return await self._ask("interactive", payload)

    async def global_shortcut(self, callback_id: str) -> Answer:
        payload = payloads.shortcut(self, callback_id, self._trigger(), self.team.server.clock.ts())
        return await self._ask("interactive", payload)

    async def opens_home(self) -> View:
        """Opens the app's home tab, and waits until the bot has published it anew."""
        before = len(self.shown_views)
        await self._opens("home")
        await self.team.server.changes.until(
            lambda: any(view.type == "home" for view in self.shown_views[before:]),
            lambda: f"no home tab was published for {self.name}; problems: {self.team.server.problems}",
        )
        if self.home is None:
            raise AssertionError("unreachable: a home tab was published")
        return self.home

    async def opens_messages(self) -> None:
        """Opens the app's messages tab, which sends the same event."""
        await self._opens("messages")

    async def writes(self, text: str, in_: "Channel | str | None" = None, *, thread: Message | None = None) -> Message:
        """Writes a message, to the bot unless a channel is named; the bot hears it where it is a member."""
        channel = self.team.dm(self) if in_ is None else self.team.place(in_)
        root = (thread.thread_ts or thread.ts) if thread else None
        message = self.team.post(channel, text, [], author=self.id, by_bot=False, thread_ts=root)
        if self.team.bot.id in channel.members:
            kinds = {"public": "channel", "private": "group"}
            where = {"channel": channel.id, "channel_type": kinds.get(channel.kind, channel.kind)}
            await self.team.server.delivery.event(self.team, message.payload() | where)
            if f"<@{self.team.bot.id}>" in text and channel.kind != "im":
                mention = message.payload() | {"type": "app_mention", "channel": channel.id}
                await self.team.server.delivery.event(self.team, mention)
        return message

    async def changes(self, **details: Any) -> None:
        """Changes something about themselves: tz=, locale=, name=, email=, deactivated=."""
        for name, value in details.items():
            if name not in vars(self):
                raise CannotDo(f"people have no {name}")
            setattr(self, name, value)
        await self.team.server.delivery.event(self.team, {"type": "user_change", "user": self.payload(locale=True)})

    async def _opens(self, tab: str) -> None:
        event: Json = {"type": "app_home_opened", "user": self.id, "channel": self.team.dm(self).id, "tab": tab}
        if tab == "home" and self.home:
            event |= {"view": payloads.view(self.home)}
        await self.team.server.delivery.event(self.team, event)

    async def _acts(self, on: Message | View, control: Control, picked: Json | None, *, forged: bool = False) -> Answer:
        server = self.team.server
        acted = payloads.action(control, picked, server.clock.ts())
        if isinstance(on, View):
            trigger, url = self._trigger(on if on.type == "modal" else None), ""
        else:
            trigger, url = self._trigger(), server.new_response_url(self, on.channel, on)
        return await self._ask("interactive", payloads.block_actions(self, on, acted, trigger, url), forged=forged)

    async def _choose(self, on: Message | View, control: Control, values: Any) -> Json:
        many = list(values) if isinstance(values, list | tuple | set) else [values]
        if control.kind.endswith("external_select"):
            for value in many:
                if value not in [option["text"]["text"] for option in self._suggested.get(control.action_id, [])]:
                    await self.types(on, control.action_id, str(value))
        single = many[0] if len(many) == 1 else values
        value = many if control.kind in LISTS else single
        return chosen(control, value, self._suggested.get(control.action_id, []))

    async def _ask(self, kind: str, payload: Json, *, forged: bool = False) -> Answer:
        before = self._so_far()
        ack = await self.team.server.delivery.interaction(kind, payload, forged=forged)
        if ack.status >= 300 and not (forged or self.team.server.forged):
            raise NotAcknowledged(f"{payload.get('type') or payload.get('command')} was answered with {ack.status}")
        return Answer(self, ack, *before)

    def _so_far(self) -> tuple[int, int]:
        return len(self.team.shown), len(self.shown_views)

    def _trigger(self, view: View | None = None) -> str:
        return self.team.server.new_trigger(self, view)

    def _find(self, on: Message | View, name: str, beside: str = "") -> Control:
        self._must_see(on)
        return named(on.blocks, name, beside)

    def _must_see(self, on: Message | View) -> None:
        if isinstance(on, Message):
            if not self.sees(on):
                raise CannotDo(f"{self.name} does not see {on}")
        elif on not in (self.modal, self.home):
            raise CannotDo(f"{self.name} does not have {on.title or on.type!r} in front of them")
