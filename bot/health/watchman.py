"""The watchman: pulse, page and service manager, for as long as the process runs."""

from bot.config import Health as Settings
from bot.engine import Engine
from bot.health import systemd
from bot.health.judging import Health
from bot.health.page import HealthPage
from bot.health.pulse import Pulse


class Watchman:
    """Begins before the platforms are asked, so that a start that hangs is seen, and ends after them."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._pulse = Pulse()
        self.health = Health(engine, self._pulse)
        self._page = HealthPage(self.health, settings.host, settings.port) if settings.enabled else None

    async def start(self) -> None:
        self._pulse.start(self.health.well)
        if self._page is not None:
            await self._page.start()

    def ready(self, text: str) -> None:
        """The platforms were asked, and at least one is there."""
        self.health.started = True
        systemd.notify("READY=1", f"STATUS={' '.join(text.split())}")

    def stopping(self) -> None:
        """From now on nothing new should come to this process."""
        self.health.stopping = True
        systemd.notify("STOPPING=1", "STATUS=finishing what is under way")

    async def stop(self) -> None:
        if self._page is not None:
            await self._page.stop()
        await self._pulse.stop()
