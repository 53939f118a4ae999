"""How members like to work: what is remembered of each."""

import re

from bot.jobs import policy
from bot.jobs.models import Actor
from bot.jobs.store import JobStore
from bot.settings import Mode, Settings

_SPEED_FLAG = re.compile(r"(?:(?<=\s)|^)(?:--|\N{EM DASH})(relax|fast|turbo)(?=\s|$)", re.IGNORECASE)


class Preferences:
    """A member's speed and remix switch, in the database's notes."""

    def __init__(self, store: JobStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    async def mode_for(self, actor: Actor, prompt: str) -> tuple[Mode | None, str]:
        """The speed of a new job (its flag counts, then the member, then the owner), and the prompt without flags."""
        flags = _SPEED_FLAG.findall(prompt)
        if flags:
            return Mode(flags[-1].lower()), " ".join(_SPEED_FLAG.sub(" ", prompt).split())
        preferred = await self._store.note(f"mode:{actor.id}")
        return Mode(preferred) if preferred else self._settings.relay_mode, prompt

    async def prefer_mode(self, actor: Actor, mode: Mode) -> None:
        """Remember a member's speed.

        Raises:
            UserError: the owner has switched it off.
        """
        policy.check_mode(self._settings, mode)
        await self._store.set_note(f"mode:{actor.id}", mode)

    async def has_remix(self, actor: Actor) -> bool:
        """Whether a member wants to edit prompts before variations, rerolls and pans."""
        return await self._store.note(f"remix:{actor.id}") == "on"

    async def switch_remix(self, actor: Actor) -> bool:
        """Turn a member's remix switch; returns how it stands now."""
        on = not await self.has_remix(actor)
        await self._store.set_note(f"remix:{actor.id}", "on" if on else "off")
        return on
