"""The background loop that erases whoever is to be erased: members, and servers that the bot left, once it is time."""

import logging

from bot.clock import Clock
from bot.crypto import Pseudonyms
from bot.domain.job import Subject
from bot.jobs.moderation import Moderation
from bot.operation.left_guilds import OwnGuilds
from bot.operation.personal_data import AGAIN_S, PersonalData, Removing
from bot.operation.sweeper import DAY_S
from bot.storage.erasures import WantedErasure
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

MONTH_S = 32 * DAY_S
LOOK_S = 10.0  # real seconds: `easel erase` leaves a row for a running bot, and waits for it


class Eraser:
    """Does what is noted in `Erasures`; of several processes one does it for all."""

    def __init__(
        self,
        store: JobStore,
        pictures: Removing,
        personal_data: PersonalData,
        moderation: Moderation,
        pseudonyms: Pseudonyms,
        guilds: OwnGuilds,
        clock: Clock,
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._personal_data = personal_data
        self._moderation = moderation
        self._pseudonyms = pseudonyms
        self._guilds = guilds
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.erase_due()
            except Exception:  # tried again soon; the row is still there
                logger.exception("nothing erased")
            await self._clock.sleep(self._clock.scale * LOOK_S)

    async def erase_due(self) -> None:
        """Erase what is due."""
        for wanted in await self._store.erasures.due(self._clock.now()):
            if not await self._store.shared_limits.take_turn("erase", LOOK_S / 2):
                return
            match wanted.subject:
                case Subject.MEMBER:
                    await self._personal_data.forget_notes(wanted.subject_id)
                    await self._personal_data.finish(wanted)
                case Subject.GUILD:
                    await self._erase_if_left(wanted)

    async def _erase_if_left(self, wanted: WantedErasure) -> None:
        """Erase a server unless it has the bot again, which nobody has noticed yet where the bot was away as well."""
        try:
            is_back = await self._guilds.has(wanted.subject_id)
        except Exception as exc:  # noqa: BLE001 - Discord cannot say now
            logger.info("server not erased yet guild_id=%d error=%s", wanted.subject_id, type(exc).__name__)
            await self._store.erasures.postpone(wanted, self._clock.after(AGAIN_S))
            return
        if is_back:
            await self._store.erasures.drop(wanted)
            logger.info("server is back guild_id=%d", wanted.subject_id)
        else:
            await self._erase_guild(wanted)

    async def _erase_guild(self, wanted: WantedErasure) -> None:
        """Let only what its jobs cost stay of a server, and nothing that its moderators decided."""
        guild_id = wanted.subject_id
        await self._moderation.forget(guild_id)  # first, since it is written down as what moderators do
        today = self._clock.now().date().isoformat()
        emptied = await self._store.emptying.empty_guild(guild_id, self._pseudonyms.of, today)
        await self._pictures.remove(emptied.pictures - await self._store.needed_pictures())
        if await self._store.guild_jobs.has_more(guild_id):
            await self._store.erasures.postpone(wanted, self._clock.after(AGAIN_S))
        elif emptied.jobs:  # what was spent in this month still counts against its members' budgets
            await self._store.erasures.postpone(wanted, self._clock.after(MONTH_S))
        else:
            await self._store.erasures.drop(wanted)
        await self._store.database.forget_deleted()
        logger.info("server erased guild_id=%d jobs=%d", guild_id, emptied.jobs)
