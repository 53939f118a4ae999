"""Prompts on their way to jobs: checked, asked about where they are doubtful, confirmed where they stand for several.

A question is a private message; what it is about is kept as a draft, so that it can be answered after a restart, and
goes in the moment in which its answer is admitted, so that it has one.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

import discord

from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.models import GroupKind, Imagine, Request
from bot.jobs.outgoing import EMPTY, speed_of
from bot.jobs.service import Prepare
from bot.language import Sentence, _
from bot.prompts import Finding, expand_options, lint
from bot.settings import Mode
from bot.ui.buttons import JobButton, Style, view_of
from bot.ui.desk import Desk, Draft
from bot.ui.dialogs import Ask, Dialog
from bot.ui.interactions import NETWORK_ERRORS, Interaction, actor_of, place_of, tell
from bot.ui.prompting import (
    Decision,
    Doubtful,
    Run,
    Several,
    TooMany,
    confirmation_text,
    decide,
    question_text,
    slips_text,
    too_many_text,
)

logger = logging.getLogger(__name__)

# The check of a plain prompt takes less than a thread would cost; a long, spiteful one keeps it busy for a good part of
# a second, which nobody else should wait for.
PLAIN_LENGTH = 300
FIXED, AS_IT_IS, CHANGED = _("Fixed and sent."), _("Sent as it is."), _("Changed and sent.")
ViewMaker = Callable[[str], discord.ui.View]


class Imagining:
    """Takes typed prompts and the answers to what was asked about them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._service = desk.service
        self._settings = desk.service.settings

    async def take(self, interaction: Interaction, draft: Draft) -> None:
        """A prompt that was typed, with what goes with it: the member's own language is put in.

        Raises:
            UserError: it is empty, or a rule stands against it.
        """
        actor = actor_of(interaction)
        if not draft.text.strip():
            raise UserError(EMPTY)
        await self._service.access.check(actor, place_of(interaction))  # nobody is asked in vain
        prompt = await self._desk.preferences.in_full(actor, draft.text.strip())
        options = await self._desk.preferences.options(actor)
        await self._go(interaction, draft, await self._decide(prompt, options))

    async def revise(self, interaction: Interaction, draft_id: str, draft: Draft, text: str) -> None:
        """A prompt that was edited in answer to a question; the suffix stands in it already, or was taken out."""
        options = await self._desk.preferences.options(actor_of(interaction))
        prompt = expand_options(text.strip() or draft.text, options)
        await self._go(interaction, draft, await self._decide(prompt, options), asked=draft_id, says=CHANGED)

    # Buttons.

    async def fix(self, interaction: Interaction, draft_id: str) -> None:
        """Run it with the best guesses."""
        draft = await self._draft(interaction, draft_id)
        options = await self._desk.preferences.options(actor_of(interaction))
        report = await asyncio.to_thread(lint, draft.text, aliases=self._known(options))
        decision = self._as_it_is(expand_options(report.fixed, options))  # one of them may have been meant
        await self._go(interaction, draft, decision, asked=draft_id, says=FIXED)

    async def as_it_is(self, interaction: Interaction, draft_id: str) -> None:
        """Run it unchanged."""
        draft = await self._draft(interaction, draft_id)
        await self._go(interaction, draft, self._as_it_is(draft.text), asked=draft_id, says=AS_IT_IS)

    async def edit(self, interaction: Interaction, draft_id: str) -> None:
        """Open it in a dialog."""
        draft = await self._draft(interaction, draft_id)
        await self._desk.open_dialog(interaction, Dialog(Ask.IMAGINE, draft_id), _("Imagine"), draft.text)

    async def start_all(self, interaction: Interaction, draft_id: str) -> None:
        """Run all that it stands for."""
        draft = await self._draft(interaction, draft_id)
        decision = self._as_it_is(draft.text)
        if isinstance(decision, Several):
            await self._run_all(interaction, draft, decision, draft_id)
        else:
            await self._go(interaction, draft, decision, asked=draft_id, says=AS_IT_IS)

    async def never_mind(self, interaction: Interaction, draft_id: str) -> None:
        """Forget it."""
        await self._draft(interaction, draft_id)
        await self._desk.drop_draft(draft_id)
        text = _("Nothing was started.").render(str(interaction.locale.value))
        await interaction.response.edit_message(content=text, view=None)

    async def _draft(self, interaction: Interaction, draft_id: str) -> Draft:
        return await self._desk.draft(draft_id, actor_of(interaction))

    # The ways on.

    async def _decide(self, prompt: str, options: Collection[str]) -> Decision:
        check = partial(decide, prompt, self._settings.max_jobs_per_prompt, self._known(options))
        if len(prompt) <= PLAIN_LENGTH and "{" not in prompt:
            return check()
        return await asyncio.to_thread(check)

    def _known(self, options: Collection[str]) -> Collection[str]:
        return (*self._settings.extra_parameters, *options)

    def _as_it_is(self, prompt: str) -> Decision:
        return decide(prompt, self._settings.max_jobs_per_prompt, as_it_is=True)

    async def _go(
        self,
        interaction: Interaction,
        draft: Draft,
        decision: Decision,
        *,
        asked: str | None = None,
        says: Sentence = CHANGED,
    ) -> None:
        """Do what was decided.

        Args:
            interaction: what brought it, not yet answered.
            draft: the pictures and whatever else goes with the prompt.
            decision: what to do with the prompt.
            asked: the draft whose question this answers; its message is the pressed one.
            says: what that message says once the job runs.
        """
        locale = actor_of(interaction).locale
        match decision:
            case Run():
                await self._run(interaction, draft, decision, asked, says)
            case Doubtful(report):
                text = question_text(report, locale)
                has_fix = report.fixed != report.prompt
                view = partial(_question_view, locale=locale, has_fix=has_fix)
                await self._ask(interaction, replace(draft, text=report.prompt), text, view, asked)
            case Several(prompt, prompts):
                policy.check_group_place(place_of(interaction))
                units = sum(self._units(mode) for _request, mode in await self._requests(interaction, draft, prompts))
                left = await self._service.admission.units_left(actor_of(interaction))
                text = confirmation_text(decision, units, left, locale)
                view = partial(_confirmation_view, locale=locale, jobs=len(prompts))
                await self._ask(interaction, replace(draft, text=prompt), text, view, asked)
            case TooMany(prompt):
                text = too_many_text(decision, self._settings.max_jobs_per_prompt, locale)
                await self._ask(
                    interaction, replace(draft, text=prompt), text, partial(_refusal_view, locale=locale), asked
                )

    async def _ask(
        self, interaction: Interaction, draft: Draft, text: str, view_for: ViewMaker, asked: str | None
    ) -> None:
        """Ask privately; a question that this one follows from gives way."""
        view = view_for(await self._desk.keep_draft(replace(draft, ask=Ask.IMAGINE)))
        if asked is None:
            await tell(interaction, text, view)
        else:
            await interaction.response.edit_message(content=text, view=view)
            await self._desk.drop_draft(asked)

    async def _run(self, interaction: Interaction, draft: Draft, run: Run, asked: str | None, says: Sentence) -> None:
        ((request, mode),) = await self._requests(interaction, draft, [run.prompt])
        locale = actor_of(interaction).locale
        await self._desk.start(
            interaction,
            request,
            mode=mode,
            prepare=await self._pictures(draft),
            follows=await self._desk.job(draft.about) if draft.about else None,
            answers=asked,
            answer=says.render(locale) if asked else "",
        )
        if run.slips and not asked:
            await self._tell_slips(interaction, run.slips, locale)

    async def _tell_slips(self, interaction: Interaction, slips: Sequence[Finding], locale: str) -> None:
        try:
            await tell(interaction, slips_text(slips, locale))
        except NETWORK_ERRORS as exc:  # the card shows the prompt as it runs
            logger.info("slips not told interaction_id=%d reason=%s", interaction.id, type(exc).__name__)

    async def _run_all(self, interaction: Interaction, draft: Draft, several: Several, asked: str) -> None:
        requests = await self._requests(interaction, draft, several.prompts)
        started = _("Started all {count}.", count=len(requests))
        await self._desk.start_group(
            interaction,
            GroupKind.PERMUTATION,
            several.prompt,
            requests,
            prepare=await self._pictures(draft),
            answers=asked,
            answer=started.render(actor_of(interaction).locale),
        )

    async def _pictures(self, draft: Draft) -> Prepare | None:
        """How what a prompt goes by is made ready: attachments, or the picture of the job that it follows."""
        if draft.task:
            return self._desk.taking_from(await self._desk.job(draft.about), draft.key)
        return self._desk.taking_in(draft.picture_urls) if draft.picture_urls else None

    async def _requests(
        self, interaction: Interaction, draft: Draft, prompts: Sequence[str]
    ) -> list[tuple[Request, Mode | None]]:
        """What to ask for, each with its speed: the flag's, else the member's."""
        preferred = await self._desk.preferences.mode(actor_of(interaction))
        requests: list[tuple[Request, Mode | None]] = []
        for prompt in prompts:
            flag, words = speed_of(prompt)
            if not words:
                raise UserError(EMPTY)
            requests.append((Imagine(prompt=words, references=draft.references), flag or preferred))
        return requests

    def _units(self, mode: Mode | None) -> int:
        return self._settings.units("imagine", mode or Mode.FAST)


# What stands under the questions.


def _question_view(draft_id: str, locale: str, *, has_fix: bool) -> discord.ui.View:
    fix = JobButton("fix", draft_id, label=_("Fix and run").render(locale), style=Style.success)
    return view_of(
        *([fix] if has_fix else []),
        JobButton("asis", draft_id, label=_("Run as it is").render(locale)),
        JobButton("edit", draft_id, label=_("Edit").render(locale)),
    )


def _confirmation_view(draft_id: str, locale: str, *, jobs: int) -> discord.ui.View:
    label = _("Start all {count}", count=jobs).render(locale)
    return view_of(JobButton("startall", draft_id, label=label, style=Style.success), *_ways_out(draft_id, locale))


def _refusal_view(draft_id: str, locale: str) -> discord.ui.View:
    return view_of(*_ways_out(draft_id, locale))


def _ways_out(draft_id: str, locale: str) -> tuple[JobButton, JobButton]:
    return (
        JobButton("edit", draft_id, label=_("Edit").render(locale)),
        JobButton("nevermind", draft_id, label=_("Never mind").render(locale)),
    )
