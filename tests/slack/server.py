"""The server: one port of loopback, several workspaces, and everything that was asked of it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from tests import canaries
from tests.record import Record
from tests.slack.delivery import Ack, Delivery
from tests.slack.faults import Faults
from tests.slack.forms import View
from tests.slack.pace import Pace
from tests.slack.records import Request, ResponseUrl, Trigger, Upload
from tests.slack.sockets import Sockets
from tests.slack.teams import Channel, Team
from tests.slack.waiting import Changes, Clock
from tests.slack.web import Web

if TYPE_CHECKING:
    from tests.slack.messages import Message
    from tests.slack.people import Person

Json = dict[str, Any]

BOT_TOKEN = canaries.SLACK_BOT_TOKEN
APP_TOKEN = canaries.SLACK_APP_TOKEN
SIGNING_SECRET = canaries.SLACK_SIGNING_SECRET
ACK_WITHIN = 3.0  # seconds


class SlackServer:
    """Slack, as far as our bot can tell.  `log` keeps every request, `problems` everything Slack would have refused."""

    def __init__(
        self,
        *,
        name: str = "Practice",
        channels: Iterable[str] = ("general", "announcements", "welcome"),
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        signing_secret: str = SIGNING_SECRET,
        clock: Clock | None = None,
    ) -> None:
        self.app_token = app_token
        self.signing_secret = signing_secret
        self.url = ""
        self.clock = clock or Clock()
        self.evidence = Record("slack", lambda: datetime.fromtimestamp(self.clock.now(), UTC))
        self.witness: Callable[[str, str], None] = lambda _stage, _method: None  # of requests: arrived, done
        self.pace = Pace(self.clock.now)
        self.history_lag = 0.0  # seconds until a message is found in the history
        self.changes = Changes()
        self.faults = Faults()
        self.log: list[Request] = []
        self.problems: list[str] = []
        self.numbers = count(1)
        self.app_id = self.new_id("A")
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.views: dict[str, View] = {}
        self.uploads: dict[str, Upload] = {}
        self.ack_within = ACK_WITHIN
        self.repeat_events = 1  # how often every event is delivered, with one event_id
        self.subscribed: set[str] | None = None  # the events the app asked for in its manifest; None means all
        self.http_target: str | None = None  # a request URL instead of a socket
        self.forged = False  # sign with a wrong secret
        self.sockets = Sockets(self)
        self.delivery = Delivery(self)
        self.web = Web(self)
        self.teams: list[Team] = []
        self.default = self.team(name, channels=channels, bot_token=bot_token)
        self._runner: web.AppRunner | None = None

    @property
    def api(self) -> str:
        return f"{self.url}/api/"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def scopes(self) -> set[str]:
        """What the bot may do in the default workspace; take some away."""
        return self.default.scopes

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self.numbers):09d}"

    def team(
        self,
        name: str,
        *,
        channels: Iterable[str] = ("general", "announcements", "welcome"),
        bot_token: str = "",
        paid: bool = False,
    ) -> Team:
        """The workspace of that name, made when there is none."""
        for team in self.teams:
            if team.name == name:
                team.paid = paid or team.paid
                return team
        team = Team(self, name, channels, bot_token or f"xoxb-{len(self.teams)}", paid)
        self.teams.append(team)
        return team

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listens on loopback; the same port again after `stop` is an outage that ends."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self.web.api)
        app.router.add_post("/response/{key}", self.web.response_url)
        app.router.add_post("/upload/{file}", self.web.upload)
        app.router.add_get("/link/", self.sockets.connect)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = "http://{}:{}".format(*self._runner.addresses[0])

    async def stop(self) -> None:
        if self._runner:
            for site in self._runner.sites:  # nobody comes in any more who would then be left hanging
                await site.stop()
        await self.delivery.close()
        await self.sockets.close()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def ready(self, sockets: int = 1) -> None:
        """Until so many sockets are connected."""
        await self.changes.until(
            lambda: len(self.sockets.ready) >= sockets, lambda: f"only {len(self.sockets.ready)} sockets are connected"
        )

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Asks the bot to connect again; `ready()` waits for it."""
        await self.sockets.disconnect(reason)

    def drop_socket(self) -> None:
        self.sockets.drop()

    async def verify_url(self) -> Ack:
        return await self.delivery.verify_url()

    def record(self, request: Request) -> None:
        self.log.append(request)
        self.changes.happened()

    def calls(self, method: str) -> list[Json]:
        """The arguments of every call of a method, the oldest first."""
        return [request.arguments for request in self.log if request.method == method]

    async def called(self, method: str, times: int = 1) -> Json:
        """The arguments of a method's latest call, once it was called so often."""
        await self.changes.until(
            lambda: len(self.calls(method)) >= times,
            lambda: f"{method} was not called {times} times; there were {[request.method for request in self.log]}",
        )
        return self.calls(method)[-1]

    def new_trigger(self, person: "Person", view: View | None = None) -> str:
        key = f"{self.new_id('TRIGGER')}.{person.id}"
        self.triggers[key] = Trigger(person, self.clock.added, view)
        return key

    def new_response_url(self, person: "Person", channel: Channel, message: "Message | None" = None) -> str:
        key = self.new_id("R")
        self.response_urls[key] = ResponseUrl(person, channel, self.clock.added, message)
        return f"{self.url}/response/{key}"
