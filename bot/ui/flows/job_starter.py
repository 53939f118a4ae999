"""The start of jobs: admit what was asked for, answer with its card, then let it run."""

import logging
from collections.abc import Sequence

import discord

from bot.domain.job import Asked, BatchLine, GroupKind, GroupState, Job
from bot.domain.requests import Mode, Request
from bot.domain.visibility import AS_PREFERRED, Visibility
from bot.jobs.intake import Prepare
from bot.pictures.sources import Source
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import NETWORK_ERRORS, locale_of, place_of, requester_of, visibility_of
from bot.ui.components.job_buttons import is_question, running_view
from bot.ui.components.message_links import NOBODY
from bot.ui.components.modals import button_kind
from bot.ui.flows.drafts import Draft, Question
from bot.ui.flows.input_pictures import InputPictures
from bot.ui.flows.known_jobs import sent_to
from bot.ui.messages.card_posts import follow_up_card
from bot.ui.messages.group_card import group_card_parts
from bot.ui.text import job_lines

logger = logging.getLogger(__name__)


class JobStarter:
    """Starts jobs and groups for commands, buttons and modals. What has no card does not run, and costs nothing."""

    def __init__(self, services: Services, inputs: InputPictures) -> None:
        self._cipher = services.cipher
        self._clock = services.clock
        self._admission = services.jobs.admission
        self._intake = services.jobs.intake
        self._pictures = services.pictures
        self._preferences = services.preferences
        self._inputs = inputs
        self._answers_first = services.store.database.answers_first

    async def start(
        self,
        interaction: Interaction,
        request: Request,
        *,
        mode: Mode | None,
        picture_urls: Sequence[Source] = (),
        prepare: Prepare | None = None,
        follows: Job | None = None,
        question: Question | None = None,
        visibility: Visibility | None = None,
    ) -> None:
        """Admit a request, answer with its card, let it run.

        The interaction, a command or modal, is not yet answered; no `mode` is the relay's own. Pictures are taken in
        before the submit, or `prepare` makes them ready. The job `follows` a finished one, to whose message its result
        replies. Where it answers a `question` on the pressed message, the card is one more message. Without a
        `visibility` the command's options say how it is shown.

        Raises:
            UserError: a rule stands against it.
        """
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        reply_to = follows.result_message_id if follows and follows.place.channel_id == place.channel_id else None
        with self._answers_first.answering():
            job = await self._admission.request(
                actor,
                place,
                request,
                mode=mode,
                token=token,
                parent=follows,
                reply_to=reply_to,
                answers=question.note if question else None,
                asked=Asked(interaction.id),
                visibility=visibility or visibility_of(interaction),
            )
        prepare = self._inputs.from_addresses(picture_urls) if picture_urls else prepare
        await self._show(interaction, job, prepare, question)

    async def press(
        self, interaction: Interaction, parent: Job, draft: Draft, prepare: Prepare | None, question: Question | None
    ) -> None:
        """Admit the job behind a button of a finished job, with the text of its modal, and let it run.

        Raises:
            UserError: a rule stands against it.
        """
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        with self._answers_first.answering():
            job = await self._admission.press(
                actor,
                place,
                parent,
                draft.key,
                token=token,
                message_id=draft.message_id or parent.result_message_id or 0,
                answer=draft.text,
                strong=await self._preferences.strong(actor, button_kind(parent, draft.key)),
                answers=question.note if question else None,
                asked=Asked(interaction.id),
                visibility=draft.visibility,
            )
        await self._show(interaction, job, prepare, question)

    async def _show(
        self, interaction: Interaction, job: Job, prepare: Prepare | None, question: Question | None
    ) -> None:
        """Close the question that a job answers, and show the job's card."""
        if question is not None:
            try:
                await close_question(interaction, question)
            except NETWORK_ERRORS:
                await self._intake.withdraw(job)
                raise
        await self.answer_with_card(interaction, job, prepare)
        if question is not None and question.is_panel:
            await _close_panel(interaction)

    async def start_group(
        self,
        interaction: Interaction,
        kind: GroupKind,
        title: str,
        requests: Sequence[tuple[Request, Mode | None]],
        *,
        prepare: Prepare | None = None,
        question: Question | None = None,
        tries_again: Sequence[Job] = (),
        lines: Sequence[BatchLine] = (),
        visibility: Visibility = AS_PREFERRED,
    ) -> None:
        """Admit several requests as one group, answer with the group's card, let them run.

        `kind` and `title` are what they are to each other, and what was typed; each request comes with its speed, and
        `prepare` makes the pictures ready that all go by. The `question` that this answers stands on the pressed
        message; then the card is one more message. Jobs that these try again, or lines of a file, have the same order.

        Raises:
            UsedButtonError: one of those is being tried again already.
            UserError: a rule stands against it; then nothing was started.
        """
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        with self._answers_first.answering():
            group, members = await self._admission.request_group(
                actor,
                place,
                kind,
                title,
                requests,
                token=token,
                answers=question.note if question else None,
                asked=Asked(interaction.id),
                tries_again=tries_again,
                lines=lines,
                visibility=visibility,
            )
        card_id = await self._show_group(interaction, GroupState(group, tuple(members)), question)
        await self._intake.group_shown(group, members, card_id, prepare)

    async def _show_group(self, interaction: Interaction, state: GroupState, question: Question | None) -> int:
        """Close the question that a group answers, and show the group's card; returns its id."""
        try:
            with self._answers_first.answering():
                if question is not None:
                    await close_question(interaction, question)
                card_id = await self._answer_with_group_card(interaction, state)
        except NETWORK_ERRORS:
            await self._intake.withdraw_group(state.group, state.jobs)
            raise
        if card_id is None:
            await self._intake.withdraw_group(state.group, state.jobs)
            raise RuntimeError("Discord did not say which message the card is")
        return card_id

    async def answer_with_card(self, interaction: Interaction, job: Job, prepare: Prepare | None = None) -> None:
        """Show the card as the interaction's answer, or as one more after it; without a card nothing starts."""
        with self._answers_first.answering():
            card_id = await self._post_card(interaction, job)
        await self._intake.card_shown(job, card_id, prepare)

    async def _post_card(self, interaction: Interaction, job: Job) -> int:
        left = await self._admission.units_left.after(job)
        try:
            if interaction.response.is_done():
                card_id: int | None = await follow_up_card(interaction.followup, job, left)
            else:
                answer = await interaction.response.send_message(
                    job_lines.first_line(job, left),
                    view=running_view(job),
                    allowed_mentions=NOBODY,
                    suppress_embeds=True,
                    ephemeral=job.is_ephemeral,
                )
                card_id = answer.message_id
        except NETWORK_ERRORS:
            await self._intake.withdraw(job)
            raise
        if card_id is None:
            await self._intake.withdraw(job)
            raise RuntimeError("Discord did not say which message the card is")
        return card_id

    async def _answer_with_group_card(self, interaction: Interaction, group: GroupState) -> int | None:
        parts = await group_card_parts(group, self._pictures)
        if isinstance(parts.view, discord.ui.LayoutView):
            if interaction.response.is_done():
                card = await interaction.followup.send(view=parts.view, allowed_mentions=NOBODY, wait=True)
                return int(card.id)
            shown = await interaction.response.send_message(view=parts.view, allowed_mentions=NOBODY)
        elif interaction.response.is_done():
            card = await interaction.followup.send(
                parts.content or "", view=parts.view, allowed_mentions=NOBODY, suppress_embeds=True, wait=True
            )
            return int(card.id)
        else:
            shown = await interaction.response.send_message(
                parts.content, view=parts.view, allowed_mentions=NOBODY, suppress_embeds=True
            )
        return shown.message_id


async def _close_panel(interaction: Interaction) -> None:
    """Let the panel that a job came from say so; the job runs, whether or not that can be said."""
    here = place_of(interaction)
    try:
        await interaction.edit_original_response(
            content=sent_to(here, here).render(locale_of(interaction)), attachments=[]
        )
    except NETWORK_ERRORS as exc:
        logger.info("panel not closed interaction_id=%d reason=%s", interaction.id, type(exc).__name__)


async def close_question(interaction: Interaction, question: Question) -> None:
    """Let the pressed message say what became of its question."""
    if is_question(interaction.message):
        await interaction.response.edit_message(content=question.says.render(locale_of(interaction)), view=None)
