"""The relay's own buttons under a finished job, the Region panel behind one of them, and *Imagine all*."""

from io import BytesIO

import discord

from bot.domain.custom_ids import MODALS, Family
from bot.domain.job import Asked, Job, JobStatus
from bot.domain.requests import Imagine
from bot.errors import UserError
from bot.jobs.admission import UsedButtonError, check_is_kept
from bot.jobs.unpaid_work import MARKING
from bot.language import _
from bot.services import Services
from bot.ui.components.client import Interaction, RegionInput
from bot.ui.components.interactions import actor_of, place_of, requester_of, tell
from bot.ui.components.job_actions import RegionAction
from bot.ui.components.job_buttons import confirm_all_view
from bot.ui.components.modal_prefill import prefill
from bot.ui.components.modals import ModalContext, ModalKind, button_kind, open_modal, title_of
from bot.ui.components.region_buttons import cells_of, draw_url_of, region_text, region_view
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.draft_jobs import DraftJobs
from bot.ui.flows.job_starter import JobStarter
from bot.ui.flows.known_jobs import UNKNOWN_PICTURE, find_job, where_is
from bot.ui.flows.mask_editor import MaskEditor, RegionPress
from bot.ui.flows.result_posts import ResultPosts
from bot.ui.text.costs import start_text
from bot.ui.text.describe_text import parse_describe_text


