"""Slack: translates what happens there into calls of the core, and cards into Block Kit.  It decides nothing."""
