"""Requests to the platforms, counted as they are answered, whichever library made them."""

from http import HTTPStatus
from types import SimpleNamespace

import aiohttp

from bot import metrics

INVALID = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)


def counted(platform: str) -> aiohttp.TraceConfig:
    """For a session of aiohttp: counts answers by their class, and those for which a platform bans who has too many."""

    async def ended(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, told: aiohttp.TraceRequestEndParams
    ) -> None:
        status = told.response.status
        metrics.requests.labels(platform, f"{status // 100}xx").inc()
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            metrics.rate_limited.labels(platform).inc()
        # a limit that others used up does not count: https://discord.com/developers/docs/topics/rate-limits
        if status in INVALID and told.response.headers.get("X-RateLimit-Scope") != "shared":
            metrics.invalid_request(platform)

    async def failed(
        _session: aiohttp.ClientSession, _context: SimpleNamespace, _told: aiohttp.TraceRequestExceptionParams
    ) -> None:
        metrics.requests.labels(platform, "none").inc()

    config = aiohttp.TraceConfig()
    config.on_request_end.append(ended)
    config.on_request_exception.append(failed)
    return config
