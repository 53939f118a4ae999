"""`easel health`: whether the bot that runs here works, for a container's check and whoever wants to know."""

import json
from http.client import HTTPConnection, HTTPException

from bot.settings import Settings

ANSWER_LIMIT_S = 8.0  # longer than the bot itself waits for its database
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens, and how it is reached


def ask(settings: Settings) -> tuple[bool, str]:
    """Ask the running bot at its web side; whether it works, and a sentence about it."""
    port = settings.web.port
    if port is None:
        return False, "Easel cannot be asked how it is: set WEB_PORT."
    host = EVERYWHERE.get(settings.web.host, settings.web.host)
    connection = HTTPConnection(host, port, timeout=ANSWER_LIMIT_S)
    try:
        connection.request("GET", "/healthz")
        found = json.loads(connection.getresponse().read())
        silent = [name for name in ("gateway", "database") if not found[name]]
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as exc:
        return False, f"No Easel answers at {host}, port {port}: {type(exc).__name__}."
    finally:
        connection.close()
    return not silent, f"Easel runs without its {' and '.join(silent)}." if silent else "Easel works."
