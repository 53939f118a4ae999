"""Members' galleries: links to them, and what may be done by one, which shows its member's own and nothing else."""

import logging
from dataclasses import dataclass

import discord
from pydantic import TypeAdapter

from bot.domain.job import Actor, Job, JobStatus
from bot.domain.library import LibraryKind, kind_of
from bot.errors import UserError
from bot.jobs.stages import shots_of
from bot.language import _
from bot.links import GalleryFile, GalleryLinks, GalleryPass, LinkRefusedError, NoGallery
from bot.services import Services
from bot.storage.expiring import ExpiringValues
from bot.storage.family import read_family
from bot.storage.library import Page, Search, Spot
from bot.storage.link_revisions import LinkRevisions
from bot.ui.flows.details import NOT_SENT, Details
from bot.ui.flows.own_messages import OwnMessages

logger = logging.getLogger(__name__)

NO_PAGE = _("The gallery is not set up here. /history shows your pictures in Discord.")
NOT_YOURS = _("This is not one of your pictures, or it was removed.")
REVISIONS = "gallery"  # the kind of note that counts how often a member ended all their links
CHOICE_LIFE_S = 3600.0
MOST_CHOSEN = 200
CHOSEN = -1  # the number of a file that is a choice, which is named in place of a job
MOST_PARENTS = 50
MOST_RELATIVES = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What a member chose to take along."""

    member_id: int
    job_ids: tuple[str, ...]


_CHOICE = TypeAdapter(Choice)


class Gallery:
    """Gives out links, and answers whoever comes by one."""

    def __init__(self, client: discord.Client, services: Services, own_messages: OwnMessages, details: Details) -> None:
        self._client = client
        self._links: GalleryLinks | None = services.gallery_links
        self._revisions = LinkRevisions(services.store.notes, REVISIONS)
        self._store = services.store
        self._controls = services.jobs.controls
        self._stars = services.jobs.stars
        self._unpaid = services.jobs.unpaid
        self._own_messages = own_messages
        self._details = details
        self._choices = ExpiringValues(
            services.store.notes,
            services.clock,
            "gallery_choice",
            _CHOICE,
            life_s=CHOICE_LIFE_S,
            owner_of=lambda choice: choice.member_id,
        )

    async def url(self, actor: Actor) -> str:
        """Give out a link to a member's own gallery, for their eyes alone.

        Raises:
            UserError: there is no web side.
        """
        return self._served().write(GalleryPass(actor.id, await self._revisions.of(actor.id), actor.locale))

    async def revoke(self, member_id: int) -> None:
        """End all links to a member's gallery at once, and all addresses of files in it."""
        await self._revisions.end_all(member_id)

    async def admit(self, token: str) -> GalleryPass:
        """Let somebody in by the token of a link.

        Raises:
            LinkRefusedError: it is not one of ours, has ended, or was revoked.
        """
        admitted = self._served().read(token)
        await self._check_revision(admitted.member_id, admitted.revision)
        return admitted

    async def find(self, admitted: GalleryPass, search: Search, count: int, before: Spot | None) -> Page:
        """Find a page of what the member made."""
        return await self._store.library.find(admitted.member_id, search, count=count, before=before)

    async def own(self, admitted: GalleryPass, job_id: str) -> Job:
        """Return one of the member's jobs.

        Raises:
            UserError: there is none of theirs.
        """
        return await self._own(admitted.member_id, job_id)

    def address(self, admitted: GalleryPass, job: Job, number: int, *, is_thumbnail: bool) -> str:
        """Return the last part of the address of a job's picture."""
        file = GalleryFile(admitted.member_id, admitted.revision, job.id, number, is_thumbnail)
        return self._served().write_file(file)

    async def file(self, token: str) -> tuple[Job, str, GalleryFile]:
        """Return what a file's address stands for: the job, the key of the kept picture, and which form is meant.

        Raises:
            LinkRefusedError: it is not one of ours, has ended, or was revoked.
            UserError: the picture was removed, or is not kept any more.
        """
        file = self._served().read_file(token)
        await self._check_revision(file.member_id, file.revision)
        job = await self._own(file.member_id, file.job_id)
        shots = shots_of(job)
        key = shots[file.number].picture if 0 <= file.number < len(shots) else None
        if key is None:
            raise LinkRefusedError(NoGallery.EXPIRED)
        return job, key, file

    async def family(self, job: Job) -> list[tuple[Job, LibraryKind]]:
        """Return what of the member's a picture came from and what came of it, oldest first, itself among them."""
        family = await read_family(self._store.database, job, most_parents=MOST_PARENTS, most=MOST_RELATIVES)
        return [(one, kind_of(one)) for one in family]

    async def star(self, admitted: GalleryPass, job: Job, *, is_on: bool) -> None:
        """Keep a job among the member's favourites, or not any more.

        Raises:
            UserError: it is not finished.
        """
        change = self._stars.give if is_on else self._stars.take
        await change(Actor(admitted.member_id), job)

    async def send(self, job: Job) -> None:
        """Send the details and the pictures to the member's direct messages, as the reaction with an envelope does.

        Raises:
            UserError: they may not come in, asked for more than is done for nothing, or Discord did not take it.
        """
        await self._unpaid.admit(job.actor, job.place)
        if not await self._details.send(job, job.actor.id):
            raise UserError(NOT_SENT)

    async def remove(self, job: Job) -> None:
        """Remove a picture for good: its words, its files, and its message where that can be deleted.

        Raises:
            UserError: it is not a finished picture any more.
        """
        await self._controls.remove(job)
        if job.result_message_id is None:
            return
        try:
            await self._own_messages.delete(job.place.channel_id, job.result_message_id)
        except (UserError, discord.HTTPException) as exc:
            logger.info("message not deleted job_id=%s reason=%s", job.id, type(exc).__name__)

    async def choose(self, admitted: GalleryPass, job_ids: tuple[str, ...]) -> str:
        """Keep a choice for an hour; returns the last part of the address at which it is one file.

        Raises:
            UserError: nothing was chosen, or too much.
        """
        if not 0 < len(job_ids) <= MOST_CHOSEN:
            raise UserError(_("Please choose 1 to {most} pictures.", most=MOST_CHOSEN))
        choice_id = await self._choices.keep(Choice(admitted.member_id, job_ids))
        chosen = GalleryFile(admitted.member_id, admitted.revision, choice_id, CHOSEN, is_thumbnail=False)
        return self._served().write_file(chosen)

    async def chosen(self, token: str) -> list[Job]:
        """Return the jobs of a choice that are still there, by the last part of its address.

        Raises:
            LinkRefusedError: it is not one of ours, or is not known any more.
        """
        file = self._served().read_file(token)
        await self._check_revision(file.member_id, file.revision)
        choice = await self._choices.get(file.job_id, file.member_id) if file.number == CHOSEN else None
        if choice is None:
            raise LinkRefusedError(NoGallery.EXPIRED)
        found = await self._store.of_ids(choice.job_ids)
        mine = {job.id: job for job in found if job.actor.id == file.member_id and job.status is JobStatus.DONE}
        return [mine[job_id] for job_id in choice.job_ids if job_id in mine]

    async def _own(self, member_id: int, job_id: str) -> Job:
        job = await self._store.get(job_id)
        if job is None or job.actor.id != member_id or job.status is JobStatus.REMOVED:
            raise UserError(NOT_YOURS)
        if job.result is not None and not job.may_be_seen:
            raise UserError(NOT_YOURS)
        return job

    def _served(self) -> GalleryLinks:
        if self._links is None:
            raise UserError(NO_PAGE)
        return self._links

    async def _check_revision(self, member_id: int, revision: int) -> None:
        if revision != await self._revisions.of(member_id):
            raise LinkRefusedError(NoGallery.EXPIRED)
