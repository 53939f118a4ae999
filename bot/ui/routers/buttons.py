"""What happens when a button of ours is pressed."""

from collections.abc import Awaitable, Callable
from io import BytesIO

import discord

from bot.domain.custom_ids import MODALS, Family
from bot.domain.job import ENDED, GroupState, Job, JobStatus
from bot.domain.requests import Imagine
from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.admission import MAY_COME_BACK, UsedButtonError, check_is_kept
from bot.language import Sentence, _
from bot.ui.components.client import Interaction, PictureChoice, RegionInput
from bot.ui.components.interactions import actor_of, locale_of, manages_messages, report, tell
from bot.ui.components.job_actions import JobAction, PictureQuestion, RegionAction
from bot.ui.components.job_buttons import confirm_all_view, stopped_view
from bot.ui.components.message_links import NOBODY, message_link
from bot.ui.components.modal_prefill import prefill
from bot.ui.components.modals import ModalContext, ModalKind, button_kind, title_of
from bot.ui.components.region_buttons import draw_url_of, region_view
from bot.ui.flows import entry_points, message_pictures
from bot.ui.flows.draft_jobs import Orders
from bot.ui.flows.engine_follow_ups import EngineFollowUps
from bot.ui.flows.entry_points import Rule
from bot.ui.flows.job_starter import UNKNOWN_PICTURE, Desk
from bot.ui.flows.mask_editor import RegionPress
from bot.ui.flows.prompt_flow import PromptFlow
from bot.ui.messages.group_card import lost
from bot.ui.text import job_lines
from bot.ui.text.describe_text import parse_describe_text

STOPPED_STATES = frozenset({JobStatus.REFUSED, JobStatus.FAILED, JobStatus.EXPIRED})
Handler = Callable[[Interaction, Job, int], Awaitable[None]]
DraftHandler = Callable[[Interaction, str], Awaitable[None]]
GroupHandler = Callable[[Interaction, GroupState], Awaitable[None]]


