"""Ready-made troubles: what one member or an odd relay does that must not be felt by anybody else.

Each is what strangers tried on the bot: the fault panel has a button for it, and the acting API a call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from types import MappingProxyType

from sandbox.discord.acting import Actor
from sandbox.hostile_pictures import endless_jpeg
from sandbox.wire import Fault, Wire

OPTION = "zq"
OPTION_USES = 1_199  # "--zq " as often as a command's text of 6,000 characters holds it
OPTION_TEXT = 990  # characters that the option stands for; 1,000 may be kept
LONG_ORDERS = 4
QUOTED = "insufficient quota, invalid token, too many requests, no such model"
QUOTED_ORDERS = 5
UNREADABLE_LOOKS = 60
LIST_PATH = "*/mj/task/list-by-condition"
NO_PAGE = "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>"
ANSWER_LIMIT_S = 3.0
LOOK_S = 0.05

Sent = list[tuple[str, str]]  # interactions and their commands


class Troubles:
    """Makes them, in the name of a user and in a channel where they may use commands."""

    def __init__(self, actor: Actor, relay: Wire) -> None:
        self._actor = actor
        self._relay = relay

    async def make(self, name: str, user: str, channel: str) -> Sent:
        """Do what the trouble consists of; returns what was sent to the bot.

        Raises:
            KeyError: there is no such trouble.
            ActingError: the user may not do this here, or the bot has no such command.
        """
        return await TROUBLES[name](self, user, channel)

    async def hostile_picture(self, user: str, channel: str) -> Sent:
        """Order with a JPEG of 300 kB whose 3,000 scans take a decoder minutes."""
        upload = self._actor.upload(user, "holiday.jpg", await asyncio.to_thread(endless_jpeg))
        return [await self._slash(user, channel, "imagine", prompt="the same in winter", image1=upload)]

    async def long_option(self, user: str, channel: str) -> Sent:
        """Keep a long option, and use it 1,199 times in each of some orders: a megabyte once it is put in."""
        text = " ".join(f"--zq{number} {number}" for number in range(OPTION_TEXT))[:OPTION_TEXT].rpartition(" ")[0]
        kept = await self._slash(user, channel, "prefer option set", option=OPTION, value=text)
        await self._answered(kept[0])
        prompt = " ".join([f"--{OPTION}"] * OPTION_USES)
        return [kept, *[await self._slash(user, channel, "imagine", prompt=prompt) for _ in range(LONG_ORDERS)]]

    async def quoting_relay(self, user: str, channel: str) -> Sent:
        """Order what the relay refuses by quoting it: words that sound like its own trouble."""
        prompt = f"a sign: {QUOTED} --sandbox-quote"
        sent = [await self._slash(user, channel, "imagine", prompt=prompt) for _ in range(QUOTED_ORDERS)]
        return [
            *sent,
            *[
                await self._slash(user, channel, "jimeng generate", prompt="a sign", ratio=QUOTED)
                for _ in range(QUOTED_ORDERS)
            ],
        ]

    async def unreadable_list(self, _user: str, _channel: str) -> Sent:
        """Let the relay answer a web page when it is asked about all tasks at once, for a while."""
        self._relay.faults.append(
            Fault(method="POST", path=LIST_PATH, status=404, body=NO_PAGE, times=UNREADABLE_LOOKS)
        )
        return []

    async def _slash(self, user: str, channel: str, command: str, **options: str) -> tuple[str, str]:
        return await self._actor.slash(user, channel, command, dict(options)), command

    async def _answered(self, interaction_id: str) -> None:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            while self._actor.interaction(interaction_id)["state"] == "pending":  # noqa: ASYNC110 - a state, no event
                await asyncio.sleep(LOOK_S)


TROUBLES: MappingProxyType[str, Callable[[Troubles, str, str], Awaitable[Sent]]] = MappingProxyType(
    {
        "hostile-picture": Troubles.hostile_picture,
        "long-option": Troubles.long_option,
        "quoting-relay": Troubles.quoting_relay,
        "unreadable-list": Troubles.unreadable_list,
    }
)
