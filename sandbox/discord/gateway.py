"""The gateway: sessions that identify, beat, resume, and receive events as the real one sends them."""

import asyncio
import importlib
import json
import secrets
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from sandbox.discord.events import Intent
from sandbox.discord.model import Guild, Payload
from sandbox.discord.payloads import APPLICATION_FLAGS, Payloads
from sandbox.discord.session_starts import MOST_GUILDS, SessionStarts
from sandbox.discord.state import State

HEARTBEAT_MS = 41_250
# Real seconds. Clients note when they sent a heartbeat after they have sent it, discord.py even in another thread: an
# answer that is there before looks as old as the heartbeat before, and the client complains that it cannot keep up.
ACKNOWLEDGED_AFTER_S = 0.2
REPLAYED_EVENTS = 500
MAX_CLIENT_BYTES = 4096
LONGEST_NONCE = 32  # bytes; a longer one is ignored. Source: https://docs.discord.com/developers/events/gateway-events
MAX_CLIENT_EVENTS = 120  # per minute and connection
VERSIONS = ("9", "10")
# Every intent that Discord's documents list, the bits 0 to 16, 20, 21, 24 and 25, and 17: interactions.py sends it by
# default and is served.
KNOWN_INTENTS = (1 << 18) - 1 | 1 << 20 | 1 << 21 | 1 << 24 | 1 << 25
FORBIDDEN_INTENTS = Intent.GUILD_PRESENCES  # the application has the other privileged ones
NO_STATUS, ABNORMAL = 1005, 1006  # never on the wire
PLAIN_CLOSES = {WSCloseCode.OK, WSCloseCode.GOING_AWAY}  # these end a session, all others keep it


class Close(Exception):  # noqa: N818 - control flow inside this module, not an error
    """Ends a connection with one of the gateway's own codes."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


def make_compressor(kind: str | None) -> Callable[[bytes], bytes] | None:
    """The transport compression that a client asked for, if this Python can do it; else plain text is sent."""
    if kind == "zlib-stream":
        stream = zlib.compressobj()
        return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)
    return make_zstd_stream() if kind == "zstd-stream" else None


def make_zstd_stream() -> Callable[[bytes], bytes] | None:
    """One zstd frame, flushed after each event: by Python's own module (from 3.14 on) or the `zstandard` package."""
    with suppress(ImportError):
        own = importlib.import_module("compression.zstd").ZstdCompressor()
        return lambda data: bytes(own.compress(data, own.FLUSH_BLOCK))
    with suppress(ImportError):
        package = importlib.import_module("zstandard")
        frame = package.ZstdCompressor().compressobj()
        return lambda data: bytes(frame.compress(data) + frame.flush(package.COMPRESSOBJ_FLUSH_BLOCK))
    return None


class Connection:
    """One socket; a single writer keeps the compressed stream in order."""

    def __init__(self, socket: web.WebSocketResponse, compression: str | None) -> None:
        self.socket = socket
        self.received: deque[float] = deque(maxlen=MAX_CLIENT_EVENTS)
        self._compress = make_compressor(compression)
        self._outbox: asyncio.Queue[Payload] = asyncio.Queue()

    def send(self, op: int, data: Any = None, *, event: str | None = None, seq: int | None = None) -> None:
        """Queue one payload."""
        self._outbox.put_nowait({"op": op, "d": data, "s": seq, "t": event})

    async def write(self) -> None:
        """Send what is queued until the socket closes."""
        with suppress(ConnectionError):
            while not self.socket.closed:
                text = json.dumps(await self._outbox.get())
                if self._compress is None:
                    await self.socket.send_str(text)
                else:
                    await self.socket.send_bytes(self._compress(text.encode()))

    def abort(self) -> None:
        """Cut the connection as a broken network would."""
        transport = self.socket._req.transport if self.socket._req else None  # noqa: SLF001 - no public way
        if transport is not None:
            transport.abort()


@dataclass
class Session:
    """What survives a lost connection: the numbering, the events to replay, and whom it is for."""

    intents: Intent
    shard: tuple[int, int]
    connection: Connection | None
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    replay: deque[tuple[int, str, Payload]] = field(default_factory=lambda: deque(maxlen=REPLAYED_EVENTS))

    def wants(self, guild_id: int | None, intent: Intent) -> bool:
        """Whether an event belongs to this shard and was asked for."""
        own, total = self.shard
        return own == ((guild_id or 0) >> 22) % total and self.intents & intent == intent

    def dispatch(self, event: str, data: Payload) -> None:
        """Number an event, keep it for a resume, and send it if anyone listens."""
        self.seq += 1
        self.replay.append((self.seq, event, data))
        if self.connection is not None:
            self.connection.send(0, data, event=event, seq=self.seq)