class ButtonRouter:
    """Does what buttons say; every error is answered."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._service = desk.service
        self._painting = EngineFollowUps(desk)
        self._orders = Orders(desk)
        self._imagining = imagining = PromptFlow(desk)
        # The methods are named as the actions are.
        self._of_jobs: dict[str, Handler] = {
            JobAction.PRESS: self._press,
            JobAction.CANCEL: self._cancel,
            JobAction.EXPLAIN: self._explain,
            JobAction.TRY_AGAIN: self._try_again,
            JobAction.EDIT_JOB: self._edit_job,
            JobAction.DROP: self._drop,
            JobAction.LOOK_AGAIN: self._look_again,
            JobAction.CHECK: self._check,
            JobAction.SHOW_HERE: self._show_here,
            JobAction.ANSWER: self._answer,
            JobAction.CONFIRM_ALL: self._confirm_all,
            JobAction.IMAGINE_ALL: self._imagine_all,
            JobAction.RERUN: self._painting.rerun,
            JobAction.REWORD: self._painting.reword,
            JobAction.UPSCALE: self._painting.upscale,
            JobAction.TO_MIDJOURNEY: self._painting.to_midjourney,
            JobAction.USE_AS: self._painting.use_as,
            JobAction.IMAGINE_PROMPT: self._painting.imagine_prompt,
            JobAction.DETAILS: self._painting.details,
            JobAction.SHOW_RESULT: self._show_result,
        }
        self._of_drafts: dict[str, DraftHandler] = {
            JobAction.FIX_AND_RUN: imagining.fix_and_run,
            JobAction.RUN_AS_IS: imagining.run_as_is,
            JobAction.EDIT_DRAFT: imagining.edit_draft,
            JobAction.REOPEN: self._reopen,
            JobAction.START_ALL: imagining.start_all,
            JobAction.NEVER_MIND: imagining.never_mind,
        }
        self._of_groups: dict[str, GroupHandler] = {
            JobAction.CANCEL_REST: self._cancel_rest,
            JobAction.RETRY_FAILED: self._retry_failed,
        }

    @property
    def handlers(self) -> dict[str, Callable[..., Awaitable[None]]]:
        """What each action comes to."""
        return {**self._of_jobs, **self._of_drafts, **self._of_groups}

    async def press(self, interaction: Interaction, action: str, about: str, key: int | None) -> None:
        """Do what a button says about a job, a group or a draft; it may be of another version of the bot."""
        try:
            rule = entry_points.BUTTONS.get(action, Rule.STARTS)
            await self._desk.let_in(interaction, rule)
            if action in self._of_drafts:
                await self._of_drafts[action](interaction, about)
                return
            if action in self._of_groups:
                await self._of_groups[action](interaction, await self._board(about))
                return
            handler = self._of_jobs.get(action, _unknown)
            job = await self._desk.job(about)
            if rule is not Rule.ALWAYS:
                check_is_kept(job)
            await handler(interaction, job, key or 0)
        except Exception as exc:  # noqa: BLE001 - discord.py would only log it, and the person would see nothing
            await report(interaction, exc)

    async def choose(self, interaction: Interaction, choice: PictureChoice) -> None:
        """Take a choice in one of our menus."""
        try:
            await self._desk.let_in(interaction, entry_points.MENUS.get(choice.asks, Rule.STARTS))
            if choice.asks == PictureQuestion.ATTACHMENT:
                await message_pictures.choose(self._desk, interaction, choice)
            else:
                await self._painting.choose(interaction, choice)
        except Exception as exc:  # noqa: BLE001 - as above
            await report(interaction, exc)

    async def press_region(self, interaction: Interaction, pressed: RegionInput) -> None:
        """Do what a button of the Region panel says."""
        try:
            await self._desk.let_in(interaction, entry_points.REGION[pressed.action])
            await self._region(interaction, pressed)
        except Exception as exc:  # noqa: BLE001 - as above
            await report(interaction, exc)

    # The relay's own buttons.

    async def _press(self, interaction: Interaction, parent: Job, key: int) -> None:
        actor, place, token = self._desk.who(interaction)
        policy.check_press(self._service.settings, actor, parent)
        self._service.admission.button(parent, key)
        kind = button_kind(parent, key)
        if kind.family is Family.REGION:
            await self._show_region(interaction, parent, key)
            return
        if kind.family in MODALS or (kind.is_remixable and await self._desk.preferences.has_remix(actor)):
            modal = ModalContext(ModalKind.PROMPT, parent.id, key)
            await self._desk.open_modal(interaction, modal, title_of(kind), prefill(parent, kind))
            return
        message_id = interaction.message.id if interaction.message else 0
        try:
            strong = await self._desk.strong(actor, kind)
            job = await self._service.admission.press(
                actor, place, parent, key, token=token, message_id=message_id, strong=strong
            )
        except UsedButtonError as exc:
            await tell(interaction, where_is(exc.job).render(actor.locale))
            return
        await self._desk.answer_with_card(interaction, job)
        if job.once_key is not None:
            await self._desk.mark_used(interaction.message, parent, place)

    async def _show_region(self, interaction: Interaction, parent: Job, key: int) -> None:
        actor, place, token = self._desk.who(interaction)
        await self._service.unpaid.admit(actor, place)
        await interaction.response.defer(ephemeral=True, thinking=True)
        pressed = RegionPress(actor, place, interaction.message.id if interaction.message else 0, token)
        draw_url = await self._desk.drawings.url(pressed, parent, key)
        picture = await self._service.pictures.gridded(await self._desk.originals.key(parent), of=actor.id)
        text = _("Choose the cells to repaint, then say what goes there. Or upload a mask of your own.")
        await interaction.edit_original_response(
            content=text.render(actor.locale),
            attachments=[discord.File(BytesIO(picture), f"region-{parent.id}.webp")],
            view=region_view(parent.id, key, 0, actor.locale, draw_url),
        )

    async def _region(self, interaction: Interaction, pressed: RegionInput) -> None:
        parent = await self._desk.job(pressed.job_id)
        locale = locale_of(interaction)
        if pressed.cell is not None:
            chosen = pressed.chosen ^ 1 << pressed.cell
            view = region_view(parent.id, pressed.key, chosen, locale, draw_url_of(interaction.message))
            await interaction.response.edit_message(view=view)
            return
        if pressed.action is RegionAction.REPAINT and not pressed.chosen:
            raise UserError(_("Please choose at least one cell first."))
        ask = ModalKind.REGION if pressed.action is RegionAction.REPAINT else ModalKind.MASK
        modal = ModalContext(ask, parent.id, pressed.key, pressed.chosen)
        kind = button_kind(parent, pressed.key)
        await self._desk.open_modal(interaction, modal, title_of(kind), prefill(parent, kind))

    async def _answer(self, interaction: Interaction, job: Job, _key: int) -> None:
        policy.check_author(actor_of(interaction), job)
        if job.status is not JobStatus.AWAITING_INPUT:
            raise UserError(_("Nothing is asked here any more."))
        await self._desk.open_modal(interaction, ModalContext(ModalKind.ANSWER, job.id), _("Your answer"), job.prompt)

    async def _reopen(self, interaction: Interaction, draft_id: str) -> None:
        draft = await self._desk.draft(draft_id, actor_of(interaction))
        await self._desk.open_modal(interaction, draft.modal, _("Prompt"), draft.text)

    async def _confirm_all(self, interaction: Interaction, parent: Job, _key: int) -> None:
        actor = actor_of(interaction)
        policy.check_press(self._service.settings, actor, parent)
        prompts = parse_describe_text(parent.result.text).prompts if parent.result else ()
        units = self._orders.units_of((Imagine(prompt=prompt), parent.mode) for prompt in prompts)
        text = _("This starts {count} jobs for {units} units. Go on?", count=len(prompts), units=units)
        await tell(interaction, text.render(actor.locale), confirm_all_view(parent, actor.locale))

    async def _imagine_all(self, interaction: Interaction, parent: Job, _key: int) -> None:
        """Four imagines of ours: the relay's own button starts them where nobody could follow them."""
        actor, place, token = self._desk.who(interaction)
        policy.check_press(self._service.settings, actor, parent)
        if parent.result is None or parent.status is not JobStatus.DONE:
            raise UserError(UNKNOWN_PICTURE)
        question = interaction.message.id if interaction.message else interaction.id
        prompts = parse_describe_text(parent.result.text).prompts
        self._orders.units_of((Imagine(prompt=prompt), parent.mode) for prompt in prompts)  # all or none of them
        for number, prompt in enumerate(prompts):
            try:
                job = await self._service.admission.request(
                    actor,
                    place,
                    Imagine(prompt=prompt),
                    mode=parent.mode,
                    token=token,
                    parent=parent,
                    reply_to=parent.result_message_id,
                    once_key=f"all:{question}:{number}",
                )
            except UsedButtonError as exc:
                raise UserError(where_is(exc.job)) from exc
            await self._desk.answer_with_card(interaction, job)

    # Groups.

    async def _board(self, group_id: str) -> GroupState:
        board = await self._service.store.board(group_id)
        if board is None:
            raise UserError(UNKNOWN_PICTURE)
        return board

    async def _cancel_rest(self, interaction: Interaction, board: GroupState) -> None:
        policy.check_group_author(actor_of(interaction), board.group, manages_messages=manages_messages(interaction))
        stopped = await self._service.cancel_rest(board.group.id)
        text = _("Stopped {count}. What the relay had already begun may be charged; /jobs has it.", count=stopped)
        await tell(interaction, text)

    async def _retry_failed(self, interaction: Interaction, board: GroupState) -> None:
        """What ended badly, once more as a group of its own."""
        policy.check_group_author(actor_of(interaction), board.group)
        failed = lost(board)
        if not failed:
            raise UserError(_("There is nothing to try again: this job goes on, or it is done."))
        requests = [(job.request, job.mode) for job in failed]
        try:
            await self._desk.start_group(interaction, board.group.kind, board.group.title, requests, tries_again=failed)
        except UsedButtonError as exc:
            raise UserError(where_is(exc.job)) from exc

    async def _show_result(self, interaction: Interaction, job: Job, _key: int) -> None:
        """One result of a comparison as a message with its own buttons."""
        actor, place, _token = self._desk.who(interaction)
        policy.check_press(self._service.settings, actor, job)
        await self._desk.post_again(interaction, job, place)

    # Our own.

    async def _cancel(self, interaction: Interaction, job: Job, _key: int) -> None:
        policy.check_author(actor_of(interaction), job, manages_messages=manages_messages(interaction))
        stood = await self._service.cancel(job)
        sentence = (
            _("Stopped before it was sent. Nothing was charged.")
            if stood in (JobStatus.RECEIVED, JobStatus.AWAITING_INPUT)
            else _("Stopped. The relay cannot take it back and may charge it; if it finishes anyway, /jobs has it.")
        )
        await tell(interaction, sentence)

    async def _explain(self, interaction: Interaction, job: Job, _key: int) -> None:
        if job.status is JobStatus.REFUSED:
            policy.check_author(actor_of(interaction), job)  # a refused word is its author's affair
        sentence = (
            job_lines.uncertain_sentence(job) if job.status is JobStatus.UNCERTAIN else job_lines.failure_sentence(job)
        )
        await tell(interaction, sentence)

    async def _try_again(self, interaction: Interaction, job: Job, _key: int) -> None:
        actor, place, token = self._desk.who(interaction)
        policy.check_author(actor, job)
        if job.status in MAY_COME_BACK and not place.may_post:
            # So the press reaches the card that it was made on, too, which will say where the other stands.
            await interaction.response.defer()
        try:
            again = await self._service.admission.again(actor, place, job, token=token)
        except UsedButtonError as exc:
            raise UserError(where_is(exc.job)) from exc
        await self._desk.answer_with_card(interaction, again)

    async def _edit_job(self, interaction: Interaction, job: Job, _key: int) -> None:
        """The same with another text, and with pictures sent anew where they are not kept."""
        actor = actor_of(interaction)
        policy.check_author(actor, job)
        draft_id = await self._desk.keep_draft(await self._orders.draft_of(actor, job))
        await self._imagining.edit_draft(interaction, draft_id)

    async def _drop(self, interaction: Interaction, job: Job, _key: int) -> None:
        policy.check_author(actor_of(interaction), job)
        await self._service.drop(job)
        await tell(interaction, _("Dropped."))

    async def _look_again(self, interaction: Interaction, job: Job, _key: int) -> None:
        policy.check_author(actor_of(interaction), job)
        await interaction.response.defer()  # silently: then the token of this press reaches the card
        runs = await self._service.look_again(job, self._desk.token(interaction))
        sentence = _("Found it; it goes on.") if runs else _("The relay does not list it among its recent tasks.")
        await tell(interaction, sentence)

    async def _check(self, interaction: Interaction, job: Job, _key: int) -> None:
        """The press itself is what counts: it brings a token that reaches the card for another while."""
        actor, place, token = self._desk.who(interaction)
        policy.check_author(actor, job)  # the token of a stranger's press would show them what is the author's
        if job.status is JobStatus.UNDELIVERABLE and interaction.message is not None:
            await interaction.response.edit_message(
                content=job_lines.result_line(job), view=None, allowed_mentions=NOBODY
            )
            await self._service.deliveries.show_here(job, place, token, interaction.message.id)
        elif job.status in STOPPED_STATES:
            line, view = job_lines.ended_line(job), stopped_view(job)
            await interaction.response.edit_message(content=line, view=view, allowed_mentions=NOBODY)
        elif await self._service.fresh_token(job, token):
            await interaction.response.defer()  # the card itself shows how far it is
        else:
            raise UserError(where_is(job))

    async def _show_here(self, interaction: Interaction, job: Job, _key: int) -> None:
        actor, place, token = self._desk.who(interaction)
        policy.check_author(actor, job)
        if job.status is not JobStatus.UNDELIVERABLE:
            raise UserError(where_is(job))
        answer = await interaction.response.send_message(
            job_lines.result_line(job), allowed_mentions=NOBODY, suppress_embeds=True
        )
        if answer.message_id is not None:
            await self._service.deliveries.show_here(job, place, token, answer.message_id)


async def _unknown(_interaction: Interaction, _job: Job, _key: int) -> None:
    raise UserError(UNKNOWN_PICTURE)  # a button of another version of the bot


def where_is(job: Job) -> Sentence:
    """Where to find a job that somebody asked for again."""
    # Two presses at once: the card of the first is still on its way, so the pressed message must do.
    message_id = job.result_message_id or job.card_id or job.reply_to
    link = message_link(job.place, message_id)
    match job.status:
        case JobStatus.DONE:
            return _("That was already made: {link}", link=link)
        case JobStatus.UNDELIVERABLE:
            return _("That was already made, but it could not be posted; its author finds it in /jobs.")
        case JobStatus.UNCERTAIN:
            return _("Nobody can say yet what came of that: {link}", link=link)
        case status if status in ENDED:
            return _("That is over: {link}", link=link)
    return _("That is already on its way: {link}", link=link)
