"""How the bot is: for service managers, container engines, monitors, and whoever asks with curl."""

from bot.health.judging import Health, Sign
from bot.health.page import HealthPage
from bot.health.pulse import Pulse
from bot.health.watchman import Watchman

__all__ = ["Health", "HealthPage", "Pulse", "Sign", "Watchman"]
