"""Which alerts are open, for all processes and across restarts: each is told by one of them, and once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from bot.clock import Clock
from bot.domain.alerts import Alert, Level
from bot.storage.key_values import KeyValues

NOTE = "alert:"  # how the names of the notes begin that they stand in
UNTOLD_FOR_S = 120.0  # real seconds after which what was claimed and not told is anybody's again


class _Kept(BaseModel):
    """An alert as its note has it; `at` is when it was claimed last, and `since` when it began."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    level: Level
    since: datetime
    at: datetime
    is_told: bool = False
    lasts: bool = True


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """What there is to tell of an alert: its text in the owner's language, and when it began."""

    key: str
    text: str
    level: Level
    since: datetime


class OpenAlerts:
    """Claims what is to be told; a claim that nobody made good within two minutes is taken up by another one."""

    def __init__(self, notes: KeyValues, clock: Clock) -> None:
        self._notes = notes
        self._clock = clock
        self._known: dict[str, Level] = {}  # those that last, as they were read last

    def is_open(self, key: str) -> bool:
        """Tell whether an alert was open when that was read last."""
        return key in self._known

    def is_news(self, alert: Alert) -> bool:
        """Tell whether there is anything to claim, as far as is known without asking the database."""
        known = self._known.get(alert.key)
        return known is None or known is not alert.level

    def unclaimed(self, alert: Alert, text: str) -> ToldAlert:
        """Return an alert as it is told where the database cannot say whether it was."""
        return ToldAlert(alert.key, text, alert.level, self._clock.now())

    async def load(self) -> None:
        """Read which alerts are open: another process, or the one before, may have told them."""
        found: dict[str, Level] = {}
        for name in await self._notes.under(NOTE):
            _value, kept = await self._read(name)
            if kept is not None and kept.lasts:
                found[name.removeprefix(NOTE)] = kept.level
        self._known = found

    async def claim(self, alert: Alert, text: str) -> ToldAlert | None:
        """Take it upon this process to tell an alert; None where it was told, or is being told by another one."""
        value, kept = await self._read(NOTE + alert.key)
        now = self._clock.now()
        fresh = _Kept(text=text, level=alert.level, since=now, at=now, lasts=alert.again_s is None)
        if kept is not None and alert.again_s is not None:
            if self._clock.elapsed_s(kept.since) < alert.again_s:
                return None
        elif kept is not None and alert.level.rank > kept.level.rank:
            fresh = fresh.model_copy(update={"since": kept.since})
        elif kept is not None:
            await self._lower(alert, value, kept)
            return None
        return await self._put(alert.key, value, fresh)

    async def _lower(self, alert: Alert, value: str | None, kept: _Kept) -> None:
        """A trouble that has become smaller is no news, but may grow again."""
        if alert.level is not kept.level:
            lower = kept.model_copy(update={"level": alert.level})
            await self._notes.replace(NOTE + alert.key, value, lower.model_dump_json())
        self._known[alert.key] = alert.level

    async def claim_untold(self) -> list[ToldAlert]:
        """Take upon this process what was claimed a while ago and told nobody yet."""
        before = self._clock.now() - timedelta(seconds=UNTOLD_FOR_S)
        claimed: list[ToldAlert] = []
        for name in await self._notes.under(NOTE):
            value, kept = await self._read(name)
            if kept is not None and not kept.is_told and kept.at <= before:
                again = kept.model_copy(update={"at": self._clock.now()})
                told = await self._put(name.removeprefix(NOTE), value, again)
                claimed += [told] if told else []
        return claimed

    async def _put(self, key: str, value: str | None, kept: _Kept) -> ToldAlert | None:
        is_ours = await self._notes.replace(NOTE + key, value, kept.model_dump_json())
        if kept.lasts:
            self._known[key] = kept.level
        return ToldAlert(key, kept.text, kept.level, kept.since) if is_ours else None

    async def note_told(self, key: str) -> None:
        """Note that somebody was told, or that nobody can be."""
        value, kept = await self._read(NOTE + key)
        if kept is not None and not kept.is_told:
            told = kept.model_copy(update={"is_told": True})
            await self._notes.replace(NOTE + key, value, told.model_dump_json())

    async def resolve(self, key: str) -> ToldAlert | None:
        """Close an alert; returns it where this process is the one to tell that it is over."""
        value, kept = await self._read(NOTE + key)
        is_ours = kept is not None and await self._notes.replace(NOTE + key, value, None)
        self._known.pop(key, None)
        if kept is None or not is_ours or not kept.is_told:  # nobody is told the end of what they never heard of
            return None
        return ToldAlert(key, kept.text, kept.level, kept.since)

    async def _read(self, name: str) -> tuple[str | None, _Kept | None]:
        self._notes.forget(name)  # another process may have written it
        value = await self._notes.get(name)
        return value, None if value is None else _Kept.model_validate_json(value)


async def read_open_alerts(notes: KeyValues) -> list[ToldAlert]:
    """Return the troubles that last, the gravest first, and of those the oldest."""
    kept = {name.removeprefix(NOTE): await notes.get(name) for name in await notes.under(NOTE)}
    read = {key: _Kept.model_validate_json(value) for key, value in kept.items() if value is not None}
    lasting = [ToldAlert(key, one.text, one.level, one.since) for key, one in read.items() if one.lasts]
    return sorted(lasting, key=lambda one: (-one.level.rank, one.since))
