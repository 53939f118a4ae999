"""Typed texts on their way to jobs: read, asked about where they are doubtful, confirmed where they stand for several.

Every text that becomes a paid prompt comes through here, whatever it was typed into; what a draft stands for is the
affair of `DraftJobs`. A question is a private message; what it is about is kept as a draft, so that it can be answered
after a restart, and goes in the moment in which its answer is admitted, so that it has one. A text that cannot be
taken is kept as a draft, too: the refusal has a button that opens it again, unless no other text would be taken either.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import discord

from bot.domain.engine_info import get_title
from bot.domain.job import Actor
from bot.errors import DeniedError, UserError
from bot.jobs.outgoing_text import EMPTY
from bot.language import _
from bot.pictures.sources import Source
from bot.prompts import Report, read
from bot.services import Services
from bot.text import one_line
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import NETWORK_ERRORS, actor_of, locale_of, place_of, tell, visibility_of
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton, Style, edit_view, is_question, reopen_view, view_of
from bot.ui.components.modals import SETUP_TITLES, ModalContext, ModalKind, open_modal
from bot.ui.flows.draft_jobs import DraftJobs, has_own_language, is_prompt
from bot.ui.flows.drafts import Draft, Drafts, Question
from bot.ui.text.prompt_review import (
    Decision,
    Doubtful,
    Run,
    Several,
    TooMany,
    confirmation_text,
    decide,
    question_text,
    remarks_text,
    texts_of,
    too_many_text,
)

logger = logging.getLogger(__name__)

# The check of a plain prompt takes less than a thread would cost; a long, spiteful one keeps it busy for a good part of
# a second, which nobody else should wait for.
PLAIN_LENGTH = 300
FIXED, AS_IT_IS, CHANGED = _("Fixed and sent."), _("Sent as it is."), _("Changed and sent.")
PANEL = Question(_("Sending…"), is_panel=True)  # of Vary (Region)
# Modals that can be opened again by themselves, as they were.
FILLED_IN = frozenset(
    {ModalKind.PROMPT, ModalKind.REGION, ModalKind.MASK, ModalKind.ANSWER, ModalKind.REWORD, ModalKind.SAY}
)
ViewMaker = Callable[[str], discord.ui.View]
Complete = Callable[[Draft], Draft]


class PromptFlow:
    """Takes typed texts and the answers to what was asked about them."""

    def __init__(self, services: Services, drafts: Drafts, draft_jobs: DraftJobs) -> None:
        self._clock = services.clock
        self._admission = services.jobs.admission
        self._preferences = services.preferences
        self._drafts = drafts
        self._draft_jobs = draft_jobs

    async def take(self, interaction: Interaction, draft: Draft, complete: Complete | None = None) -> None:
        """Take a typed text, with what goes with it.

        `complete` puts in what else was given; what it raises is a refusal like every other. Refusals are told here,
        with the way back to the text.

        Raises:
            UserError: it is refused, and there is no text that could be kept.
        """
        draft = replace(draft, is_raw=has_own_language(draft), visibility=visibility_of(interaction))
        async with self._keeping(interaction, draft):
            if complete is not None:
                draft = complete(draft)
            async with self._keeping(interaction, draft):
                await self._draft_jobs.check(interaction, draft)
                draft = replace(draft, text=draft.text.strip() or await self._draft_jobs.unchanged(draft))
                if not draft.text:
                    raise UserError(EMPTY)
                question = PANEL if draft.ask in (ModalKind.REGION, ModalKind.MASK) and interaction.message else None
                await self._go(interaction, draft, await self._read(actor_of(interaction), draft), question)

    async def revise(self, interaction: Interaction, draft_id: str, text: str, files: Sequence[Source] = ()) -> None:
        """Take another text for a draft that was asked about, or that could not be taken.

        Raises:
            UserError: it is not kept any more, or somebody else's.
        """
        draft = await self._draft(interaction, draft_id)
        draft = replace(draft, text=text.strip() or draft.text)
        if draft.lacks_pictures:
            draft = replace(draft, picture_urls=tuple(files), lacks_pictures=False)
            draft = replace(draft, references=draft.references if len(files) >= len(draft.references) else ())
        async with self._keeping(interaction, draft):
            await self._draft_jobs.check(interaction, draft)
            question = Question(CHANGED, draft_id)
            await self._go(interaction, draft, await self._read(actor_of(interaction), draft), question)

    # Buttons.

    async def fix_and_run(self, interaction: Interaction, draft_id: str) -> None:
        """Run it with the best guesses."""
        draft = await self._draft(interaction, draft_id)
        report = await self._report(actor_of(interaction), draft)
        # One of the member's own options may have been meant.
        again = await self._report(actor_of(interaction), replace(draft, text=report.fixed))
        await self._answer(interaction, draft, again.prompt, Question(FIXED, draft_id))

    async def run_as_is(self, interaction: Interaction, draft_id: str) -> None:
        """Run it unchanged."""
        draft = await self._draft(interaction, draft_id)
        await self._answer(interaction, draft, draft.text, Question(AS_IT_IS, draft_id))

    async def edit_draft(self, interaction: Interaction, draft_id: str) -> None:
        """Open it in a modal."""
        draft = await self._draft(interaction, draft_id)
        if draft.ask is ModalKind.MASK and draft.lacks_pictures:  # what is missing is asked for by its own modal
            await self.reopen(interaction, draft_id)
            return
        modal = ModalContext(ModalKind.EDIT, draft_id, extra=int(draft.lacks_pictures))
        await open_modal(interaction, modal, _("Edit the prompt"), draft.text, self._clock)

    async def reopen(self, interaction: Interaction, draft_id: str) -> None:
        """Open the modal that it was typed into once more."""
        draft = await self._draft(interaction, draft_id)
        title = SETUP_TITLES.get(draft.ask, _("Prompt"))
        await open_modal(interaction, draft.modal, title, draft.text, self._clock)

    async def start_all(self, interaction: Interaction, draft_id: str) -> None:
        """Run all that it stands for."""
        draft, question = await self._draft(interaction, draft_id), Question(AS_IT_IS, draft_id)
        decision = self._as_it_is(draft, draft.text)
        if isinstance(decision, Several):
            async with self._keeping(interaction, draft):
                await self._draft_jobs.start_all(interaction, draft, decision.prompts, question)
        else:
            async with self._keeping(interaction, draft):
                await self._draft_jobs.start(interaction, draft, question)

    async def never_mind(self, interaction: Interaction, draft_id: str) -> None:
        """Forget it."""
        await self._draft(interaction, draft_id)
        await self._drafts.delete(draft_id)
        text = _("Nothing was started.").render(locale_of(interaction))
        await interaction.response.edit_message(content=text, view=None)

    async def _answer(self, interaction: Interaction, draft: Draft, text: str, question: Question) -> None:
        async with self._keeping(interaction, draft):
            await self._go(interaction, draft, self._as_it_is(draft, text), question)

    async def _draft(self, interaction: Interaction, draft_id: str) -> Draft:
        return await self._drafts.get(draft_id, actor_of(interaction))

    @asynccontextmanager
    async def _keeping(self, interaction: Interaction, draft: Draft) -> AsyncIterator[None]:
        """Keep a text that is refused, and tell the refusal with the way back to it."""
        try:
            yield
        except UserError as exc:
            if interaction.response.is_done() or not draft.text or isinstance(exc, DeniedError):
                raise
            locale = actor_of(interaction).locale
            view_for = reopen_view if draft.ask in FILLED_IN and not draft.lacks_pictures else edit_view
            draft_id = await self._drafts.keep(draft)
            await tell(interaction, exc.sentence.render(locale), view_for(draft_id, locale))

    # What a text comes to.

    async def _read(self, actor: Actor, draft: Draft) -> Decision:
        if await self._draft_jobs.is_plain(draft):
            return Run(one_line(draft.text))
        report = await self._report(actor, draft)
        return decide(report, self._draft_jobs.most(draft))

    async def _report(self, actor: Actor, draft: Draft) -> Report:
        own = await self._preferences.own(actor)
        if not draft.is_raw:
            own = replace(own, suffix="", defaults="")
        check = partial(read, draft.text, own, now=self._clock.now())
        if len(draft.text) + len(own.suffix) <= PLAIN_LENGTH and "{" not in draft.text and not own.options:
            return check()
        return await asyncio.to_thread(check)

    def _as_it_is(self, draft: Draft, text: str) -> Decision:
        return decide(Report(text, text), self._draft_jobs.most(draft)) if is_prompt(draft) else Run(text)

    # The ways on.

    async def _go(
        self, interaction: Interaction, draft: Draft, decision: Decision, question: Question | None = None
    ) -> None:
        """Do what was decided; `question` is what it answers, on the pressed message."""
        locale = actor_of(interaction).locale
        draft = replace(draft, is_raw=False)
        for text in texts_of(decision):
            await self._draft_jobs.check_text(replace(draft, text=text))
        match decision:
            case Run(prompt, slips) if draft.ask is ModalKind.COMPARE:
                several = Several(prompt, tuple(get_title(name) for name in draft.engines), slips)
                await self._confirm(interaction, replace(draft, text=prompt), several, question)
            case Run(prompt):
                draft = replace(draft, text=prompt)
                await self._draft_jobs.start(interaction, draft, question)
                if question in (None, PANEL) and (remarks := remarks_text(decision, locale)):
                    await self._tell_remarks(interaction, remarks)
            case Doubtful(report):
                text, has_fix = question_text(report, locale), report.fixed != report.prompt
                view = partial(_question_view, locale=locale, has_fix=has_fix)
                await self._ask(interaction, replace(draft, text=report.prompt), text, view, question)
            case Several(prompt):
                await self._confirm(interaction, replace(draft, text=prompt), decision, question)
            case TooMany(prompt):
                text = too_many_text(decision, self._draft_jobs.most(draft), locale)
                view = partial(_refusal_view, locale=locale)
                await self._ask(interaction, replace(draft, text=prompt), text, view, question)

    async def _confirm(
        self, interaction: Interaction, draft: Draft, several: Several, question: Question | None
    ) -> None:
        """Ask before several jobs are started, with what they cost."""
        actor, place = actor_of(interaction), place_of(interaction)
        await self._admission.check_group(actor, place, await self._draft_jobs.visibility(draft))
        units = await self._draft_jobs.units(actor, draft, several.prompts)
        left = await self._admission.units_left.of(actor, place)
        view = partial(_confirmation_view, locale=actor.locale, jobs=len(several.prompts))
        if left is not None and units > left:
            view = partial(_refusal_view, locale=actor.locale)
        await self._ask(interaction, draft, confirmation_text(several, units, left, actor.locale), view, question)

    async def _ask(
        self, interaction: Interaction, draft: Draft, text: str, view_for: ViewMaker, question: Question | None
    ) -> None:
        """Ask privately; a question that this one follows from gives way."""
        view = view_for(await self._drafts.keep(draft))
        if question is not None and is_question(interaction.message):
            await interaction.response.edit_message(content=text, view=view, attachments=[])
        else:
            await tell(interaction, text, view)
        if question is not None:
            await self._drafts.delete(question.draft_id)

    async def _tell_remarks(self, interaction: Interaction, remarks: str) -> None:
        try:
            await tell(interaction, remarks)
        except NETWORK_ERRORS as exc:  # the card shows the prompt as it runs
            logger.info("remarks not told interaction_id=%d reason=%s", interaction.id, type(exc).__name__)


# What stands under the questions.


def _question_view(draft_id: str, locale: str, *, has_fix: bool) -> discord.ui.View:
    fix = JobButton(JobAction.FIX_AND_RUN, draft_id, label=_("Fix and run").render(locale), style=Style.success)
    return view_of(
        *([fix] if has_fix else []),
        JobButton(JobAction.RUN_AS_IS, draft_id, label=_("Run as it is").render(locale)),
        JobButton(JobAction.EDIT_DRAFT, draft_id, label=_("Edit").render(locale)),
    )


def _confirmation_view(draft_id: str, locale: str, *, jobs: int) -> discord.ui.View:
    label = _("Start all {count}", count=jobs).render(locale)
    return view_of(
        JobButton(JobAction.START_ALL, draft_id, label=label, style=Style.success), *_ways_out(draft_id, locale)
    )


def _refusal_view(draft_id: str, locale: str) -> discord.ui.View:
    return view_of(*_ways_out(draft_id, locale))


def _ways_out(draft_id: str, locale: str) -> tuple[JobButton, JobButton]:
    return (
        JobButton(JobAction.EDIT_DRAFT, draft_id, label=_("Edit").render(locale)),
        JobButton(JobAction.NEVER_MIND, draft_id, label=_("Never mind").render(locale)),
    )
