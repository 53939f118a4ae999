"""The page and the acting API: what a person can do on Discord, as JSON over HTTP.

`docs/sandbox.md` lists the calls. Every call needs the sandbox's key; the Host and Origin headers are checked so
that no other web page can act here.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, WSCloseCode, web

from sandbox.api_guard import PREFIX, guard
from sandbox.bot_calls import BotCalls
from sandbox.bots import Bots
from sandbox.calls import (
    AutocompleteCall,
    ClickCall,
    ContextCall,
    FaultCall,
    ForwardCall,
    ModalCall,
    PostCall,
    PreviewCall,
    ReactCall,
    RelayCall,
    SayCall,
    SelectCall,
    SlashCall,
    TroubleCall,
    VoteCall,
    read,
)
from sandbox.discord.acting import ActingError
from sandbox.discord.server import LoopbackDiscord
from sandbox.relay.profiles import PROFILES
from sandbox.relay.server import LoopbackRelay
from sandbox.troubles import TROUBLES, Troubles
from sandbox.wire import Fault

PAGE = Path(__file__).parent / "page"
MAX_UPLOAD_BYTES = 128 * 1024 * 1024  # above Discord's largest limit, so that the loopback is the one to refuse
FEED_HEARTBEAT_S = 20.0
OWN_RELAY = "The relay is your own; only the loopback one can be changed or made to fail."
LONGEST_NUMBER = 9  # digits


class ActingApi:
    """The calls, over one loopback Discord, perhaps a loopback relay, and perhaps bots."""

    def __init__(
        self,
        discord: LoopbackDiscord,
        relay: LoopbackRelay | None,
        relays: Mapping[str, LoopbackRelay],
        bots: Bots | None,
    ) -> None:
        self._discord = discord
        self._actor = discord.actor
        self._relay = relay
        self._relays = relays  # of several, by their names
        self._bots = bots
        self._feeds: set[web.WebSocketResponse] = set()
        self._commands: dict[str, str] = {}  # by interaction; messages do not tell which command they answer

    def routes(self) -> list[web.RouteDef]:
        """Everything under `/sandbox/api`."""
        messages = f"{PREFIX}/channels/{{channel}}/messages"
        return [
            web.get(f"{PREFIX}/state", self.state),
            web.get(messages, self.messages),
            web.delete(f"{messages}/{{id}}", self.delete_message),
            web.post(f"{PREFIX}/slash", self.slash),
            web.post(f"{PREFIX}/context", self.context),
            web.post(f"{PREFIX}/autocomplete", self.autocomplete),
            web.post(f"{PREFIX}/click", self.click),
            web.post(f"{PREFIX}/select", self.select),
            web.post(f"{PREFIX}/modal", self.modal),
            web.get(f"{PREFIX}/interactions/{{id}}", self.interaction),
            web.post(f"{PREFIX}/say", self.say),
            web.post(f"{PREFIX}/post", self.post),
            web.post(f"{PREFIX}/forward", self.forward),
            web.post(f"{PREFIX}/vote", self.vote),
            web.post(f"{PREFIX}/previews", self.preview),
            web.post(f"{PREFIX}/react", self.react),
            web.post(f"{PREFIX}/upload", self.upload),
            web.post(f"{PREFIX}/faults", self.add_fault),
            web.get(f"{PREFIX}/faults", self.faults),
            web.delete(f"{PREFIX}/faults", self.clear_faults),
            web.post(f"{PREFIX}/troubles", self.make_trouble),
            web.get(f"{PREFIX}/ledger", self.ledger),
            web.get(f"{PREFIX}/relay", self.relay_status),
            web.post(f"{PREFIX}/relay", self.steer_relay),
            web.get(f"{PREFIX}/feed", self.feed),
        ]

    async def state(self, _: web.Request) -> web.Response:
        return web.json_response(self._actor.state())

    async def messages(self, request: web.Request) -> web.Response:
        return web.json_response(self._actor.messages(request.match_info["channel"], user_of(request)))

    async def delete_message(self, request: web.Request) -> web.Response:
        place, message_id = request.match_info["channel"], request.match_info["id"]
        await self._actor.delete_message(place, message_id, user_of(request))
        return web.json_response({})

    async def slash(self, request: web.Request) -> web.Response:
        call = await read(request, SlashCall)
        interaction_id = await self._actor.slash(call.user, call.channel, call.command, dict(call.options), call.locale)
        self._commands[interaction_id] = call.command
        return interaction_answer(interaction_id)

    async def context(self, request: web.Request) -> web.Response:
        call = await read(request, ContextCall)
        interaction_id = await self._actor.context(call.user, call.channel, call.command, call.message_id, call.locale)
        self._commands[interaction_id] = call.command
        return interaction_answer(interaction_id)

    async def autocomplete(self, request: web.Request) -> web.Response:
        call = await read(request, AutocompleteCall)
        choices = await self._actor.autocomplete(
            call.user, call.channel, call.command, dict(call.options), call.focused, call.locale
        )
        return web.json_response({"choices": choices})

    async def click(self, request: web.Request) -> web.Response:
        call = await read(request, ClickCall)
        return interaction_answer(await self._actor.click(call.user, call.message_id, call.custom_id, call.locale))

    async def select(self, request: web.Request) -> web.Response:
        call = await read(request, SelectCall)
        return interaction_answer(
            await self._actor.select(call.user, call.message_id, call.custom_id, call.values, call.locale)
        )

    async def modal(self, request: web.Request) -> web.Response:
        call = await read(request, ModalCall)
        return interaction_answer(
            await self._actor.modal(call.user, call.interaction_id, dict(call.values), call.locale)
        )

    async def interaction(self, request: web.Request) -> web.Response:
        interaction_id = request.match_info["id"]
        command = self._commands.get(interaction_id)
        return web.json_response(self._actor.interaction(interaction_id) | {"command": command})

    async def say(self, request: web.Request) -> web.Response:
        call = await read(request, SayCall)
        poll = None if call.poll is None else call.poll.as_body()
        return web.json_response(
            await self._actor.say(call.user, call.channel, call.content, call.reply_to, call.attachments, poll)
        )

    async def post(self, request: web.Request) -> web.Response:
        call = await read(request, PostCall)
        return web.json_response(
            await self._actor.post(call.user, call.channel, call.title, call.content, call.attachments)
        )

    async def forward(self, request: web.Request) -> web.Response:
        call = await read(request, ForwardCall)
        return web.json_response(await self._actor.forward(call.user, call.message_id, call.channel))

    async def vote(self, request: web.Request) -> web.Response:
        call = await read(request, VoteCall)
        return web.json_response(await self._actor.vote(call.user, call.message_id, call.answers))

    async def preview(self, request: web.Request) -> web.Response:
        call = await read(request, PreviewCall)
        self._actor.preview(call.url, title=call.title, description=call.description, image=call.image)
        return web.json_response({})

    async def react(self, request: web.Request) -> web.Response:
        call = await read(request, ReactCall)
        return web.json_response(await self._actor.react(call.user, call.message_id, call.emoji))

    async def upload(self, request: web.Request) -> web.Response:
        """Take one file; `?user=` names whose limit counts."""
        if not request.content_type.startswith("multipart/"):
            raise ActingError(400, "An upload is multipart, with the part 'file'.")
        try:
            reader = await request.multipart()
            while (part := await reader.next()) is not None:
                if isinstance(part, BodyPartReader) and part.name == "file":
                    data = await part.read(decode=False)
                    upload_id = self._actor.upload(request.query.get("user"), part.filename or "file", bytes(data))
                    return web.json_response({"upload_id": upload_id})
        except (ValueError, AssertionError) as error:  # aiohttp's reader asserts on broken boundaries
            raise ActingError(400, "The multipart body could not be read.") from error
        raise ActingError(400, "The part 'file' is missing.")

    async def add_fault(self, request: web.Request) -> web.Response:
        call = await read(request, FaultCall)
        if call.relay and call.relay not in self._relays:
            raise ActingError(404, f"There is no loopback relay {call.relay}.")
        relay = self._relays[call.relay] if call.relay else self._relay
        side = self._discord if call.side == "discord" else relay
        if side is None:
            raise ActingError(409, OWN_RELAY)
        side.wire.faults.append(Fault(**call.model_dump(exclude={"side", "relay"})))
        return web.json_response({})

    async def faults(self, _: web.Request) -> web.Response:
        sides = [({"side": "discord"}, self._discord.wire)]
        sides += [({"side": "relay"}, self._relay.wire)] if self._relay else []
        others = [(name, one) for name, one in self._relays.items() if one is not self._relay]
        sides += [({"side": "relay", "relay": name}, one.wire) for name, one in others]
        waiting = [side | asdict(fault) for side, wire in sides for fault in wire.faults if fault.times > 0]
        return web.json_response(waiting)

    async def clear_faults(self, _: web.Request) -> web.Response:
        for side in (self._discord, self._relay, *self._relays.values()):
            if side is not None:
                side.wire.faults.clear()
        return web.json_response({})

    async def make_trouble(self, request: web.Request) -> web.Response:
        """Do what a ready-made trouble consists of; the orders that it sends are not waited for."""
        call = await read(request, TroubleCall)
        if self._relay is None:
            raise ActingError(409, OWN_RELAY)
        if call.trouble not in TROUBLES:
            raise ActingError(404, f"There is no trouble {call.trouble}; there are {', '.join(TROUBLES)}.")
        sent = await Troubles(self._actor, self._relay.wire).make(call.trouble, call.user, call.channel)
        self._commands |= dict(sent)
        return web.json_response({"interaction_ids": [interaction_id for interaction_id, _ in sent]})

    async def ledger(self, request: web.Request) -> web.Response:
        """Every request and task, or with `?last=N` the newest N of each."""
        start = -number_of(request, "last")

        def of(relay: LoopbackRelay) -> dict[str, Any]:
            return {"requests": relay.wire.ledger()[start:], "tasks": relay.tasks()[start:]}

        told = {
            "relay": of(self._relay) if self._relay else None,
            "discord": {"requests": self._discord.wire.ledger()[start:]},
        }
        several = {"relays": {name: of(one) for name, one in self._relays.items()}} if self._relays else {}
        return web.json_response(told | several)

    async def relay_status(self, _: web.Request) -> web.Response:
        """What the loopback relay plays; null with a relay of one's own."""
        if self._relay is None:
            return web.json_response(None)
        known = [{"name": profile.name, "summary": profile.summary} for profile in PROFILES.values()]
        now = {"profile": self._relay.profile.name, "speed": self._relay.clock.speed}
        return web.json_response(now | {"profiles": known})

    async def steer_relay(self, request: web.Request) -> web.Response:
        call = await read(request, RelayCall)
        if self._relay is None:
            raise ActingError(409, OWN_RELAY)
        if call.profile is not None and call.profile not in PROFILES:
            raise ActingError(404, f"There is no relay profile {call.profile}; there are {', '.join(PROFILES)}.")
        if call.profile is not None:
            self._relay.profile = PROFILES[call.profile]
        if call.speed is not None:
            self._relay.clock.change_speed(call.speed)
        return await self.relay_status(request)

    async def feed(self, request: web.Request) -> web.WebSocketResponse:
        """Send everything as it happens; what the client says is ignored."""
        socket = web.WebSocketResponse(heartbeat=FEED_HEARTBEAT_S)
        await socket.prepare(request)
        events = self._discord.subscribe()
        processes = [bot.process for bot in self._bots.all] if self._bots else []
        for process in processes:
            process.watch(events)
        self._feeds.add(socket)
        sender = asyncio.create_task(send_events(socket, events), name="feed")
        try:
            async for _ in socket:
                pass
        finally:
            self._feeds.discard(socket)
            for process in processes:
                process.unwatch(events)
            self._discord.unsubscribe(events)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return socket

    async def close_feeds(self, _: web.Application) -> None:
        """Say goodbye to the pages that are open."""
        for socket in list(self._feeds):
            await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the sandbox stops")