class RelayButtons:
    """Starts what the relay offers for a finished job; whoever presses pays."""

    def __init__(
        self,
        services: Services,
        starter: JobStarter,
        draft_jobs: DraftJobs,
        results: ResultPosts,
        originals: OriginalPictures,
        mask_editor: MaskEditor,
    ) -> None:
        self._cipher = services.cipher
        self._clock = services.clock
        self._store = services.store
        self._pictures = services.pictures
        self._admission = services.jobs.admission
        self._unpaid = services.jobs.unpaid
        self._preferences = services.preferences
        self._starter = starter
        self._draft_jobs = draft_jobs
        self._results = results
        self._originals = originals
        self._mask_editor = mask_editor
        self._chosen: dict[int, int] = {}  # cells by panel, while their picture is being made

    async def press(self, interaction: Interaction, parent: Job, key: int) -> None:
        """Start what a button stands for, or ask first: for cells of the picture, or for a text."""
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        await self._admission.check_press(actor, place, parent)
        self._admission.button(parent, key)
        kind = button_kind(parent, key)
        if kind.family is Family.REGION:
            await self._show_region(interaction, parent, key)
            return
        if kind.family in MODALS or (kind.is_remixable and await self._preferences.has_remix(actor)):
            modal = ModalContext(ModalKind.PROMPT, parent.id, key)
            await open_modal(interaction, modal, title_of(kind), prefill(parent, kind), self._clock)
            return
        message_id = interaction.message.id if interaction.message else 0
        try:
            strong = await self._preferences.strong(actor, kind)
            job = await self._admission.press(
                actor,
                place,
                parent,
                key,
                token=token,
                message_id=message_id,
                strong=strong,
                asked=Asked(interaction.id),
            )
        except UsedButtonError as exc:
            await tell(interaction, where_is(exc.job).render(actor.locale))
            return
        await self._starter.answer_with_card(interaction, job)
        if job.once_key is not None:
            await self._results.mark_used(interaction.message, parent, place)

    async def _show_region(self, interaction: Interaction, parent: Job, key: int) -> None:
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        await self._unpaid.admit(actor, place)
        await interaction.response.defer(ephemeral=True, thinking=True)
        pressed = RegionPress(actor, place, interaction.message.id if interaction.message else 0, token)
        draw_url = await self._mask_editor.url(pressed, parent, key)
        picture = await self._pictures.gridded(await self._originals.key(parent), of=actor.id)
        await interaction.edit_original_response(
            content=region_text(draw_url).render(actor.locale),
            attachments=[_shown(picture, parent)],
            view=region_view(parent.id, key, 0, actor.locale, draw_url),
        )

    async def press_region(self, interaction: Interaction, pressed: RegionInput) -> None:
        """Mark a cell of the Region panel, or ask what goes there."""
        parent = await find_job(self._store, pressed.job_id)
        if pressed.cell is not None:
            await self._choose_cell(interaction, parent, pressed, pressed.chosen ^ 1 << pressed.cell)
            return
        if pressed.action is RegionAction.REPAINT and not pressed.chosen:
            raise UserError(_("Please choose at least one cell first."))
        await self._admission.check_press(actor_of(interaction), place_of(interaction), parent)
        check_is_kept(parent)
        ask = ModalKind.REGION if pressed.action is RegionAction.REPAINT else ModalKind.MASK
        modal = ModalContext(ask, parent.id, pressed.key, pressed.chosen)
        kind = button_kind(parent, pressed.key)
        await open_modal(interaction, modal, title_of(kind), prefill(parent, kind), self._clock)

    async def _choose_cell(self, interaction: Interaction, parent: Job, pressed: RegionInput, chosen: int) -> None:
        """Light the cell's button at once, and in the picture as soon as that is made."""
        actor, panel = actor_of(interaction), interaction.message.id if interaction.message else 0
        await self._unpaid.admit(actor, place_of(interaction), MARKING)
        self._chosen[panel] = chosen
        view = region_view(parent.id, pressed.key, chosen, actor.locale, draw_url_of(interaction.message))
        await interaction.response.edit_message(view=view)
        try:
            key = await self._originals.key(parent)
            picture = await self._pictures.gridded(key, cells_of(chosen), of=actor.id)
        finally:  # another cell may have been pressed meanwhile, whose picture will come
            is_last = self._chosen.get(panel) == chosen and self._chosen.pop(panel) == chosen
        if is_last:
            await interaction.edit_original_response(attachments=[_shown(picture, parent)])

    async def confirm_all(self, interaction: Interaction, parent: Job, _key: int) -> None:
        """Ask before all prompts of a description are paid at once."""
        actor = actor_of(interaction)
        await self._admission.check_press(actor, place_of(interaction), parent)
        prompts = parse_describe_text(parent.result.text).prompts if parent.result else ()
        units = self._draft_jobs.units_of((Imagine(prompt=prompt), parent.mode) for prompt in prompts)
        left = await self._admission.units_left.of(actor, place_of(interaction))
        view = confirm_all_view(parent, actor.locale) if left is None or units <= left else None
        await tell(interaction, start_text(len(prompts), units, left, actor.locale), view)

    async def imagine_all(self, interaction: Interaction, parent: Job, _key: int) -> None:
        """Imagine each prompt as a job of ours: the relay's own button starts them where nobody could follow them."""
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        await self._admission.check_press(actor, place, parent)
        if parent.result is None or parent.status is not JobStatus.DONE:
            raise UserError(UNKNOWN_PICTURE)
        question = interaction.message.id if interaction.message else interaction.id
        prompts = parse_describe_text(parent.result.text).prompts
        self._draft_jobs.units_of((Imagine(prompt=prompt), parent.mode) for prompt in prompts)  # all or none of them
        for number, prompt in enumerate(prompts):
            try:
                job = await self._admission.request(
                    actor,
                    place,
                    Imagine(prompt=prompt),
                    mode=parent.mode,
                    token=token,
                    parent=parent,
                    reply_to=parent.result_message_id,
                    once_key=f"all:{question}:{number}",
                    asked=Asked(interaction.id, number),
                )
            except UsedButtonError as exc:
                raise UserError(where_is(exc.job)) from exc
            await self._starter.answer_with_card(interaction, job)


def _shown(picture: bytes, parent: Job) -> discord.File:
    return discord.File(BytesIO(picture), f"region-{parent.id}.webp")
