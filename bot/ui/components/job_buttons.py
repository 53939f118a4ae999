"""Buttons that answer for ever: their custom id names what to do and a job, everything else comes from the database."""

import re
from collections.abc import Collection
from typing import Any, Self

import discord
from discord import ui
from typing_extensions import override

from bot.domain.custom_ids import Family, parse
from bot.domain.engine_info import OPERATIONS
from bot.domain.job import FailureKind, Job
from bot.domain.requests import Action, Button, EngineRequest
from bot.language import _
from bot.ui.components.button_faces import PER_ROW, choose_face, choose_label, place_in_rows
from bot.ui.components.client import typed
from bot.ui.components.job_actions import JobAction
from bot.ui.components.message_parts import attached_names, custom_ids, file_names
from bot.ui.text.describe_text import KEYCAPS, parse_describe_text

TEMPLATE = r"easel:(?P<verb>[a-z]+):(?P<job>[0-9a-f]{16})(?::(?P<key>[0-9]{1,2}))?"
_CUSTOM_ID = re.compile(TEMPLATE)
_FILE_NAME = re.compile(r"easel-(?P<job>[0-9a-f]{16})\b")
_SHOWN_FILE = re.compile(r"(?:easel|comparison|preview|wall)-(?P<job>[0-9a-f]{16})\b")
# Failures after which the text, or what goes with it, has to change.
TEXT_MATTERS = frozenset(
    {FailureKind.PICTURE, FailureKind.RULE, FailureKind.BANNED, FailureKind.INVALID, FailureKind.POLICY}
)
FOLLOW_UPS = (JobAction.PRESS, JobAction.RERUN)  # these stand under results alone
Style = discord.ButtonStyle


class JobButton(ui.DynamicItem[ui.Button[ui.View]], template=TEMPLATE):
    """One thing to do with one job, group or draft; `key` is the place of a relay button in the job's row.

    What another version of the bot has posted may name an action that this one does not know.
    """

    def __init__(
        self,
        action: JobAction | str,
        job_id: str,
        key: int | None = None,
        *,
        label: str | None = None,
        emoji: str | None = None,
        style: Style = Style.secondary,
        row: int | None = None,
    ) -> None:
        custom_id = f"easel:{action}:{job_id}" + ("" if key is None else f":{key}")
        super().__init__(ui.Button(custom_id=custom_id, label=label, emoji=emoji, style=style, row=row))
        self.action = action
        self.job_id = job_id
        self.key = key

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["verb"], match["job"], int(match["key"]) if match["key"] else None)

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        here = typed(interaction)
        await here.client.button_router.press(here, self.action, self.job_id, self.key)


def job_id_of(message: discord.Message) -> str | None:
    """Find the job that a message of ours shows, from its file's name or its buttons."""
    for name in attached_names(message):
        if named := _FILE_NAME.match(name):
            return named["job"]
    for row in message.components:
        for item in getattr(row, "children", ()):
            if pressed := _CUSTOM_ID.fullmatch(getattr(item, "custom_id", None) or ""):
                return pressed["job"]
    return None


def ids_in(message: discord.Message) -> list[str]:
    """List the jobs, groups and drafts that a message of ours is about, in order and each once."""
    named = [_SHOWN_FILE.match(name) for name in file_names(message)]
    pressed = [_CUSTOM_ID.fullmatch(custom_id) for custom_id in custom_ids(message)]
    return list(dict.fromkeys(found["job"] for found in (*named, *pressed) if found))


def offers_follow_ups(message: discord.Message, job_id: str) -> bool:
    """Tell whether a message has a button of this job's result; cards have none."""
    items = [item for row in message.components for item in getattr(row, "children", ())]
    pressed = [_CUSTOM_ID.fullmatch(getattr(item, "custom_id", None) or "") for item in items]
    return any(one is not None and one["verb"] in FOLLOW_UPS and one["job"] == job_id for one in pressed)


def is_question(message: discord.Message | None) -> bool:
    """Tell whether a pressed message says from now on what became of it; panels and details stay as they are."""
    if message is None or message.flags.components_v2:
        return False
    return not any(custom_id.startswith(f"easel:{JobAction.FILES}:") for custom_id in custom_ids(message))


def view_of(*buttons: JobButton) -> ui.View:
    """Put buttons under a message; nothing of it stays in memory."""
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    return view