async def send_events(socket: web.WebSocketResponse, events: asyncio.Queue[tuple[str, Any]]) -> None:
    """Pass the events on until the page is gone."""
    while True:
        kind, data = await events.get()
        try:
            await socket.send_json({"type": kind, "data": data})
        except ConnectionError:
            return


def interaction_answer(interaction_id: str) -> web.Response:
    """The answer to everything that starts an interaction."""
    return web.json_response({"interaction_id": interaction_id})


def user_of(request: web.Request) -> str:
    """The user in whose name a call without a body is made."""
    user = request.query.get("user")
    if not user:
        raise ActingError(400, "'user' is missing from the address.")
    return user


def number_of(request: web.Request, name: str) -> int:
    """A whole number in the address; 0 when it is not there."""
    text = request.query.get(name, "0")
    if not text.isdecimal() or len(text) > LONGEST_NUMBER:
        raise ActingError(400, f"{name!r} must be a whole number.")
    return int(text)


def build_api(
    discord: LoopbackDiscord,
    relay: LoopbackRelay | None,
    relays: Mapping[str, LoopbackRelay],
    bots: Bots | None,
    database_url: str | None,
    key: str,
) -> web.Application:
    """The web application: the page at `/`, its modules under `/static/`, the calls under `/sandbox/api`."""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self' {discord.origin} data: blob:; media-src {discord.origin}; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )

    async def index(_: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def protect(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-cache"

    api = ActingApi(discord, relay, relays, bots)
    bot_calls = BotCalls(discord, bots, database_url)
    app = web.Application(middlewares=[guard(key)], client_max_size=MAX_UPLOAD_BYTES)
    app.add_routes([web.get("/", index), web.static("/static", PAGE), *api.routes(), *bot_calls.routes()])
    app.on_response_prepare.append(protect)
    app.on_shutdown.append(api.close_feeds)
    return app
