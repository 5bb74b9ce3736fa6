"""Slack on loopback, as the real SDK meets it, and what our adapter promises there."""
