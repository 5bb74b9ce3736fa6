"""A small Discord of our own on loopback, so that the real discord.py runs in tests without the real Discord."""

from tests.discord.server import BOT_TOKEN, DiscordServer

__all__ = ["BOT_TOKEN", "DiscordServer"]
