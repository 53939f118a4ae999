"""What a member goes on with from their gallery: showing a picture in Discord once more, and drawing a region in it."""

import discord

from bot.domain.custom_ids import Family, parse
from bot.domain.job import Actor, Job, JobStatus
from bot.domain.server_rules import Flagged
from bot.domain.visibility import AS_PREFERRED
from bot.errors import UserError
from bot.language import _
from bot.links import GalleryPass
from bot.services import Services
from bot.ui.components.interactions import NETWORK_ERRORS, UNREACHABLE
from bot.ui.components.message_links import message_link
from bot.ui.flows.gallery_places import GalleryPlaces
from bot.ui.flows.mask_editor import MaskEditor, RegionPress
from bot.ui.flows.result_posts import ResultPosts

NO_REGION = _("No region can be drawn in this picture.")
NO_PLACE = _("You can no longer write where this was made, and I can't send you a direct message.")


class GalleryActs:
    """Does what the gallery's buttons say, where the picture was made or else in direct messages."""

    def __init__(
        self, services: Services, places: GalleryPlaces, results: ResultPosts, mask_editor: MaskEditor
    ) -> None:
        self._places = places
        self._unpaid = services.jobs.unpaid
        self._access = services.jobs.access
        self._admission = services.jobs.admission
        self._flagged = services.jobs.flagged
        self._results = results
        self._mask_editor = mask_editor

    async def show(self, admitted: GalleryPass, job: Job) -> str:
        """Post a finished job once more, as /show does; returns the message's address.

        Raises:
            UserError: it is not finished, a rule stands against it, or Discord does not take it.
        """
        if job.status is not JobStatus.DONE:
            raise UserError(_("Only a finished picture can be shown."))
        actor, place = await self._places.find(admitted, job, is_private=job.is_private)
        if self._flagged.rule_for(job, actor, place) is Flagged.RESTRICTED:
            place = await self._places.direct(actor)
        await self._unpaid.admit(actor, place)
        try:
            try:
                message_id = await self._results.post_in(place, job, reader=actor)
            except discord.Forbidden:
                place = await self._places.direct(actor)
                message_id = await self._results.post_in(place, job, reader=actor)
        except discord.Forbidden as exc:
            raise UserError(NO_PLACE) from exc
        except NETWORK_ERRORS as exc:
            raise UserError(UNREACHABLE) from exc
        return message_link(place, message_id)

    async def draw(self, admitted: GalleryPass, job: Job) -> str:
        """Give out a fresh link to draw a region of a picture; what is drawn is ordered as any press of its button.

        Raises:
            UserError: there is no such button, no page to draw on, or a rule stands against it.
        """
        key = region_of(job)
        if key is None:
            raise UserError(NO_REGION)
        is_private = await self._admission.audience.is_private(Actor(admitted.member_id), AS_PREFERRED, job)
        actor, place = await self._places.find(admitted, job, is_private=is_private)
        await self._access.check(actor, place)
        await self._admission.check_press(actor, place, job)
        self._mask_editor.check_served()
        is_there = place.channel_id == job.place.channel_id
        pressed = RegionPress(actor, place, (job.result_message_id or 0) if is_there else 0)
        url = await self._mask_editor.url(pressed, job, key)
        if url is None:
            raise UserError(NO_REGION)
        return url


def region_of(job: Job) -> int | None:
    """Return which button of a finished job is *Vary (Region)*; None where it has none."""
    buttons = job.result.buttons if job.status is JobStatus.DONE and job.result else ()
    families = [parse(button.custom_id).family for button in buttons]
    return families.index(Family.REGION) if Family.REGION in families else None
