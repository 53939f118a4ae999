"""The doors of a server: who may come in, from where, and what may be asked for; its moderators set them.

Each gate is a check that says which rule stands against somebody; every way in asks them all, by way of `Access` and
`Admission`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot import metrics
from bot.domain.budgets import Budget
from bot.domain.job import Actor, Job, Place
from bot.domain.requests import Action, EngineRequest, Mode, Outgoing, Request
from bot.domain.rules import engine_of, operations_of
from bot.domain.server_rules import Key, Name, ServerRules
from bot.errors import UserError
from bot.jobs.preferences import consent_note
from bot.jobs.rulebook import Rulebook
from bot.jobs.words import found_word
from bot.language import Sentence, _
from bot.storage.key_values import KeyValues
from bot.text import escape_inline

WITH_PERSONS = frozenset({"faceswap", "kling.tryon"})  # operations that put somebody into a picture


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that stands against somebody, and how they are told."""

    rule: Key
    sentence: Sentence


class Gates:
    """Holds people, places and requests against the rules of the server."""

    def __init__(self, rulebook: Rulebook, notes: KeyValues) -> None:
        self._rulebook = rulebook
        self._notes = notes

    def asks_where(self, place: Place) -> bool:
        """Tell whether it matters which channel or category a place belongs to, and that is not known yet."""
        return place.guild_id is not None and place.category_id is None and self._rulebook.of(place).is_about_channels

    def check_person(self, actor: Actor, place: Place) -> None:
        """Refuse who may not come in at all, or not here.

        Raises:
            UserError: a rule of the server stands against it.
        """
        _refuse(against_person(self._rulebook.of(place), actor, place))

    async def check_request(self, actor: Actor, place: Place, outgoing: Outgoing) -> None:
        """Refuse what may not be asked for here, or not by this person.

        Raises:
            UserError: a rule of the server stands against it.
        """
        _refuse(against_request(self._rulebook.of(place), actor, place, outgoing.request, outgoing.mode))
        if (objection := await self.against_people(actor, place, outgoing.request)) is not None:
            raise UserError(objection.sentence)

    async def against_people(self, actor: Actor, place: Place, request: Request) -> Objection | None:
        """Return the rule that wants a member's word for pictures of people, as long as it is not given."""
        wanting = self._wanting_consent(actor, place, request)
        if wanting is None or await self._notes.get(consent_note(actor)):
            return None
        return Objection(
            wanting,
            _(
                "On this server, pictures of people need your word that they agree. If they do, say so once with"
                " {command}, and try again.",
                command="`/prefer consent`",
            ),
        )

    def check_press(self, actor: Actor, place: Place, parent: Job) -> None:
        """Refuse presses of other people's results where the server wants that.

        Raises:
            UserError: only the author may press here.
        """
        _refuse(against_press(self._rulebook.of(place), actor, place, parent))

    def cooldown(self, actor: Actor, place: Place) -> tuple[Key | None, int]:
        """Return how many seconds have to lie between two jobs of this person here, and by which rule."""
        held = list(self._rulebook.of(place).holding(Name.COOLDOWN, actor, place))
        return max(held, key=lambda one: one[1]) if held else (None, 0)

    def budgets(self, actor: Actor, place: Place) -> tuple[Budget, ...]:
        """Return the budgets of the server that hold for this person here."""
        return self._rulebook.budgets(actor, place)

    def _wanting_consent(self, actor: Actor, place: Place, request: Request) -> Key | None:
        """The rule by which the server wants a member's word for what puts people into pictures."""
        if request.name not in WITH_PERSONS:
            return None
        held = self._rulebook.of(place).holding(Name.CONSENT, actor, place)
        return next((key for key, value in held if value), None)


def _refuse(objections: Iterator[Objection]) -> None:
    for objection in objections:
        raise UserError(objection.sentence)


def against_person(rules: ServerRules, actor: Actor, place: Place) -> Iterator[Objection]:
    """Yield the rules that stand against somebody in a place, whatever they ask for."""
    if not rules.values:
        return
    yield from _not_allowed(rules, "channel", place.channels, _("Easel may not be used in this channel."))
    yield from _not_allowed(rules, "role", actor.roles, _("Your roles on this server don't let you use Easel."))
    for key, value in rules.holding(Name.AGE, actor, place):
        if value == "restricted" and not place.is_age_restricted:
            yield Objection(key, _("On this server Easel may only be used in age-restricted channels."))


def _not_allowed(rules: ServerRules, kind: str, ours: Sequence[int], sentence: Sentence) -> Iterator[Objection]:
    known = dict(rules.of(Name.ALLOW, kind))
    for one in ours:
        if known.get(one) is False:
            yield Objection(Key(f"{kind}:{one}", Name.ALLOW), sentence)
    allowed = [one for one, may in known.items() if may]
    if allowed and not set(allowed) & set(ours):
        yield Objection(Key(f"{kind}:{allowed[0]}", Name.ALLOW), sentence)


def against_request(
    rules: ServerRules, actor: Actor, place: Place, request: Request, mode: Mode | None
) -> Iterator[Objection]:
    """Yield the rules that stand against what somebody asks for in a place."""
    if not rules.values:
        return
    asked = [("engine", engine_of(request)), ("mode", (mode or Mode.FAST).value)]
    if isinstance(request, EngineRequest):
        del asked[1]  # they have none
    for feature in (*asked, *(("operation", name) for name in operations_of(request))):
        for key, roles in rules.holding(f"{Name.ONLY}.{'.'.join(feature)}", actor, place):
            if not set(roles) & set(actor.roles):
                yield Objection(key, _only_sentence(key, roles))
    texts = texts_of(request)
    for key, words in rules.holding(Name.WORDS, actor, place):
        if (word := found_word(words, texts)) is not None:
            metrics.WORD_HITS.inc()
            yield Objection(key, _("This server doesn't allow “{word}” here. Please leave it out.", word=_told(word)))


def _only_sentence(key: Key, roles: Sequence[int]) -> Sentence:
    value = key.words.split(".", 2)[2]
    if not roles:
        return _("This server has switched {what} off.", what=value)
    named = ", ".join(f"<@&{one}>" for one in roles)
    return _("On this server {what} is only for {roles}.", what=value, roles=named)


def _told(word: str) -> str:
    return escape_inline(word, 60)


def texts_of(request: Request) -> tuple[str, ...]:
    """Return all words of a request that a person typed or chose, as they leave."""
    options: dict[str, Any] = dict(request.options) if isinstance(request, EngineRequest) else {}
    answer = (request.answer or "",) if isinstance(request, Action) else ()
    chosen = (str(value) for value in options.values() if isinstance(value, str))
    return tuple(text for text in (request.prompt, *answer, *chosen) if text)


def against_press(rules: ServerRules, actor: Actor, place: Place, parent: Job) -> Iterator[Objection]:
    """Yield the rules that stand against pressing a button of somebody's result."""
    if actor.id == parent.actor.id:
        return
    for key, value in rules.holding(Name.PRESS, actor, place):
        if value == "author":
            yield Objection(key, _("On this server only its author may use a picture's buttons."))
