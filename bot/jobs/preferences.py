"""How members like to work: what is remembered of each."""

import json
from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from bot.domain.custom_ids import Family, Kind
from bot.domain.job import Actor
from bot.domain.requests import Mode
from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.auto_dm import AUTO_DM, ON
from bot.jobs.outgoing_text import speed_of
from bot.language import _
from bot.prompts import MAX_OPTIONS, Own, apply_suffix, check_suffix, expand_options, lint, option_name, parse
from bot.settings import Settings
from bot.storage.jobs import JobStore

TEXT_LIMIT = 1000  # characters of a suffix, and of an option's text


class Variability(StrEnum):
    """How far V1 to V4 go from their picture."""

    HIGH = "high"
    LOW = "low"


class Switch(StrEnum):
    """What a member turns on and off about where results go, by the kind of its note."""

    AUTO_DM = AUTO_DM  # also by direct message
    PRIVATE = "private"
    SPOILER = "spoiler"


class PromptDefaults(BaseModel):
    """What a member chose in the settings panel for every prompt; empty means the relay's own."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str = ""  # as a parameter without its dashes: "v 7", "niji 6"
    is_raw: bool = False
    stylize: int | None = None
    is_personal: bool = False

    @property
    def parameters(self) -> str:
        """As it is written in a prompt."""
        return " ".join(
            [
                *([f"--{self.model}"] if self.model else []),
                *(["--raw"] if self.is_raw else []),
                *([] if self.stylize is None else [f"--stylize {self.stylize}"]),
                *(["--p"] if self.is_personal else []),
            ]
        )


# What is remembered of a member.
KINDS = ("mode", "remix", "variability", "taste", "option", "suffix", "consent", AUTO_DM, "private", "spoiler")


def consent_note(actor: Actor) -> str:
    """Return the name of the note that a member's word about people in pictures stands in."""
    return f"consent:{actor.id}"


