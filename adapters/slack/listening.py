"""What people do in Slack, turned into calls of the core; acknowledged when it is done, or before it gets late."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from adapters.slack import answering, events
from adapters.slack.decode import Acted, Origin, acted, field_of, origin, people_in, quoted, submitted, team_of
from adapters.slack.forms import FORM_SIZE, suggestions
from adapters.slack.grammar import Typed, read_command, usage
from adapters.slack.mrkdwn import Pen
from adapters.slack.references import references
from adapters.slack.team import Team
from bot.actions import Link
from bot.calls import Call, Form, Outcome
from bot.cards import Button, Card, Prose
from bot.effects import Reply
from bot.runtime import Runtime
from bot.text import Command, Reader, Text, joined, lines, said, say

Json = dict[str, Any]
T = TypeVar("T")

log = logging.getLogger(__name__)


ECHO = 300  # characters of what was typed that are shown again


@dataclass(slots=True, eq=False)
class Desk:
    """Takes every kind of payload.  Work goes on in tasks of its own, so that an acknowledgement never waits for it."""

    runtime: Runtime
    teams: dict[str, Team]
    root: str
    ack_after: float  # seconds
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def on_command(self, ack: Any, body: Json) -> None:
        await self._take(ack, body, self._command(origin(body), str(body.get("text") or "")))

    async def on_action(self, ack: Any, body: Json) -> None:
        done = acted((body.get("actions") or [{}])[0])
        if done is None:
            await ack()
            return
        await self._take(ack, body, self._act(origin(body), done))

    async def on_shortcut(self, ack: Any, body: Json) -> None:
        await self._take(ack, body, self._shortcut(origin(body), body))

    async def on_submission(self, ack: Any, body: Json) -> None:
        """Problems are shown beside the fields if they are known in time."""
        came = origin(body)
        team = self.teams.get(came.team)
        if team is None:
            await ack()
            return
        work = self.keep(self._submit(came, body["view"]))
        await asyncio.wait({work}, timeout=self.ack_after)
        if not work.done() or work.exception():
            await ack()
            self.keep(self._show(team, came, work))
            return
        answer, left = answering.acknowledgement(work.result(), body["view"], came, self.root)
        await ack(**answer)
        self.keep(answering.show(team, came, left, self.root))

    async def on_options(self, ack: Any, body: Json) -> None:
        work = self.keep(self._suggest(origin(body), body))
        await asyncio.wait({work}, timeout=self.ack_after)
        await ack(options=work.result() if work.done() and not work.exception() else [])

    async def on_event(self, ack: Any, body: Json) -> None:
        """Acknowledged when it is stored, so that Slack sends it again if we fall over before."""
        team = self.teams.get(team_of(body))
        if team is not None:
            work = events.happened(self.runtime, team, body["event"], str(body.get("event_id", "")), self.root)
            await asyncio.wait({self.keep(work)}, timeout=self.ack_after)
        await ack()

    def keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start some work and hold on to it; what goes wrong in it is in the log."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("something of Slack's could not be handled", exc_info=error)

    async def _take(self, ack: Any, body: Json, work: Coroutine[Any, Any, Outcome]) -> None:
        """What is acknowledged is stored, unless that takes too long; then what came of it is shown."""
        came = origin(body)
        team = self.teams.get(came.team)
        if team is None:
            work.close()
            log.warning("a payload of workspace %s, whose token is not known", came.team)
            await ack()
            return
        task = self.keep(work)
        await asyncio.wait({task}, timeout=self.ack_after)
        await ack()
        self.keep(self._show(team, came, task))

    async def _show(self, team: Team, came: Origin, work: asyncio.Task[Outcome]) -> None:
        await asyncio.wait({work})
        if work.cancelled() or work.exception():
            return  # it is in the log
        outcome = work.result()
        await answering.show(team, came, outcome, self.root)
        if came.home and not any(isinstance(s, Reply) and s.to == "replace" for s in outcome.shown):
            await events.show_home(self.runtime, team, came.user, self.root)

    # From each kind of payload to an outcome.

    async def _command(self, came: Origin, text: str) -> Outcome:
        typed = read_command(text, self.runtime.app.commands, self.runtime.now())
        if typed.action is None or typed.extra:
            account = await self.teams[came.team].people.account(came.user, came.name)
            return Outcome((Reply(self._not_understood(typed)),), Reader(account.locale or "en"))
        return await self._run(came, typed.action.link(), dict(typed.answers), people=set(typed.people))

    async def _act(self, came: Origin, done: Acted) -> Outcome:
        action = self.runtime.app.actions.get(done.link.name)
        if done.form is not None and action is not None and action.asked:
            account = await self.teams[came.team].people.account(came.user, came.name)
            form = Form(done.link, action.title, action.asked[:FORM_SIZE], dict(done.form))
            return Outcome((form,), Reader(account.locale or "en"))
        return await self._run(came, done.link, dict(done.answers))

    async def _shortcut(self, came: Origin, body: Json) -> Outcome:
        app, team = self.runtime.app, self.teams[came.team]
        action = (app.messages | app.shortcuts).get(str(body.get("callback_id", "")))
        link = action.link() if action else Link(str(body.get("callback_id", "")))
        if body.get("type") != "message_action":
            return await self._run(came, link, {})
        message = body.get("message") or {}
        named = {str(message.get("user") or ""), *references(str(message.get("text") or ""), "@")} - {""}
        message_there = quoted(body, await team.people.names(named), team.url, team.bot)
        return await self._run(came, link, {}, quoted=message_there)

    async def _submit(self, came: Origin, view: Json) -> Outcome:
        link = Link.parse(str(view.get("callback_id") or ""))
        return await self._run(came, link, submitted(view), people=people_in(view), submitted=True)

    async def _suggest(self, came: Origin, body: Json) -> list[Json]:
        view, typed = body.get("view") or {}, str(body.get("value") or "")
        team = self.teams[came.team]
        account = await team.people.account(came.user, came.name)
        call = Call(Link.parse(str(view.get("callback_id") or "")), account, came.spot, form_size=FORM_SIZE)
        found, reader = await self.runtime.suggest(call, field_of(str(body.get("block_id", ""))), typed)
        return suggestions(str(body.get("action_id", "")), found, typed, Pen(reader, self.root))

    async def _run(
        self, came: Origin, link: Link, answers: dict[str, Any], *, people: set[str] | None = None, **more: Any
    ) -> Outcome:
        directory = self.teams[came.team].people
        account = await directory.account(came.user, came.name)
        names = await directory.names(people or ())
        call = Call(link, account, came.spot, answers, came.key, form_size=FORM_SIZE, people=names, **more)
        return await self.runtime.run(call)

    def _not_understood(self, typed: Typed) -> Card:
        """The nearest commands, or how this one is typed; and always the way to help."""
        helping = self.runtime.app.commands.get("help")
        ways = [a for a in (typed.near if typed.action is None else (typed.action,)) if a is not helping]
        if typed.action is None:
            text = say("I do not know “{typed}”.", typed=typed.extra[:ECHO])
        else:
            text = say("I do not know what “{typed}” is for. Nothing was done.", typed=typed.extra[:ECHO])
        how = lines(*(say("`{usage}`: {about}", usage=usage(self.root, a), about=a.about) for a in ways))
        near = say("Did you mean one of these?") if typed.action is None and ways else Text()
        more = say("{help} shows everything.", help=Command("help"))
        buttons = tuple(Button(said(a.command), a.link()) for a in ways)
        ask = (Button(say("Help"), helping.link()),) if helping else ()
        return Card(blocks=(Prose(joined((text, near), " ")), *((Prose(how),) if ways else ()), Prose(more)),
                    controls=(*buttons, *ask), tone="watch")  # fmt: skip