def result_view(job: Job, used: Collection[str] = (), *, in_words: bool = False) -> ui.View:
    """Build the relay's own buttons of a finished job, in the official rows; used once-only ones are blue.

    Results of other engines, which have no buttons of their own, get ours.
    """
    if isinstance(job.request, EngineRequest):
        return _painted_view(job)
    buttons = job.result.buttons if job.result else ()
    prompts = parse_describe_text(job.result.text).prompts if job.result and job.result.text else ()
    placed = _without_nothing(place_in_rows(buttons), buttons, len(prompts))
    view = view_of(
        *(
            JobButton(JobAction.PRESS, job.id, key, label=label, emoji=emoji, row=row, style=_style(buttons[key], used))
            for row, keys in enumerate(placed)
            for key in keys
            for label, emoji in [choose_label(buttons[key]) if in_words else choose_face(buttons[key])]
        )
    )
    if prompts and any(parse(button.custom_id).family is Family.DESCRIBE_PICK for button in buttons):
        label = _("Imagine all").render(job.public_locale)
        view.add_item(
            JobButton(JobAction.CONFIRM_ALL, job.id, label=label, emoji=None if in_words else "🎉", row=len(placed))
        )
    return view


def _without_nothing(placed: list[list[int]], buttons: tuple[Button, ...], count: int) -> list[list[int]]:
    """Leave out buttons for lines that the text does not have."""
    kinds = [parse(button.custom_id) for button in buttons]
    empty = {
        key
        for key, kind in enumerate(kinds)
        if kind.family in (Family.DESCRIBE_PICK, Family.SHORTEN_PICK) and kind.index > count
    }
    return [kept for row in placed if (kept := [key for key in row if key not in empty])]


def _painted_view(job: Job) -> ui.View:
    """Build the buttons under a result of another engine."""
    locale = job.public_locale
    if job.result is not None and job.result.text:
        return _reading_view(job)
    first = [JobButton(JobAction.RERUN, job.id, label=_("Again").render(locale), emoji="🔄", row=0)]
    if job.prompt:
        first.append(JobButton(JobAction.REWORD, job.id, label=_("Vary the prompt").render(locale), emoji="✏️", row=0))
    if job.operation in OPERATIONS and OPERATIONS[job.operation].is_edited:
        first.append(JobButton(JobAction.EDIT_THIS, job.id, label=_("Edit this").render(locale), emoji="🪄", row=0))
    if job.result is not None and job.result.buttons:
        label = _("Vary (Region)").render(locale)
        first.append(JobButton(JobAction.PRESS, job.id, 0, label=label, emoji="🖌️", row=0))
    if job.operation in OPERATIONS and OPERATIONS[job.operation].upscaled_by:
        first.append(JobButton(JobAction.UPSCALE, job.id, label=_("Upscale").render(locale), emoji="🔍", row=0))
    return view_of(
        *first,
        JobButton(JobAction.TO_MIDJOURNEY, job.id, label=_("Use in Midjourney").render(locale), row=1),
        JobButton(JobAction.USE_AS, job.id, label=_("Use as input for…").render(locale), row=1),
        JobButton(JobAction.DETAILS, job.id, label=_("Details").render(locale), row=1),
    )