class Preferences:
    """A member's speed, switches and own language, in the database's notes."""

    def __init__(self, store: JobStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    # The speed and the switches.

    async def mode_for(self, actor: Actor, prompt: str) -> tuple[Mode | None, str]:
        """The speed of a new job (its flag counts, then the member, then the owner), and the prompt without flags."""
        flag, rest = speed_of(prompt)
        return flag or await self.mode(actor), rest

    async def mode(self, actor: Actor) -> Mode | None:
        """The speed of jobs without a flag: the member's, else the owner's."""
        preferred = await self._kept("mode", actor)
        return Mode(preferred) if preferred else self._settings.relay.mode

    async def prefer_mode(self, actor: Actor, mode: Mode) -> None:
        """Remember a member's speed.

        Raises:
            UserError: the owner has switched it off.
        """
        policy.check_mode(self._settings, mode)
        await self._store.notes.set(f"mode:{actor.id}", mode)

    async def has_remix(self, actor: Actor) -> bool:
        """Whether a member wants to edit prompts before variations, rerolls and pans."""
        return await self._kept("remix", actor) == "on"

    async def switch_remix(self, actor: Actor) -> bool:
        """Turn a member's remix switch; returns how it stands now."""
        on = not await self.has_remix(actor)
        await self.prefer_remix(actor, on=on)
        return on

    async def prefer_remix(self, actor: Actor, *, on: bool) -> None:
        """Set a member's remix switch."""
        await self._store.notes.set(f"remix:{actor.id}", "on" if on else "off")

    async def switch_consent(self, actor: Actor) -> bool:
        """Give a member's word that people in their pictures agree, or take it back; returns whether it is given."""
        if await self._kept("consent", actor):
            await self._store.notes.delete(consent_note(actor))
            return False
        await self._store.notes.set(consent_note(actor), "given")
        return True

    async def is_on(self, switch: Switch, actor: Actor) -> bool:
        """Tell whether a member has turned a switch on."""
        return await self._kept(switch, actor) == ON

    async def turn(self, switch: Switch, actor: Actor) -> bool:
        """Turn a member's switch; returns how it stands now."""
        on = not await self.is_on(switch, actor)
        await self.prefer(switch, actor, on=on)
        return on

    async def prefer(self, switch: Switch, actor: Actor, *, on: bool) -> None:
        """Set a member's switch."""
        await self._set(f"{switch}:{actor.id}", ON if on else "")

    async def variability(self, actor: Actor) -> Variability | None:
        """How far V1 to V4 go for a member; None leaves it to the relay."""
        kept = await self._kept("variability", actor)
        return Variability(kept) if kept else None

    async def prefer_variability(self, actor: Actor, variability: Variability | None) -> None:
        """Remember how far V1 to V4 go for a member; None forgets it."""
        await self._set(f"variability:{actor.id}", variability or "")

    async def strong(self, actor: Actor, kind: Kind) -> bool | None:
        """Whether the variation behind a button of this kind goes far for a member; None leaves it to the relay."""
        variability = await self.variability(actor) if kind.family is Family.VARIATION else None
        return None if variability is None else variability is Variability.HIGH

    async def taste(self, actor: Actor) -> PromptDefaults:
        """What a member chose for every prompt."""
        kept = await self._kept("taste", actor)
        return PromptDefaults.model_validate_json(kept) if kept else PromptDefaults()

    async def prefer_taste(self, actor: Actor, taste: PromptDefaults) -> None:
        """Remember what a member chose for every prompt."""
        await self._set(f"taste:{actor.id}", "" if taste == PromptDefaults() else taste.model_dump_json())

    async def defaults(self, actor: Actor) -> str:
        """The parameters that a member chose for every prompt; what is typed, or stands in the suffix, beats them."""
        return (await self.taste(actor)).parameters

    async def reset(self, actor: Actor) -> None:
        """Forget a member's speed and switches; suffix and options, which were typed, stay."""
        for kind in ("mode", "remix", "variability", "taste", *Switch):
            await self._store.notes.delete(f"{kind}:{actor.id}")

    async def _kept(self, kind: str, actor: Actor) -> str | None:
        """One thing that is remembered of a member; all of them are read at once."""
        return await self._store.notes.get(f"{kind}:{actor.id}", beside=[f"{each}:{actor.id}" for each in KINDS])

    # The own language.

    async def own(self, actor: Actor) -> Own:
        """What a member's own language and the owner's settings bring to `bot.prompts.read`."""
        return Own(
            options=await self.options(actor),
            suffix=await self.suffix(actor),
            defaults=await self.defaults(actor),
            known=self._settings.relay.extra_parameters,
        )

    async def in_full(self, actor: Actor, prompt: str) -> str:
        """A typed prompt with the member's own options, suffix and defaults in it.

        Raises:
            UserError: it becomes too long.
        """
        own = await self.own(actor)
        typed = apply_suffix(expand_options(prompt, own.options), expand_options(own.suffix, own.options))
        return apply_suffix(typed, own.defaults)

    async def options(self, actor: Actor) -> Mapping[str, str]:
        """A member's own options: texts by names."""
        kept = await self._kept("option", actor)
        options: dict[str, str] = json.loads(kept) if kept else {}
        return options

    async def suffix(self, actor: Actor) -> str:
        """What stands behind every prompt of a member; "" for nothing."""
        return await self._kept("suffix", actor) or ""

    async def set_option(self, actor: Actor, name: str, text: str) -> str:
        """Let an own option stand for a text; an empty text forgets the option.

        Returns:
            The option's name as it is kept.

        Raises:
            UserError: the name cannot be one, there are too many, the text is too long or has an own option in it, or
                there is nothing to forget.
        """
        _check_length(text)
        name, text = option_name(name), lint(text).prompt
        is_changed = False
        while not is_changed:  # two changes at the same time must both count, wherever they are made
            kept = await self._kept("option", actor)
            options: dict[str, str] = json.loads(kept) if kept else {}
            if text:
                _check_options(options | {name: text})
                options[name] = text
            elif options.pop(name, None) is None:
                raise UserError(_("You have no shortcut {name}.", name=f"`--{name}`"))
            becomes = json.dumps(options) if options else None
            is_changed = await self._store.notes.replace(f"option:{actor.id}", kept, becomes)
        return name

    async def set_suffix(self, actor: Actor, text: str) -> str:
        """Put a text behind every prompt of a member; an empty one ends that.

        Returns:
            The text as it is kept.

        Raises:
            UserError: it is more than parameters, too long, or would be asked about at every prompt.
        """
        _check_length(text)
        report = lint(text, aliases=(*self._settings.relay.extra_parameters, *await self.options(actor)))
        text = report.prompt
        check_suffix(text)
        if report.doubts:
            doubt = report.doubts[0].sentence
            raise UserError(_("{doubt} Please fix it, or you would be asked about it at every prompt.", doubt=doubt))
        await self._set(f"suffix:{actor.id}", text)
        return text

    async def _set(self, name: str, value: str) -> None:
        if value:
            await self._store.notes.set(name, value)
        else:
            await self._store.notes.delete(name)


def _check_length(text: str) -> None:
    if len(text) > TEXT_LIMIT:
        raise UserError(_("That is too long. The limit is {limit} characters.", limit=TEXT_LIMIT))


def _check_options(options: Mapping[str, str]) -> None:
    """Refuse more options than are kept, and options inside of options, which would stay as text."""
    if len(options) > MAX_OPTIONS:
        raise UserError(
            _("You already have {limit} shortcuts. Delete one first by setting it without a value.", limit=MAX_OPTIONS)
        )
    for name, text in options.items():
        inside = [one.name for one in parse(text).parameters if one.spec is None and one.name.lower() in options]
        if inside:
            sentence = _(
                "{name} cannot contain your shortcut {inside}. Please write out what it stands for.",
                name=f"`--{name}`",
                inside=f"`--{inside[0].lower()}`",
            )
            raise UserError(sentence)
