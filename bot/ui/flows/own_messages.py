"""Messages of ours, whatever they are made of: what each is about, for whom it was written, and taking it away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.domain.job import GOING_ON, Actor, GroupState, Job, JobStatus, Place, Reach
from bot.errors import UserError
from bot.jobs import policy
from bot.language import _
from bot.services import Services
from bot.ui.components.job_buttons import ids_in
from bot.ui.components.review_buttons import is_for_moderators

# Who is spoken to stands first; in the line of a result or card, which may outlive its job, its author follows the
# prompt, of which no mark is left that could be taken for this.
_SPOKEN_TO = re.compile(r"(?:\*\*.*\*\* - )?<@([0-9]+)> ")


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """A message of ours with the jobs that it shows, the group whose card it is, and who may take it away."""

    id: int
    jobs: tuple[Job, ...]
    group: GroupState | None
    author_id: int | None
    is_direct: bool

    @property
    def shown(self) -> Sequence[Job]:
        """The jobs that it tells of; a group's card that has no pictures on it tells of all its jobs."""
        return self.jobs or (self.group.jobs if self.group else ())

    @property
    def goes_on(self) -> bool:
        """Whether something that it tells of is not decided yet."""
        if self.group is not None:
            return not self.group.is_over
        undecided = [job for job in self.jobs if job.awaits_review or (not job.stopped and job.status in GOING_ON)]
        return bool(undecided) or any(job.status is JobStatus.UNCERTAIN for job in self.jobs)

    def is_of(self, actor: Actor) -> bool:
        """Tell whether it was written for this person; in the bot's own direct messages there is nobody else."""
        return self.is_direct or actor.id == self.author_id


class OwnMessages:
    """Reads what messages of ours are about, stops what they tell of, and takes them away."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._store = services.store
        self._controls = services.jobs.controls

    async def read(self, message: discord.Message, place: Place) -> OwnMessage:
        """Look up what a message of ours is about; `place` is where somebody does something with it."""
        jobs: list[Job] = []
        group_state: GroupState | None = None
        for known_id in ids_in(message):
            if (job := await self._store.get(known_id)) is not None:
                jobs.append(job)
            elif group_state is None:
                group_state = await self._store.groups.get(known_id)
        group_ids = {job.group_id for job in jobs}
        if group_state is None and len(group_ids) == 1 and (group_id := group_ids.pop()) is not None:
            # a comparison that is over has no button of its group; results of permutations are messages of their own
            group = await self._store.groups.get(group_id)
            group_state = group if group and group.group.card_id == message.id else None
        author_id = group_state.group.actor.id if group_state else jobs[0].actor.id if jobs else _written_for(message)
        # Other direct messages are no servers' either, but people's among themselves.
        return OwnMessage(message.id, tuple(jobs), group_state, author_id, is_direct=place.reach is Reach.DM)

    async def remove(self, own: OwnMessage, actor: Actor, *, manages_messages: bool) -> None:
        """Take away what a message of ours shows: buttons of its finished jobs refuse, and /show has them no more.

        Who only manages messages takes away what stands there; a copy that was shown elsewhere ends nothing.

        Raises:
            UserError: somebody else's, or it goes on.
        """
        if not own.is_of(actor) and not manages_messages:
            raise UserError(_("Only the person who started this job can do that."))
        if own.goes_on:
            raise UserError(_("This job has not ended yet. Please stop it first, or answer what its buttons ask."))
        for job in own.jobs:
            is_theirs = actor.id == job.actor.id or (manages_messages and own.id == job.result_message_id)
            if job.status is JobStatus.DONE and is_theirs:
                await self._controls.remove(job)

    async def stop(self, own: OwnMessage, actor: Actor, *, manages_messages: bool) -> None:
        """Stop what a message of ours tells of; raises as stopping each job does."""
        if own.group is not None:
            policy.check_group_author(actor, own.group.group, manages_messages=manages_messages)
            await self._controls.cancel_rest(own.group.group.id)
            return
        for job in own.jobs:
            policy.check_author(actor, job, manages_messages=manages_messages)
            await self._controls.cancel(job)

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message of ours.

        Raises:
            UserError: it cannot be deleted from here.
        """
        try:
            await self._client.get_partial_messageable(channel_id).get_partial_message(message_id).delete()
        except discord.NotFound:
            return
        except discord.Forbidden as exc:
            raise UserError(
                _("I can't delete messages here, so please delete it yourself. Its buttons no longer work.")
            ) from exc


def _written_for(message: discord.Message) -> int | None:
    """Whose message it is where no job tells: who used the command or button, is spoken to, or is answered.

    What a review channel and a log tell of people is no message to them.
    """
    if is_for_moderators(message):
        return None
    if message.interaction_metadata is not None:
        return message.interaction_metadata.user.id
    if (spoken_to := _SPOKEN_TO.match(message.content)) is not None:
        return int(spoken_to[1])
    answered = message.reference.resolved if message.reference else None
    return answered.author.id if isinstance(answered, discord.Message) else None
