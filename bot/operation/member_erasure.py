"""`easel erase`: what `/privacy` does for a member, for an owner whom somebody has asked; while the bot runs or not."""

import asyncio
import re
from dataclasses import dataclass

from bot.clock import Clock
from bot.crypto import Pseudonyms, secret_key
from bot.domain.job import Actor, Subject
from bot.errors import DatabaseBusyError, SettingsError
from bot.jobs.preferences import KINDS
from bot.operation.personal_data import PersonalData
from bot.pictures.places import opened_stock
from bot.settings import Settings
from bot.storage.erasure import Kept
from bot.storage.erasures import WantedErasure
from bot.storage.jobs import JobStore
from bot.storage.visits import Visit, visiting

_USER = re.compile(r"(?:<@!?)?(\d{5,20})>?")  # an id, or how a message mentions somebody
LOOKS, LOOK_S = 120, 0.5  # real seconds; a running bot looks every ten


@dataclass(frozen=True, slots=True)
class _Found:
    """What is kept of a member: jobs with their pictures, and names of preferences and drafts."""

    jobs: Kept
    notes: int

    @property
    def is_nothing(self) -> bool:
        return not (self.jobs.over or self.jobs.going_on or self.jobs.marks or self.notes)


async def erase_member(settings: Settings, user: str, *, is_sure: bool) -> str:
    """Erase a member, or only tell what would go; returns a sentence about it.

    Raises:
        SettingsError: that names nobody, or the database cannot be used.
        DatabaseBusyError: the bot that has the database open does not answer.
    """
    read = _USER.fullmatch(user.strip())
    if read is None:
        raise SettingsError(f"{user!r} is no id of a Discord user: a number such as 704115936220118027.")
    user_id = int(read[1])
    async with visiting(settings.storage.database) as visit:
        found = await _look(visit, user_id)
    if found.is_nothing:
        return f"Nothing is kept of {user_id}, but perhaps units that still count in a budget."
    if not is_sure:
        return f"Of {user_id} would be erased: {_told(found)}. Nothing was changed; add --yes to erase it."
    try:
        await _erase_here(settings, user_id)
    except DatabaseBusyError:
        await _let_bot_erase(settings, user_id)
    async with visiting(settings.storage.database) as visit:
        left = (await _look(visit, user_id)).jobs
    waits = left.over + left.going_on
    later = f" {waits} jobs still go on; the bot erases them within an hour after they end." if waits else ""
    return (
        f"Erased of {user_id}: {_told(found, without=waits)}.{later} Units that count in a budget of this day, week or"
        " month follow when it is over. Messages in Discord stay, and so do backups that were made before."
    )


async def _look(visit: Visit, user_id: int) -> _Found:
    preferences = [name for kind in KINDS for name in [f"{kind}:{user_id}"] if await visit.notes.get(name) is not None]
    return _Found(await visit.erasure.counts(user_id), len(preferences) + len(await visit.notes.about(user_id)))


def _told(found: _Found, *, without: int = 0) -> str:
    count = found.jobs.over + found.jobs.going_on - without
    marks = f", {found.jobs.marks} stars and collections" if found.jobs.marks else ""
    return f"{count} jobs with {found.jobs.pictures} pictures, {found.notes} settings and drafts{marks}"


async def _erase_here(settings: Settings, user_id: int) -> None:
    """Erase in this process: nobody else works on the file, or it is a server's.

    Raises:
        DatabaseBusyError: a bot works on the file.
    """
    clock = Clock(settings.time_scale)
    async with JobStore.opened(settings.storage.database, settings.storage.lease_s) as store:
        stock = await opened_stock(settings, store.kept_pictures, clock)
        key = secret_key(settings.storage.secret_key.get_secret_value(), settings.storage.data_dir)
        await PersonalData(store, stock, clock, Pseudonyms(key)).erase(Actor(user_id))


async def _let_bot_erase(settings: Settings, user_id: int) -> None:
    """Leave a row for the bot that works on the file, and wait until it has done it.

    Raises:
        DatabaseBusyError: it does not.
    """
    async with visiting(settings.storage.database) as visit:
        now = Clock().now()
        await visit.erasures.note(WantedErasure(Subject.MEMBER, user_id, asked_at=now, due_at=now))
        for _look in range(LOOKS):
            if not await visit.erasures.is_due(Subject.MEMBER, user_id, now):
                return
            await asyncio.sleep(LOOK_S)
    raise DatabaseBusyError(
        f"The Easel that works on this database has not erased {user_id} yet; it does so as soon as it can."
    )
