"""Modals that remember nothing: their custom id says what they are about, and one listener reads the answer.

An answer counts whoever showed the modal, also after a restart; it lapses 15 minutes after the modal was opened.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import discord
from discord import ui

from bot.clock import Clock
from bot.domain.custom_ids import Family, Kind, parse
from bot.domain.job import Job
from bot.language import Sentence, _
from bot.pictures.sources import Source
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import locale_of

PREFIX = "easel-dialog"
LIFE_S = 15 * 60.0
FIELD_LIMIT = 4000  # characters, Discord's limit for a text field
TITLE_LIMIT = 45
MOST_PICTURES = 8  # of one job
PROMPT_FIELD, FILE_FIELD, CHOICE_FIELD = "prompt", "file", "choice"
REASON_LIMIT = 300  # characters
ERASE_WORD = _("erase")  # what is typed by whoever wants all of their data erased
GIVE_BACK, KEEP_SPENT = "back", "spent"  # what becomes of the units of what is rejected


class ModalKind(StrEnum):
    """What a modal asks for; the value stands in its custom id."""

    PROMPT = "prompt"  # the text for a relay button's own modal
    REGION = "region"  # the text for chosen cells; `extra` holds their bits
    MASK = "mask"  # the text and a mask as a file
    ANSWER = "answer"  # the text for a question that the relay asked by itself
    IMAGINE = "imagine"  # the text to go with a message's picture; `extra` is 1 where pictures may be given
    REWORD = "reword"  # another prompt for the same task of another engine
    SAY = "say"  # one prompt of another engine's description, to be imagined
    PICTURE = "picture"  # the text to go with a finished job's picture
    EDIT = "edit"  # another text for a draft; `extra` is 1 where its pictures have to be sent once more
    SHORTEN = "shorten"  # a prompt to be shortened; this and the two below open no modal of their own
    COMPARE = "compare"  # one prompt for several engines
    PAINT = "paint"  # what another engine should paint
    FACE = "face"  # the picture whose face is put into a message's picture
    BUILD_TEXT = "buildtext"  # the words of the prompt builder
    BUILD_NO = "buildno"  # what its picture should be without; may stay empty
    SETUP_WORDS = "setupwords"  # the words that a server does not allow
    SETUP_NUMBERS = "setupnumbers"  # its budgets and cooldowns
    ERASE = "erase"  # the word that says that all one's data should go
    REJECT = "reject"  # why a result is not posted, and whether its units are given back


@dataclass(frozen=True, slots=True)
class ModalContext:
    """One modal: what it asks, about which job or draft, and for the button at `key`."""

    ask: ModalKind
    about: str
    key: int = 0
    extra: int = 0

    def custom_id(self, clock: Clock) -> str:
        """Write down all that the answer will need, and the moment of opening."""
        return f"{PREFIX}:{self.ask}:{self.about}:{self.key}:{self.extra}:{int(clock.now().timestamp() * 1000):x}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A modal's answer: its text (None = no such field), its files, and what was chosen in its menu."""

    modal: ModalContext
    text: str | None
    files: tuple[Source, ...]
    has_lapsed: bool
    chosen: str = ""


def read_answer(interaction: Interaction, clock: Clock) -> Answer | None:
    """Read the answer that a modal submit carries; None when it is not one of our modals."""
    data: Any = interaction.data or {}
    parts = str(data.get("custom_id", "")).split(":")
    if parts[0] != PREFIX or len(parts) != 6:
        return None
    fields = {
        field["custom_id"]: field
        for row in data.get("components", [])
        if (field := row.get("component")) and "custom_id" in field
    }
    uploads = fields.get(FILE_FIELD, {}).get("values") or []
    attachments = data.get("resolved", {}).get("attachments", {})
    age_s = (clock.now().timestamp() - int(parts[5], 16) / 1000) * clock.scale
    return Answer(
        ModalContext(ModalKind(parts[1]), parts[2], int(parts[3]), int(parts[4])),
        fields[PROMPT_FIELD].get("value") or "" if PROMPT_FIELD in fields else None,
        tuple(Source(attachments[one]["url"], is_attachment=True) for one in uploads if one in attachments),
        has_lapsed=age_s > LIFE_S,
        chosen=next(iter(fields.get(CHOICE_FIELD, {}).get("values") or []), ""),
    )


def build(context: ModalContext, title: Sentence, text: str, clock: Clock, locale: str) -> ui.Modal:
    """Build the modal to send.

    A text that does not fit the field is not cut: the field stays empty, and empty means unchanged.
    """
    # The library keeps each modal until its time is over, so it must have one.
    modal = ui.Modal(title=title.render(locale)[:TITLE_LIMIT], timeout=LIFE_S, custom_id=context.custom_id(clock))
    if context.ask is not ModalKind.FACE:
        modal.add_item(_prompt_field(context.ask, text, locale))
    if context.ask in (ModalKind.MASK, ModalKind.FACE) or (context.ask in _OPTIONAL and context.extra):
        modal.add_item(_file_field(context.ask, locale))
    if context.ask is ModalKind.REJECT:
        modal.add_item(_units_field(locale))
    return modal