def _reading_view(job: Job) -> ui.View:
    """Build the buttons under a description: each of its prompts can be imagined, or all of them."""
    prompts = parse_describe_text(job.result.text).prompts if job.result else ()
    picks = [
        JobButton(JobAction.IMAGINE_PROMPT, job.id, number, label=None, emoji=KEYCAPS[number], row=number // PER_ROW)
        for number in range(len(prompts))
    ]
    locale = job.public_locale
    again = JobButton(JobAction.RERUN, job.id, label=_("Again").render(locale), emoji="🔄", row=1)
    every = (
        [JobButton(JobAction.CONFIRM_ALL, job.id, label=_("Imagine all").render(locale), emoji="🎉", row=1)]
        if picks
        else []
    )
    return view_of(*picks, again, *every)


def _style(button: Button, used: Collection[str]) -> Style:
    return Style.primary if button.custom_id in used else Style.secondary


def running_view(job: Job) -> ui.View:
    """Build the one red button of a running job."""
    locale = job.public_locale
    return view_of(JobButton(JobAction.CANCEL, job.id, label=_("Cancel Job").render(locale), style=Style.danger))


def check_view(job: Job) -> ui.View:
    """Build what brings a card back into our reach."""
    locale = job.public_locale
    return view_of(
        JobButton(JobAction.CHECK, job.id, label=_("Check").render(locale), style=Style.primary),
        JobButton(JobAction.CANCEL, job.id, label=_("Cancel Job").render(locale), style=Style.danger),
    )


# Trying the same again would be held back again, or be paid for twice.
_FOR_GOOD = frozenset({FailureKind.POLICY, FailureKind.BANNED, FailureKind.EMPTY, FailureKind.LOST})


def ends_for_good(job: Job) -> bool:
    """Tell whether a job ended so that nothing should invite to send the same again."""
    return job.failure is not None and job.failure.kind in _FOR_GOOD


def has_to_change(job: Job) -> bool:
    """Tell whether the text of a job, or what goes with it, has to change before it can be made."""
    return job.failure is not None and job.failure.kind in TEXT_MATTERS


def stopped_view(job: Job) -> ui.View:
    """Build what can be done about a job that ended without a result."""
    locale = job.public_locale
    again = JobButton(JobAction.TRY_AGAIN, job.id, label=_("Try again").render(locale), style=Style.primary)
    return view_of(
        JobButton(JobAction.EXPLAIN, job.id, label=_("Why?").render(locale)),
        *([] if ends_for_good(job) else [again]),
        *(_redo(job, locale) if not ends_for_good(job) or has_to_change(job) else []),
    )


def expired_view(job: Job) -> ui.View:
    """Build what can be done about a job that was not finished in time: it may be by now."""
    view = ui.View(timeout=None) if job.failure and job.failure.instead else stopped_view(job)
    if job.task_id is None:  # an engine that answers a submit with the pictures has nothing to look at
        return view
    return view.add_item(JobButton(JobAction.RETRY_RECOVERY, job.id, label=_("Look again").render(job.public_locale)))


def uncertain_view(job: Job) -> ui.View:
    """Build the choices for a job of unknown outcome."""
    locale = job.public_locale
    return view_of(
        JobButton(JobAction.EXPLAIN, job.id, label=_("Why?").render(locale)),
        JobButton(JobAction.RETRY_RECOVERY, job.id, label=_("Look again").render(locale), style=Style.primary),
        JobButton(
            JobAction.TRY_AGAIN, job.id, label=_("Send again (may be charged twice)").render(locale), style=Style.danger
        ),
        JobButton(JobAction.DISMISS, job.id, label=_("Give up").render(locale)),
    )


def answer_view(job: Job) -> ui.View:
    """Build the way to a question that the relay asked by itself."""
    locale = job.public_locale
    return view_of(
        JobButton(JobAction.ANSWER, job.id, label=_("Answer").render(locale), style=Style.primary),
        JobButton(JobAction.CANCEL, job.id, label=_("Cancel Job").render(locale), style=Style.danger),
    )


def doubt_view(job: Job) -> ui.View:
    """Build the way to send a mask as it is that was asked about."""
    label = _("Send it anyway").render(job.actor.locale)
    return view_of(JobButton(JobAction.TRY_AGAIN, job.id, label=label, style=Style.primary))


def reopen_view(draft_id: str, locale: str) -> ui.View:
    """Build the way back to what was typed."""
    return view_of(JobButton(JobAction.REOPEN, draft_id, label=_("Open again").render(locale), style=Style.primary))


def edit_view(draft_id: str, locale: str) -> ui.View:
    """Build the way back to a text that could not be taken."""
    return view_of(
        JobButton(JobAction.EDIT_DRAFT, draft_id, label=_("Edit and run again").render(locale), style=Style.primary)
    )


def redo_view(job: Job) -> ui.View | None:
    """Build the way to change a job's text or to send its pictures again; None where nobody typed a text."""
    return view_of(*redo) if (redo := _redo(job, job.actor.locale)) else None


def _redo(job: Job, locale: str) -> list[JobButton]:
    if not job.prompt or (isinstance(job.request, Action) and job.request.answer is None):
        return []
    style = Style.primary if has_to_change(job) else Style.secondary
    return [JobButton(JobAction.EDIT_JOB, job.id, label=_("Edit and run again").render(locale), style=style)]


def confirm_all_view(job: Job, locale: str) -> ui.View:
    """Build the question before all prompts of a description are paid at once."""
    return view_of(JobButton(JobAction.IMAGINE_ALL, job.id, label=_("Imagine all").render(locale), style=Style.success))


def again_view(job: Job) -> ui.View:
    """Build the way on from a follow-up whose parent the relay has forgotten."""
    label = _("Run the prompt again").render(job.actor.locale)
    return view_of(JobButton(JobAction.TRY_AGAIN, job.id, label=label, style=Style.primary))
