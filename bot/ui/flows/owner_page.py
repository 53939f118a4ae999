"""The owner's page: links to it, who comes in by one, and what is done there in the owner's name.

Each act goes through the same doors as the commands, and stands in the audit as the owner's.
"""

import discord

from bot.domain.job import Actor, Job, JobStatus, Subject
from bot.errors import SettingsError, UserError
from bot.language import Sentence, _
from bot.links import LinkRefusedError, NoOwnerPage, OwnerLinks, OwnerPass
from bot.services import Services
from bot.storage.audit import Act, ActKind, write_act
from bot.storage.link_revisions import LinkRevisions
from bot.ui.components.owners import check_owner
from bot.ui.components.remembered import Remembered

NO_PAGE = _("The owner's page needs the web side: PUBLIC_URL and WEB_PORT in the settings.")
NO_JOB = _("There is no such job any more.")
REVISIONS = "owner_page"  # the kind of note that counts how often an owner ended all their links
OWNER_FOR_S = 60.0  # until Discord is asked again whether somebody still is one
MOST_OWNERS = 100
LONGEST_REASON = 400  # characters, as in /easel owner ban


class OwnerPage:
    """Gives out links, and acts for whoever came by one."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._links: OwnerLinks | None = services.owner_links
        self._revisions = LinkRevisions(services.store.notes, REVISIONS)
        self._store = services.store
        self._controls = services.jobs.controls
        self._recovery = services.jobs.recovery
        self._moderation = services.jobs.moderation
        self._bans = services.jobs.bans
        self._reloading = services.reloading
        self._owners = Remembered[int, bool](services.clock)

    @property
    def origin(self) -> str | None:
        """Where browsers reach the web side; None where they do not."""
        return self._links.origin if self._links else None

    # Links.

    async def url(self, actor: Actor) -> str:
        """Give out a link, for the owner's eyes alone.

        Raises:
            UserError: they are none, or there is no web side.
        """
        await check_owner(self._client, actor.id)
        return self._served().write(actor.id, await self._revisions.of(actor.id), actor.locale)

    async def revoke(self, actor: Actor) -> None:
        """End all links of an owner's at once."""
        await self._revisions.end_all(actor.id)

    async def admit(self, token: str) -> OwnerPass:
        """Let an owner in by the token of a link.

        Raises:
            LinkRefusedError: it is not one of ours, has ended, or was revoked.
            UserError: they do not own the application any more.
        """
        admitted = self._served().read(token)
        if admitted.revision != await self._revisions.of(admitted.member_id):
            raise LinkRefusedError(NoOwnerPage.EXPIRED)
        if not self._owners.get(admitted.member_id):
            await check_owner(self._client, admitted.member_id)
            self._owners.keep(admitted.member_id, value=True, for_s=OWNER_FOR_S, among=MOST_OWNERS)
        return admitted

    # Acts. Each asks Discord once more whose application this is.

    async def cancel(self, admitted: OwnerPass, job_id: str) -> Sentence:
        """Stop a job; returns what came of it.

        Raises:
            UserError: there is none, or it is over.
        """
        job = await self._job(admitted, job_id)
        stood = await self._controls.cancel(job, admitted.member_id)
        if stood in (JobStatus.RECEIVED, JobStatus.AWAITING_INPUT):
            return _("Stopped before it was sent. Nothing was charged.")
        return _("Stopped. The relay may still charge for it.")

    async def give_up(self, admitted: OwnerPass, job_id: str) -> Sentence:
        """Give up a job of unknown outcome, as its author could; raises as `cancel` does."""
        await self._controls.dismiss(await self._job(admitted, job_id), admitted.member_id)
        return _("Given up. Its units stay spent, as it may have been charged.")

    async def look(self, admitted: OwnerPass, job_id: str) -> Sentence:
        """Ask the relay for a job of unknown outcome; raises as `cancel` does, and where the relay has no list."""
        job = await self._job(admitted, job_id)
        act = Act(admitted.member_id, job.place.guild_id, ActKind.LOOK, f"job:{job.id}", job.status)
        await write_act(self._store.database, act)
        if await self._recovery.retry_recovery(job, None):
            return _("Found it, it is still running.")
        return _("Not among the relay's recent tasks.")

    async def pause(self, admitted: OwnerPass, guild_id: int) -> Sentence:
        """Let nothing start in a server."""
        await check_owner(self._client, admitted.member_id)
        await self._moderation.pause(guild_id, admitted.member_id)
        return _("Paused. Running jobs continue; nothing new starts there.")

    async def resume(self, admitted: OwnerPass, guild_id: int) -> Sentence:
        """Let jobs start in a server again."""
        await check_owner(self._client, admitted.member_id)
        await self._controls.resume_server(guild_id, admitted.member_id)
        return _("Resumed.")

    async def block(self, admitted: OwnerPass, guild_id: int, member_id: int) -> Sentence:
        """Block a member in a server, and stop what waits of theirs there."""
        await check_owner(self._client, admitted.member_id)
        await self._controls.block(guild_id, member_id, admitted.member_id)
        return _("Blocked on that server; their waiting jobs there were stopped.")

    async def unblock(self, admitted: OwnerPass, guild_id: int, member_id: int) -> Sentence:
        """Let a member start jobs in a server again."""
        await check_owner(self._client, admitted.member_id)
        await self._moderation.unblock(guild_id, member_id, admitted.member_id)
        return _("They can use Easel on that server again.")

    async def ban(self, admitted: OwnerPass, member_id: int, reason: str) -> Sentence:
        """Ban a member everywhere, for good.

        Raises:
            UserError: no reason is given, or too long a one.
        """
        await check_owner(self._client, admitted.member_id)
        if not 0 < len(reason) <= LONGEST_REASON:
            raise UserError(_("Please give a reason of 1 to {most} characters.", most=LONGEST_REASON))
        await self._controls.ban(Subject.MEMBER, member_id, admitted.member_id, reason=reason, until=None)
        return _("Banned everywhere; what waited of theirs was stopped.")

    async def lift(self, admitted: OwnerPass, subject: Subject, subject_id: int) -> Sentence:
        """Lift the ban of a member or a server.

        Raises:
            UserError: there is none.
        """
        await check_owner(self._client, admitted.member_id)
        if not await self._bans.lift(subject, subject_id, admitted.member_id, reason=""):
            raise UserError(_("There is no such ban any more."))
        return _("The ban is lifted.")

    async def reload(self, admitted: OwnerPass) -> Sentence:
        """Read the settings again; returns which have changed.

        Raises:
            UserError: something in them is wrong; nothing is changed.
        """
        await check_owner(self._client, admitted.member_id)
        try:
            found = await self._reloading.reload_everywhere(admitted.member_id)
        except SettingsError as exc:
            raise UserError(_("The settings stay as they are:\n{wrong}", wrong=str(exc))) from exc
        now, later = ([one.name for one in found if one.waits_for_start is waits] for waits in (False, True))
        if not found:
            return _("No setting has changed.")
        return _(
            "Holds from now on: {now}. Holds after a restart: {later}.",
            now=", ".join(now) or "-",
            later=", ".join(later) or "-",
        )

    async def _job(self, admitted: OwnerPass, job_id: str) -> Job:
        await check_owner(self._client, admitted.member_id)
        job = await self._store.get(job_id)
        if job is None:
            raise UserError(NO_JOB)
        return job

    def _served(self) -> OwnerLinks:
        if self._links is None:
            raise UserError(NO_PAGE)
        return self._links
