"""The engines that the loopback relay plays: one for each that Easel knows, found by its name."""

from importlib import import_module

from aiohttp import web

from bot.domain.engine_info import OTHER_ENGINES
from sandbox.relay.engines.ledger import EngineFake


def find_fake(module: str) -> type[EngineFake]:
    """Find the engine that a module plays.

    Raises:
        LookupError: it plays none.
    """
    for value in vars(import_module(module)).values():
        if isinstance(value, type) and issubclass(value, EngineFake) and value.__module__ == module:
            return value
    raise LookupError(f"{module} has no EngineFake")


FAKES = [find_fake(info.fake) for info in OTHER_ENGINES]


def offered_keys(request: web.Request) -> list[str]:
    """Return the keys that a request may show, each in the way of its family of paths."""
    authorization = request.headers.get("Authorization", "")
    served = [(path, fake) for fake in FAKES for path in fake.paths if request.path.startswith(path)]
    if served:
        _, fake = max(served, key=lambda one: len(one[0]))
        scheme, _, token = authorization.partition(" ")
        return [request.headers.get(fake.key_header, ""), token if scheme in fake.key_schemes else ""]
    return [request.headers.get("mj-api-secret", ""), authorization.removeprefix("Bearer ")]
