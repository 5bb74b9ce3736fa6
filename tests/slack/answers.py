"""What came of something a person did."""

from typing import TYPE_CHECKING, Any

from tests.slack.delivery import Ack
from tests.slack.forms import View
from tests.slack.messages import Message

if TYPE_CHECKING:
    from tests.slack.people import Person

Json = dict[str, Any]


class Answer:
    """The acknowledgement at once, and what followed for that person since; more may come later."""

    def __init__(self, person: "Person", ack: Ack, messages_before: int, views_before: int) -> None:
        self.person = person
        self.status = ack.status
        self.ack = ack.payload
        self._messages_before = messages_before
        self._views_before = views_before

    @property
    def errors(self) -> dict[str, str]:
        """What the bot says is wrong in a form, by block_id."""
        answer = self.ack or {}
        return dict(answer["errors"]) if answer.get("response_action") == "errors" else {}

    @property
    def views(self) -> list[View]:
        """Every modal opened, updated or pushed since."""
        return [view for view in self.person.shown_views[self._views_before :] if view.type == "modal"]

    @property
    def view(self) -> View | None:
        """The newest of them, so far; `modal()` waits for it."""
        return self.views[-1] if self.views else None

    @property
    def messages(self) -> list[Message]:
        """Everything the person could see posted or changed since, each message once."""
        seen = self.person.team.shown[self._messages_before :]
        return [m for n, m in enumerate(seen) if self.person.sees(m) and m not in seen[:n]]

    @property
    def private(self) -> list[Message]:
        """Those for nobody but them."""
        return [message for message in self.messages if message.ephemeral or message.channel.kind == "im"]

    @property
    def text(self) -> str:
        """What they were told so far: privately, or else in public."""
        return "\n".join(message.text for message in self.private or self.messages)

    async def message(self, containing: str = "") -> Message:
        """The first message that is for this person alone."""
        return await self.person.team.server.changes.until(
            lambda: next((message for message in self.private if containing in message.text), None),
            lambda: f"{self.person.name} got no private answer with {containing!r}; {self._there()}",
        )

    async def modal(self) -> View:
        """The modal that opens, now or soon."""
        return await self.person.team.server.changes.until(
            lambda: self.view, lambda: f"no modal opened for {self.person.name}; {self._there()}"
        )

    def _there(self) -> str:
        server = self.person.team.server
        last = [request.method for request in server.log[-5:]]
        return f"acknowledged with {self.ack}, messages {self.messages}, last calls {last}, problems {server.problems}"
