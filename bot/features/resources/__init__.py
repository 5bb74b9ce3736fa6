"""The library: share what helped you and say why, save what others wrote with their consent, and find it again."""

from bot.features.resources import erasing, finding, saving, sharing, table
from bot.features.resources.library import resources

__all__ = ["erasing", "finding", "resources", "saving", "sharing", "table"]
