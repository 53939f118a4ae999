"""Which rule decides whether a person may do something in a place: told to those who set the rules."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.domain.engine_info import OTHER_ENGINES
from bot.domain.job import Actor, Place
from bot.domain.requests import Animate, Blend, Describe, Edit, EngineRequest, FaceSwap, Imagine, Mode, Request, Shorten
from bot.errors import UserError
from bot.jobs import budgets, policy
from bot.jobs.admission import Admission
from bot.jobs.bans import Bans
from bot.jobs.gates import Gates, against_person, against_request
from bot.jobs.moderation import Moderation
from bot.jobs.rulebook import Rulebook
from bot.language import Sentence
from bot.settings import Settings
from bot.storage.jobs import JobStore

REQUESTS: dict[str, Request] = {
    "imagine": Imagine(),
    "blend": Blend(),
    "describe": Describe(),
    "shorten": Shorten(),
    "faceswap": FaceSwap(),
    "animate": Animate(),
    "edit": Edit(),
    **{
        info.command_name(operation): EngineRequest(engine=info.name, kind=operation.kind)
        for info in OTHER_ENGINES
        for operation in info.operations
    },
}


@dataclass(frozen=True, slots=True)
class Why:
    """The rule that decides, by its name, and what a member is told of it."""

    rule: str
    sentence: Sentence


class Reasons:
    """Asks every door in the order in which a member meets them."""

    def __init__(
        self,
        settings: Settings,
        moderation: Moderation,
        rulebook: Rulebook,
        bans: Bans,
        gates: Gates,
        admission: Admission,
        store: JobStore,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._moderation = moderation
        self._rulebook = rulebook
        self._bans = bans
        self._gates = gates
        self._admission = admission
        self._store = store
        self._clock = clock

    async def of(self, actor: Actor, place: Place, command: str, mode: Mode | None = None) -> Why | None:
        """Return what stands against somebody's use of a command in a place; None where nothing does.

        Raises:
            KeyError: there is no such command.
        """
        request, place = REQUESTS[command], await self._admission.access.located(place)
        doors: list[tuple[str, Callable[[], object]]] = [
            ("ALLOWED_GUILDS", lambda: policy.check_place(self._settings, place)),
            ("/easel owner ban", lambda: self._bans.check(actor, place)),
            ("/easel block", lambda: self._moderation.check_block(actor, place)),
            ("/easel pause", lambda: self._moderation.check_pause(place)),
        ]
        for rule, check in doors:
            try:
                check()
            except UserError as exc:
                return Why(rule, exc.sentence)
        for rules in self._rulebook.all_of(place):
            asked = against_request(rules, actor, place, request, mode)
            for objection in (*against_person(rules, actor, place), *asked):
                return Why(objection.rule, objection.sentence)
        if (objection_or_none := await self._gates.against_people(actor, place, request)) is not None:
            return Why(objection_or_none.rule, objection_or_none.sentence)
        try:
            policy.check_mode(self._settings, mode)
        except UserError as exc:
            return Why("ALLOWED_MODES", exc.sentence)
        return await self._of_limits(actor, place)

    async def _of_limits(self, actor: Actor, place: Place) -> Why | None:
        """What is used up for now."""
        scarcest = await self._admission.units_left.scarcest(actor, place)
        if scarcest is not None and scarcest[0] == 0:
            return Why("units", budgets.used_up_sentence(scarcest[1], self._clock.now().date().isoformat()))
        rule, cooldown_s = self._gates.cooldown(actor, place)
        until = await self._store.admissions.cooldown_until(actor, place, self._clock.now(), cooldown_s)
        return None if until is None else Why(rule, policy.cooldown_sentence(until))