async def open_modal(interaction: Interaction, context: ModalContext, title: Sentence, text: str, clock: Clock) -> None:
    """Answer with a modal that begins with a text."""
    await interaction.response.send_modal(build(context, title, text, clock, locale_of(interaction)))


def _prompt_field(ask: ModalKind, text: str, locale: str) -> ui.Label[ui.View]:
    fits = len(text) <= FIELD_LIMIT
    label = _LABELS.get(ask) or _REQUIRED.get(ask) or _("Prompt")
    hint = _("Your prompt is too long for this field. Leave it empty to keep your prompt.")
    return ui.Label(
        text=label.render(locale),
        description=None if fits else hint.render(locale),
        component=ui.TextInput(
            custom_id=PROMPT_FIELD,
            style=discord.TextStyle.short if ask is ModalKind.ERASE else discord.TextStyle.paragraph,
            default=(text or None) if fits else None,
            required=fits and ask not in _LABELS,
            max_length=REASON_LIMIT if ask is ModalKind.REJECT else FIELD_LIMIT,
        ),
    )


def _file_field(ask: ModalKind, locale: str) -> ui.Label[ui.View]:
    text, hint = _FILES[ask]
    is_optional = ask in _OPTIONAL
    upload: ui.FileUpload[ui.View] = ui.FileUpload(
        custom_id=FILE_FIELD,
        required=not is_optional,
        min_values=0 if is_optional else 1,
        max_values=MOST_PICTURES if is_optional else 1,
    )
    return ui.Label(text=text.render(locale), description=hint.render(locale), component=upload)


def _units_field(locale: str) -> ui.Label[ui.View]:
    options = [
        discord.SelectOption(label=label.render(locale), value=value, default=value == KEEP_SPENT)
        for value, label in ((KEEP_SPENT, _("They stay spent")), (GIVE_BACK, _("Give them back")))
    ]
    menu: ui.Select[ui.View] = ui.Select(custom_id=CHOICE_FIELD, options=options)
    return ui.Label(text=_("What it cost its author").render(locale), component=menu)


SETUP_TITLES = {
    ModalKind.SETUP_WORDS: _("Words that are not allowed"),
    ModalKind.SETUP_NUMBERS: _("Budgets and cooldowns"),
}
_LABELS = {  # of fields that may stay empty
    ModalKind.BUILD_NO: _("Leave out, with commas"),
    ModalKind.SETUP_WORDS: _("One on each line; /.../ is an expression"),
    ModalKind.SETUP_NUMBERS: _("One on each line, such as: member.day 20"),
}
_REQUIRED = {
    ModalKind.ERASE: _("Type “{word}” to erase your data", word=ERASE_WORD),
    ModalKind.REJECT: _("Why; its author reads this"),
}
_OPTIONAL = frozenset({ModalKind.EDIT, ModalKind.IMAGINE})  # where there is a file, it may be left out
_FILES = {
    ModalKind.MASK: (_("Mask"), _("White is repainted, black is kept. Best is a PNG of the picture's size.")),
    ModalKind.FACE: (_("Picture with the face"), _("PNG, JPEG, WebP, GIF, AVIF or HEIC.")),
    ModalKind.IMAGINE: (_("Image prompts"), _("PNG, JPEG, WebP, GIF, AVIF or HEIC.")),
    ModalKind.EDIT: (
        _("Pictures to go by"),
        _("They are no longer stored. Send them again, or leave this empty to run without them."),
    ),
}


_TITLES = {
    Family.CUSTOM_ZOOM: _("Zoom Out"),
    Family.REROLL: _("Imagine"),
    Family.PAN: _("Pan"),
    Family.ANIMATE: _("Animate"),
    Family.DESCRIBE_PICK: _("Imagine This!"),
    Family.SHORTEN_PICK: _("Imagine This!"),
    Family.REGION: _("Vary (Region)"),
}


def title_of(kind: Kind) -> Sentence:
    """Return the title of a relay button's modal. Source: docs/look.md 3."""
    return _TITLES.get(kind.family, _("Remix Prompt"))


def button_kind(job: Job, key: int) -> Kind:
    """Tell what the button at `key` of a finished job asks for."""
    buttons = job.result.buttons if job.result else ()
    return parse(buttons[key].custom_id) if key < len(buttons) else Kind(Family.OTHER)
