"""What moderators of a server decided: whether it is paused, and who is blocked there."""

from bot.domain.job import Actor, Place
from bot.errors import UserError
from bot.language import _
from bot.storage.audit import Act, ActKind, audit_line
from bot.storage.jobs import JobStore

NOBODY = 0  # an act of the program's own
NOTES = ("paused:", "blocked:", "rules:", "bans:")  # how the names begin of what holds it, and the owner's bans


class Moderation:
    """Pauses and blocks by server. They hold for commands, old buttons, open modals and queued jobs alike."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._paused: set[int] = set()
        self._blocked: set[tuple[int, int]] = set()

    async def load(self) -> None:
        """Read what was decided before this start."""
        self._paused = {int(name.split(":")[1]) for name in await self._store.notes.under("paused:")}
        self._blocked = {
            (int(guild), int(user))
            for _word, guild, user in (name.split(":") for name in await self._store.notes.under("blocked:"))
        }

    @property
    def paused(self) -> frozenset[int]:
        """The servers in which nothing may start."""
        return frozenset(self._paused)

    @property
    def blocked(self) -> frozenset[tuple[int, int]]:
        """Who is blocked: server and member."""
        return frozenset(self._blocked)

    def is_paused(self, guild_id: int | None) -> bool:
        """Whether nothing may start in this server."""
        return guild_id in self._paused

    def is_blocked(self, guild_id: int | None, user_id: int) -> bool:
        """Whether this member may start nothing in this server."""
        return (guild_id, user_id) in self._blocked

    def blocking(self, user_id: int) -> frozenset[int]:
        """The servers whose moderators have blocked somebody."""
        return frozenset(guild for guild, user in self._blocked if user == user_id)

    def check(self, actor: Actor, place: Place) -> None:
        """Refuse what the moderators of the place do not want.

        Raises:
            UserError: the place is paused, or the member blocked.
        """
        self.check_block(actor, place)
        self.check_pause(place)

    def check_block(self, actor: Actor, place: Place) -> None:
        """Refuse whoever is blocked in the place.

        Raises:
            UserError: the member is blocked.
        """
        if self.is_blocked(place.guild_id, actor.id):
            raise UserError(_("You are blocked from using Easel here."))

    def check_pause(self, place: Place) -> None:
        """Refuse what would start in a paused place.

        Raises:
            UserError: the place is paused.
        """
        if self.is_paused(place.guild_id):
            raise UserError(_("Easel is paused on this server. Please try again later."))

    async def pause(self, guild_id: int, by: int = NOBODY) -> None:
        """Let nothing start in this server; each of these acts is written down as somebody's."""
        self._paused.add(guild_id)
        await self._store.notes.set(f"paused:{guild_id}", "1", audit_line(Act(by, guild_id, ActKind.PAUSE)))

    async def resume(self, guild_id: int, by: int = NOBODY) -> None:
        """Let jobs start again."""
        self._paused.discard(guild_id)
        await self._store.notes.delete(f"paused:{guild_id}", audit_line(Act(by, guild_id, ActKind.RESUME)))

    async def block(self, guild_id: int, user_id: int, by: int = NOBODY) -> None:
        """Let this member start nothing in this server."""
        self._blocked.add((guild_id, user_id))
        act = Act(by, guild_id, ActKind.BLOCK, str(user_id))
        await self._store.notes.set(f"blocked:{guild_id}:{user_id}", "1", audit_line(act))

    async def unblock(self, guild_id: int, user_id: int, by: int = NOBODY) -> None:
        """Let this member start jobs again."""
        self._blocked.discard((guild_id, user_id))
        act = Act(by, guild_id, ActKind.UNBLOCK, str(user_id))
        await self._store.notes.delete(f"blocked:{guild_id}:{user_id}", audit_line(act))

    async def forget(self, guild_id: int) -> None:
        """Forget whatever was decided in this server."""
        await self.resume(guild_id)
        for name in await self._store.notes.under(f"blocked:{guild_id}:"):
            await self.unblock(guild_id, int(name.split(":")[2]))
