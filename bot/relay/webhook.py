"""A message to the owner's own webhook, in the shape that Discord's take: many other services take it, too.

Source: https://docs.discord.com/developers/resources/webhook#execute-webhook
"""

import logging

import aiohttp

from bot.errors import RelayNotReachedError, RelayUnclearError

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 10.0
LATER = (408, 425, 429)  # and all above 499: the same may be taken later


async def post_to_webhook(address: str, text: str) -> bool:
    """Post a message that mentions nobody; returns whether it was taken. The address is a secret and never logged.

    Raises:
        RelayNotReachedError: nobody answers there now; the same may be taken later.
        RelayUnclearError: it answers that it has trouble of its own; as above.
    """
    body = {"content": text, "allowed_mentions": {"parse": []}}
    limit = aiohttp.ClientTimeout(total=TIME_LIMIT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.post(address, json=body, allow_redirects=False) as answer,
        ):
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        raise RelayNotReachedError(type(exc).__name__) from None  # whose text may name the address
    if status >= 500 or status in LATER:
        raise RelayUnclearError(f"status {status}")
    if status >= 300:
        logger.warning("webhook refused status=%d", status)
    return status < 300
