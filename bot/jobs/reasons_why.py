"""Which rule decides whether a person may do something in a place: told to those who set the rules."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.engine_info import OTHER_ENGINES
from bot.domain.job import Actor, Place
from bot.domain.requests import Animate, Blend, Describe, Edit, EngineRequest, FaceSwap, Imagine, Mode, Request, Shorten
from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.admission import Admission
from bot.jobs.gates import against_person, against_request
from bot.jobs.moderation import Moderation
from bot.jobs.rulebook import Rulebook
from bot.language import Sentence, _
from bot.settings import Settings

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

    def __init__(self, settings: Settings, moderation: Moderation, rulebook: Rulebook, admission: Admission) -> None:
        self._settings = settings
        self._moderation = moderation
        self._rulebook = rulebook
        self._admission = admission

    async def of(self, actor: Actor, place: Place, command: str, mode: Mode | None = None) -> Why | None:
        """Return what stands against somebody's use of a command in a place; None where nothing does.

        Raises:
            KeyError: there is no such command.
        """
        request, rules = REQUESTS[command], self._rulebook.of(place)
        doors: list[tuple[str, Callable[[], object]]] = [
            ("ALLOWED_GUILDS", lambda: policy.check_place(self._settings, place)),
            ("/easel block", lambda: self._moderation.check_block(actor, place)),
            ("/easel pause", lambda: self._moderation.check_pause(place)),
        ]
        for rule, check in doors:
            try:
                check()
            except UserError as exc:
                return Why(rule, exc.sentence)
        for objection in (*against_person(rules, actor, place), *against_request(rules, actor, place, request, mode)):
            return Why(str(objection.rule), objection.sentence)
        try:
            policy.check_mode(self._settings, mode)
        except UserError as exc:
            return Why("ALLOWED_MODES", exc.sentence)
        if await self._admission.units_left(actor, place) == 0:
            return Why("units", _("Nothing is left of a budget that holds here."))
        return None
