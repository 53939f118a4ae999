"""`easel health`: whether the bot that runs here lives or is ready, for a container's check and for people."""

import json
from http.client import HTTPConnection, HTTPException

from bot.settings import Settings

ANSWER_LIMIT_S = 8.0  # longer than the bot itself waits for its database
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens, and how it is reached


def ask(settings: Settings, *, ready: bool = False) -> tuple[bool, str]:
    """Ask the running bot whether it lives, or whether it is `ready`; the answer, and a sentence about it.

    A container's check asks the first alone: an outage of Discord must not restart the bot.
    """
    side = settings.web if settings.web.port is not None else settings.metrics
    if side.port is None:
        return False, "Easel cannot be asked how it is: set WEB_PORT or METRICS_PORT."
    host = EVERYWHERE.get(side.host, side.host)
    connection = HTTPConnection(host, side.port, timeout=ANSWER_LIMIT_S)
    try:
        connection.request("GET", "/readyz" if ready else "/livez")
        missing = [str(one) for one in json.loads(connection.getresponse().read())["missing"]]
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as exc:
        return False, f"No Easel answers at {host}, port {side.port}: {type(exc).__name__}."
    finally:
        connection.close()
    if missing:
        return False, f"Easel is not ready: {', '.join(missing)}." if ready else f"Easel lost {', '.join(missing)}."
    return True, "Easel is ready." if ready else "Easel lives."