class Gateway:
    """All sessions of the one bot.

    A shard may have several, and each gets its events. Sources: https://docs.discord.com/developers/events/gateway
    ("Sharding"), and two sessions side by side for hours in NousResearch/hermes-agent#7. Another bot saw the later one
    stay silent while the first was connected (openab#455), which `is_second_silent` plays.
    """

    def __init__(self, state: State, payloads: Payloads, token: str, on_change: Callable[[], None]) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.starts = SessionStarts(state.clock)
        self.is_second_silent = False
        self._state = state
        self._payloads = payloads
        self._token = token
        self._on_change = on_change

    @property
    def is_connected(self) -> bool:
        """Whether a bot has identified itself and is still there, with all of its shards."""
        there = {session.shard for session in self.sessions.values() if session.connection is not None}
        totals = {total for _own, total in there}
        return any({(own, total) for own in range(total)} <= there for total in totals)

    def dispatch(
        self, event: str, data: Payload, guild_id: int | None, intent: Intent, blanked: Payload | None
    ) -> None:
        """Send an event to every session that should see it; `blanked` where contents may not be read."""
        heard: set[tuple[int, int]] = set()
        for session in self.sessions.values():
            if session.wants(guild_id, intent) and not (self.is_second_silent and session.shard in heard):
                if session.connection is not None:
                    heard.add(session.shard)
                is_blind = blanked is not None and not session.intents & Intent.MESSAGE_CONTENT
                session.dispatch(event, blanked if blanked is not None and is_blind else data)

    def reconnect(self) -> None:
        """Ask every client to come back (op 7)."""
        self._tell_all(7, None)

    def invalidate(self, *, is_resumable: bool) -> None:
        """Tell every client that its session is over (op 9)."""
        connections = self._connections()
        if not is_resumable:
            self.sessions.clear()
            self._on_change()
        for connection in connections:
            connection.send(9, is_resumable)

    async def close(self, code: int) -> None:
        """Close all connections with a code."""
        for connection in self._connections():
            await connection.socket.close(code=code)

    def abort(self) -> None:
        """Cut all connections."""
        for connection in self._connections():
            connection.abort()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection from its HELLO to its end."""
        if request.query.get("v", VERSIONS[-1]) not in VERSIONS:
            return await _refuse(request, 4012, "Invalid API version.")
        socket = web.WebSocketResponse(max_msg_size=0, timeout=1.0, autoclose=False)
        await socket.prepare(request)
        connection = Connection(socket, request.query.get("compress"))
        connection.send(10, {"heartbeat_interval": HEARTBEAT_MS, "_trace": []})
        writer = asyncio.create_task(connection.write(), name="gateway-writer")
        session: Session | None = None
        try:
            async for message in socket:
                session = self._receive(connection, session, message)
            await socket.close(code=_echoed(socket.close_code))
        except Close as close:
            await socket.close(code=close.code, message=close.reason.encode())
        finally:
            writer.cancel()
            if session is not None and session.connection is connection:
                session.connection = None
                if socket.close_code in PLAIN_CLOSES:
                    self.sessions.pop(session.id, None)
                self._on_change()
        return socket

    def _receive(self, connection: Connection, session: Session | None, message: WSMessage) -> Session | None:
        payload = _decode(message)
        now = time.monotonic()
        received = connection.received
        if len(received) == MAX_CLIENT_EVENTS and now - received[0] < 60:
            raise Close(4008, "You are being rate limited.")
        received.append(now)
        op, data = payload.get("op"), payload.get("d") or {}
        if op == 1:
            asyncio.get_running_loop().call_later(ACKNOWLEDGED_AFTER_S, connection.send, 11)
            return session
        if op == 2:
            if session is not None:
                raise Close(4005, "Already authenticated.")
            return self._identify(connection, data)
        if op == 6:
            return self._resume(connection, data)
        if session is None:
            raise Close(4003, "Not authenticated.")
        if op == 8:
            self._send_members(session, data)
        elif op == 31:
            for guild_id in data.get("guild_ids") or []:
                session.dispatch("SOUNDBOARD_SOUNDS", {"guild_id": str(guild_id), "soundboard_sounds": []})
        elif op not in (3, 4):
            raise Close(4001, "Unknown opcode.")
        return session

    def _identify(self, connection: Connection, data: Payload) -> Session | None:
        self._check_token(data)
        if not isinstance(data.get("intents"), int) or data["intents"] & ~KNOWN_INTENTS:
            raise Close(4013, "Invalid intent(s).")
        intents = Intent(data["intents"])
        if intents & FORBIDDEN_INTENTS:
            raise Close(4014, "Disallowed intent(s).")
        own, total = _shard_of(data)
        if not self.starts.remaining:
            self._reset_token()
        if not self.starts.take(own, total):
            connection.send(9, data=False)
            return None
        session = Session(intents, (own, total), connection)
        guilds = [g for g in self._state.bot_guilds() if session.wants(g.id, Intent(0))]
        if len(guilds) > MOST_GUILDS:
            raise Close(4011, "Sharding required.")
        # a client that starts anew will not come back for what its killed predecessor left
        self.sessions = {
            key: other
            for key, other in self.sessions.items()
            if other.connection is not None or other.shard != session.shard
        }
        self.sessions[session.id] = session
        session.dispatch("READY", self._ready(session, guilds))
        if intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", self._payloads.guild_create(guild))
        self._on_change()
        return session

    def _reset_token(self) -> None:
        """End everything, as Discord does with a bot that has no starts left. Source: the same page, "Identifying"."""
        self._token = secrets.token_hex()
        for connection in self._connections():
            connection.abort()
        self.sessions.clear()
        raise Close(4004, "Authentication failed.")

    def _ready(self, session: Session, guilds: Sequence[Guild]) -> Payload:
        return {
            "v": 10,
            "user": self._payloads.me(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {
                "id": str(self._state.application_id),
                "flags": APPLICATION_FLAGS,
                "flags_new": str(APPLICATION_FLAGS),
            },
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "geo_ordered_rtc_regions": [],
            "user_settings": {},
            "_trace": [],
        }

    def _resume(self, connection: Connection, data: Payload) -> Session | None:
        self._check_token(data)
        session = self.sessions.get(data.get("session_id", ""))
        seq = data.get("seq") or 0
        if session is None or session.replay[0][0] > seq + 1:
            connection.send(9, data=False)
            return None
        if seq > session.seq:
            raise Close(4007, "Invalid seq.")
        if session.connection is not None:
            session.connection.abort()
        session.connection = connection
        for number, event, missed in session.replay:
            if number > seq:
                connection.send(0, missed, event=event, seq=number)
        session.dispatch("RESUMED", {"_trace": []})
        self._on_change()
        return session

    def _check_token(self, data: Payload) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise Close(4004, "Authentication failed.")

    def _send_members(self, session: Session, data: Payload) -> None:
        given = data.get("guild_id")
        guild_id = str(given[0] if isinstance(given, list) and given else given)
        guild = self._state.guilds.get(int(guild_id)) if guild_id.isdecimal() else None
        if guild is None or guild not in self._state.bot_guilds():
            return  # as nothing comes from a server that a bot is not in
        wanted = data.get("user_ids")
        wanted_ids = {int(i) for i in (wanted if isinstance(wanted, list) else [wanted])} if wanted else None
        query, nonce = data.get("query") or "", data.get("nonce")
        users = [self._state.users[user_id] for user_id in guild.roles_by_member]
        found = [
            user
            for user in users
            if (user.id in wanted_ids if wanted_ids is not None else user.username.startswith(query))
        ]
        session.dispatch(
            "GUILD_MEMBERS_CHUNK",
            {
                "guild_id": guild_id,
                "members": [self._payloads.member(user, guild) for user in found],
                "not_found": [str(user_id) for user_id in (wanted_ids or ()) if user_id not in guild.roles_by_member],
                "chunk_index": 0,
                "chunk_count": 1,
                "nonce": nonce if len(str(nonce).encode()) <= LONGEST_NONCE else None,
            },
        )

    def _tell_all(self, op: int, data: Any) -> None:
        for connection in self._connections():
            connection.send(op, data)

    def _connections(self) -> list[Connection]:
        return [session.connection for session in self.sessions.values() if session.connection is not None]


def _shard_of(data: Payload) -> tuple[int, int]:
    """Which part of the servers a client asked for: its number, and of how many."""
    match data.get("shard"):
        case None:
            return 0, 1
        case [int(own), int(total)] if 0 <= own < total:
            return own, total
    raise Close(4010, "Invalid shard.")


async def _refuse(request: web.Request, code: int, reason: str) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close(code=code, message=reason.encode())
    return socket


def _echoed(code: int | None) -> int:
    """The code with which a client's close is answered: its own, if it named one. Source: RFC 6455, 5.5.1."""
    return WSCloseCode.OK if code in (None, NO_STATUS, ABNORMAL) else code


def _decode(message: WSMessage) -> Payload:
    # some libraries send JSON in binary frames
    if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY) or len(message.data) > MAX_CLIENT_BYTES:
        raise Close(4002, "Error while decoding payload.")
    try:
        payload = json.loads(message.data)
    except ValueError as error:
        raise Close(4002, "Error while decoding payload.") from error
    if not isinstance(payload, dict):
        raise Close(4002, "Error while decoding payload.")
    return payload
