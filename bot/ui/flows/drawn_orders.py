"""Orders whose mask is drawn: their pictures are taken in, and a link to the mask editor is given out."""

import asyncio
import hashlib
from dataclasses import replace

from bot.domain.job import Actor, Job, new_job_id
from bot.domain.requests import Mode, Request
from bot.errors import PictureError
from bot.language import _
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import requester_of
from bot.ui.components.job_buttons import edit_view
from bot.ui.components.region_buttons import draw_view
from bot.ui.flows.drafts import Draft, Drafts, Question
from bot.ui.flows.input_pictures import NO_PICTURE, InputPictures
from bot.ui.flows.mask_editor import DrawnOrder, MaskEditor, RegionPress

LINK = _(
    "Mark what should be repainted on the page, and send it from there. The link is only for you and "
    "works for 30 minutes. Nothing is charged until you send it."
)
CANVAS_LENGTH = 16  # of a digest's hexadecimal digits; as long as a job's id


class DrawnOrders:
    """Gives out links for orders. Nothing is admitted, and no units are reserved, before the drawing is sent."""

    def __init__(self, services: Services, drafts: Drafts, inputs: InputPictures, mask_editor: MaskEditor) -> None:
        self._cipher = services.cipher
        self._clock = services.clock
        self._pictures = services.pictures
        self._admission = services.jobs.admission
        self._unpaid = services.jobs.unpaid
        self._room = services.jobs.inputs
        self._drafts = drafts
        self._inputs = inputs
        self._mask_editor = mask_editor

    async def offer(
        self,
        interaction: Interaction,
        draft: Draft,
        request: Request,
        *,
        mode: Mode | None,
        follows: Job | None,
        question: Question | None,
    ) -> None:
        """Take in the pictures of an order, and answer with the link to draw on the first of them.

        Args:
            interaction: the command, button or modal, not yet answered.
            draft: whose pictures it goes by; it is kept where they are no use.
            request: what is asked for, with its prompt as it was read.
            mode: the speed.
            follows: the finished job whose picture comes first.
            question: what this answers, on the pressed message, which then has the link.

        Raises:
            UserError: a rule stands against it, or there is no page to draw on.
        """
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        self._mask_editor.check_served()
        await self._unpaid.admit(actor, place)
        self._admission.looked_over(request, mode)  # nobody shall draw in vain
        await interaction.response.defer(ephemeral=True, thinking=question is None)
        reply_to = follows.result_message_id if follows and follows.place.channel_id == place.channel_id else None
        try:
            order = await self._order(draft, request, mode, follows, actor)
        except PictureError as exc:
            again = replace(draft, picture_urls=(), lacks_pictures=bool(draft.picture_urls))
            text, view = exc.sentence, edit_view(await self._drafts.keep(again), actor.locale)
        else:
            url = await self._mask_editor.url_of_order(RegionPress(actor, place, reply_to or 0, token), order)
            text, view = LINK, draw_view(url, actor.locale)
        await interaction.edit_original_response(content=text.render(actor.locale), view=view)
        if question is not None:
            await self._drafts.delete(question.draft_id)

    async def _order(
        self, draft: Draft, request: Request, mode: Mode | None, follows: Job | None, actor: Actor
    ) -> DrawnOrder:
        """Take in the pictures that an order goes by; raises `PictureError`."""
        await self._room.check(actor)
        keys = await self._kept(draft, follows, of=actor.id)
        asked = request.model_copy(update={"pictures": tuple(keys)})
        canvas = await self._canvas(keys[0])
        return DrawnOrder(asked, mode, canvas, follows.id if follows else "", draft.visibility)

    async def _kept(self, draft: Draft, follows: Job | None, *, of: int) -> list[str]:
        name = new_job_id()
        first = [await self._inputs.keep_result(name, follows, draft.key, of=of)] if follows else []
        kept = [*first, *await self._inputs.keep(name, draft.picture_urls, of=of, start=1 + len(first))]
        if not kept:  # a text was sent once more, and not the picture that goes with it
            raise PictureError(NO_PICTURE)
        return kept

    async def _canvas(self, key: str) -> str:
        """Name a picture by what it shows: the same one, sent again, finds what was drawn on it."""
        data = await self._pictures.read(key)
        return (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()[:CANVAS_LENGTH]
