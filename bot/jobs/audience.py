"""Who sees a job and its result: decided once, when it is admitted."""

from dataclasses import dataclass

from bot.domain.job import Actor, Job, Place, Reach, Token
from bot.domain.requests import Request
from bot.domain.visibility import Visibility
from bot.errors import UserError
from bot.jobs.once_keys import once_key_of
from bot.jobs.preferences import Preferences, Switch
from bot.language import _

_BY_WISH = _("Several pictures at once can't be private. Please ask for one at a time.")
_BY_PREFERENCE = _(
    "Several pictures at once can't be private. Please ask for one at a time, or switch private results off with "
    "{command}.",
    command="`/prefer private`",
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a job's card and result go, and how."""

    place: Place
    is_private: bool
    is_spoiler: bool


class Audience:
    """Goes by what is asked for; else by the job that this one comes of; else by what its author prefers."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    async def decide(
        self,
        actor: Actor,
        place: Place,
        request: Request,
        wanted: Visibility,
        *,
        source: Job | None,
        token: Token | None,
    ) -> Shown:
        """Decide it for one job.

        What nobody can be told in private by an interaction's `token`, such as a reply in a channel, is for everybody.
        So is what can be taken out of a result that everybody sees once only, since the next one is led to it.
        """
        is_shared = source is not None and not source.is_private and once_key_of(request) is not None
        is_possible = token is not None and (not is_shared or wanted.is_private is not None)
        is_private = is_possible and await self.is_private(actor, wanted, source)
        is_spoiler = await self._is_spoiler(actor, wanted, source)
        return Shown(place.for_author if is_private else place, is_private, is_spoiler)

    async def decide_group(self, actor: Actor, place: Place, wanted: Visibility) -> Shown:
        """Decide it for several jobs that share a card.

        Raises:
            UserError: they were to be private, which a card for several cannot be.
        """
        if place.reach is not Reach.DM and await self.is_private(actor, wanted, None):
            raise UserError(_BY_WISH if wanted.is_private else _BY_PREFERENCE)
        return Shown(place, is_private=False, is_spoiler=await self._is_spoiler(actor, wanted, None))

    async def is_private(self, actor: Actor, wanted: Visibility, source: Job | None) -> bool:
        """Tell whether somebody's job is for their eyes alone; what comes of their own private one is, too."""
        is_private = inherited(wanted, actor, source).is_private
        return await self._preferences.is_on(Switch.PRIVATE, actor) if is_private is None else is_private

    async def _is_spoiler(self, actor: Actor, wanted: Visibility, source: Job | None) -> bool:
        is_spoiler = inherited(wanted, actor, source).is_spoiler
        return await self._preferences.is_on(Switch.SPOILER, actor) if is_spoiler is None else is_spoiler


def inherited(wanted: Visibility, actor: Actor, source: Job | None) -> Visibility:
    """Return what is wanted of what comes of a job: what was left open is as it is, private if it is their own."""
    if source is None:
        return wanted
    is_own_private = source.is_private and source.actor.id == actor.id
    return Visibility(
        (is_own_private or None) if wanted.is_private is None else wanted.is_private,
        (source.is_spoiler or None) if wanted.is_spoiler is None else wanted.is_spoiler,
    )
