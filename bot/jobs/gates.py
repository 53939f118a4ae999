"""The doors of a server: who may come in, from where, and what may be asked for; its moderators set them.

Each gate is a check that says which rule stands against somebody; every way in asks them all, by way of `Access` and
`Admission`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot import metrics
from bot.domain.budgets import Budgets
from bot.domain.feature_names import feature_name
from bot.domain.job import Actor, Job, Place
from bot.domain.requests import Action, EngineRequest, Mode, Outgoing, Request
from bot.domain.rules import engine_of, operations_of
from bot.domain.server_rules import Key, Name, ServerRules
from bot.errors import UserError
from bot.jobs.policy import AUTHORS_BUTTONS
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

    rule: str  # its name
    sentence: Sentence


class Gates:
    """Holds people, places and requests against the rules of the server."""

    def __init__(self, rulebook: Rulebook, notes: KeyValues) -> None:
        self._rulebook = rulebook
        self._notes = notes

    def asks_where(self, place: Place) -> bool:
        """Tell whether it matters which channel or category a place belongs to, and that is not known yet."""
        return (
            place.guild_id is not None
            and place.category_id is None
            and any(rules.is_about_channels for rules in self._rulebook.all_of(place))
        )

    def check_person(self, actor: Actor, place: Place) -> None:
        """Refuse who may not come in at all, or not here.

        Raises:
            UserError: a rule of the server stands against it.
        """
        for rules in self._rulebook.all_of(place):
            _refuse(against_person(rules, actor, place))

    async def check_request(self, actor: Actor, place: Place, outgoing: Outgoing) -> None:
        """Refuse what may not be asked for here, or not by this person.

        Raises:
            UserError: a rule of the server stands against it.
        """
        for rules in self._rulebook.all_of(place):
            _refuse(against_request(rules, actor, place, outgoing.request, outgoing.mode))
        if (objection := await self.against_people(actor, place, outgoing.request)) is not None:
            raise UserError(objection.sentence)

    async def against_people(self, actor: Actor, place: Place, request: Request) -> Objection | None:
        """Return the rule that wants a member's word for pictures of people, as long as it is not given."""
        wanting = [
            Objection(rules.named(key), _consent_sentence(rules))
            for rules in self._rulebook.all_of(place)
            if (key := _wanting_consent(rules, actor, place, request)) is not None
        ]
        if not wanting or await self._notes.get(consent_note(actor)):
            return None
        return wanting[0]

    def check_press(self, actor: Actor, place: Place, parent: Job) -> None:
        """Refuse presses of other people's results where the server wants that.

        Raises:
            UserError: only the author may press here.
        """
        for rules in self._rulebook.all_of(place):
            _refuse(against_press(rules, actor, place, parent))

    def cooldown(self, actor: Actor, place: Place) -> tuple[str, int]:
        """Return how many seconds have to lie between two jobs of this person here, and by which rule."""
        all_rules = self._rulebook.all_of(place)
        held = [
            (rules.named(key), seconds)
            for rules in all_rules
            for key, seconds in rules.holding(Name.COOLDOWN, actor, place)
        ]
        return max(held, key=lambda one: one[1], default=("", 0))

    @property
    def edition(self) -> int:
        """How often the rules of any server were another since the start."""
        return self._rulebook.edition

    def budgets(self, actor: Actor, place: Place) -> Budgets:
        """Return the budgets of the server that hold for this person here."""
        return self._rulebook.budgets(actor, place)

    def has_grants(self, place: Place) -> bool:
        """Tell whether the budgets here may be others for each member, by what was granted."""
        return self._rulebook.has_grants(place)


def _wanting_consent(rules: ServerRules, actor: Actor, place: Place, request: Request) -> Key | None:
    """The rule by which a member's word is wanted for what puts people into pictures."""
    if request.name not in WITH_PERSONS:
        return None
    return next((key for key, value in rules.holding(Name.CONSENT, actor, place) if value), None)


def _consent_sentence(rules: ServerRules) -> Sentence:
    command = "`/prefer consent`"
    if rules.is_owners:
        return _(
            "Pictures of people need your word that they agree. If they do, say so once with {command}, and try again.",
            command=command,
        )
    return _(
        "On this server, pictures of people need your word that they agree. If they do, say so once with"
        " {command}, and try again.",
        command=command,
    )


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
            of_server = _("On this server Easel may only be used in age-restricted channels.")
            of_owner = _("Easel may only be used in age-restricted channels.")
            yield Objection(rules.named(key), of_owner if rules.is_owners else of_server)


def _not_allowed(rules: ServerRules, kind: str, ours: Sequence[int], sentence: Sentence) -> Iterator[Objection]:
    known = dict(rules.of(Name.ALLOW, kind))
    for one in ours:
        if known.get(one) is False:
            yield Objection(rules.named(Key(f"{kind}:{one}", Name.ALLOW)), sentence)
    allowed = [one for one, may in known.items() if may]
    if allowed and not set(allowed) & set(ours):
        yield Objection(rules.named(Key(f"{kind}:{allowed[0]}", Name.ALLOW)), sentence)


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
                yield Objection(rules.named(key), _only_sentence(rules, key, roles))
    texts = texts_of(request)
    for key, words in rules.holding(Name.WORDS, actor, place):
        if (word := found_word(words, texts)) is not None:
            metrics.WORD_HITS.inc()
            yield Objection(rules.named(key), _word_sentence(rules, escape_inline(word, 60)))


def _only_sentence(rules: ServerRules, key: Key, roles: Sequence[int]) -> Sentence:
    _only, kind, name = key.name.split(".", 2)
    value = feature_name(kind, name)
    if not roles:
        of_owner = _("The owner of Easel has switched {what} off.", what=value)
        return of_owner if rules.is_owners else _("This server has switched {what} off.", what=value)
    named = ", ".join(f"<@&{one}>" for one in roles)
    if rules.is_owners:
        return _("The owner of Easel keeps {what} for {roles}.", what=value, roles=named)
    return _("On this server {what} is only for {roles}.", what=value, roles=named)


def _word_sentence(rules: ServerRules, word: str) -> Sentence:
    if rules.is_owners:
        return _("The owner of Easel doesn't allow “{word}”. Please leave it out.", word=word)
    return _("This server doesn't allow “{word}” here. Please leave it out.", word=word)


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
            of_server = _("On this server only its author may use a picture's buttons.")
            yield Objection(rules.named(key), AUTHORS_BUTTONS if rules.is_owners else of_server)
