"""From admitted to waiting: once a job's card stands, its pictures are made ready and it may be submitted."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.job import Failure, FailureKind, Group, Job, JobStatus, Place, Wait
from bot.errors import PictureError
from bot.jobs.groups import Groups
from bot.jobs.inputs import Inputs
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.preparation import Preparation
from bot.jobs.transitions import STOPPED, Transitions, moved_to
from bot.lanes import PlacesOf
from bot.storage.jobs import JobStore

PREPARED_AT_ONCE = 2  # orders of one member whose pictures are made ready


@dataclass(frozen=True, slots=True)
class Prepared:
    """Pictures made ready for a submit, and the doubt that must be asked about first."""

    keys: Sequence[str]
    doubt: FailureKind | None = None


Prepare = Callable[[Job], Awaitable[Prepared]]


class Intake:
    """Lets admitted jobs, alone or in groups, be submitted; nothing starts whose card nobody sees."""

    def __init__(
        self,
        store: JobStore,
        live: LiveJobs,
        transitions: Transitions,
        groups: Groups,
        inputs: Inputs,
        preparation: Preparation,
    ) -> None:
        self._store = store
        self._live = live
        self._transitions = transitions
        self._groups = groups
        self._inputs = inputs
        self._preparation = preparation
        self._preparing_of = PlacesOf(PREPARED_AT_ONCE)

    async def card_shown(self, job: Job, card_id: int, prepare: Prepare | None = None) -> None:
        """The card stands: make the pictures ready, then let the job be submitted.

        A picture that is no use, or a mask that needs a second thought, ends the job before anything is spent.
        """
        # A start finds by `waiting_for` that the pictures are not all there, and sends nothing without them.
        waiting_for = Wait.PICTURES if prepare else ""
        with self._live.working_on([job]):
            shown = await self._transitions.write(
                job, lambda: self._store.card_shown(job, card_id, waiting_for=waiting_for)
            )
            if shown is None:
                return
            if shown.replaces is not None:
                self._live.deliveries.put(shown.replaces)  # its card says from now on where the other stands
            if shown.status is not JobStatus.RECEIVED:
                self._transitions.on_ended(shown)
                return
            if prepare is None:
                self._live.enqueue(shown)
                return
            prepared = await self._prepared([shown], prepare)
            ready = await self._with_pictures(shown, prepared) if prepared is not None else None
            if prepared is None or ready is None:
                return
            if prepared.doubt is not None:
                await self._transitions.end(ready, JobStatus.REFUSED, Failure(kind=prepared.doubt))
            else:
                self._live.enqueue(ready)

    async def group_shown(
        self, group: Group, members: Sequence[Job], card_id: int, prepare: Prepare | None = None
    ) -> None:
        """A group's card stands: make the pictures ready that all its jobs go by, then let them be submitted."""
        # As for a single job: a start sends nothing without its pictures.
        waiting_for = Wait.PICTURES if prepare else ""
        with self._live.working_on(members):
            await self._transitions.write(
                members[0], lambda: self._store.groups.card_shown(group.id, card_id, waiting_for=waiting_for)
            )
            self._groups.begin(replace(group, card_id=card_id))
            members = [job.with_(reply_to=card_id) for job in members]
            if prepare is not None:
                prepared = await self._prepared(members, prepare)
                if prepared is None:
                    return
                ready = [await self._with_pictures(job, prepared) for job in members]
                members = [job for job in ready if job is not None]
            for job in members:
                self._live.enqueue(job)

    async def _prepared(self, members: Sequence[Job], prepare: Prepare) -> Prepared | None:
        """The pictures that jobs go by, kept under the first one's name; None when all have ended without them."""
        first = members[0]
        try:
            return await self._preparation.run([job.id for job in members], self._made_ready(first, prepare))
        except PictureError as exc:
            detail = exc.sentence.render(first.actor.locale)
            failure = Failure(kind=FailureKind.PICTURE, detail=detail)
            for job in members:
                await self._transitions.end(job, JobStatus.REFUSED, failure)
            return None
        except Exception:
            for job in members:
                await self._transitions.end(job, JobStatus.FAILED, Failure(kind=FailureKind.RELAY))
            raise

    async def _made_ready(self, job: Job, prepare: Prepare) -> Prepared:
        """Take pictures in where there is room for them; a member who brings many waits behind themselves alone."""
        async with self._preparing_of.one(job.actor.id):
            await self._inputs.check(job.actor)
            return await prepare(job)

    async def _with_pictures(self, job: Job, prepared: Prepared) -> Job | None:
        """The job with its pictures; None where it ended while they were made ready, and then they go."""
        request = job.request.model_copy(update={"pictures": tuple(prepared.keys)})
        ready = await self._transitions.save(job, JobStatus.RECEIVED, {"request": request, "waiting_for": ""})
        if ready is None and (ended := await self._store.get(job.id)) is not None:
            self._inputs.ended(ended.with_(request=request))
        return ready

    async def withdraw(self, job: Job) -> None:
        """The card did not appear, as far as we know: nothing starts, nothing is spent."""
        await self._transitions.end(job, JobStatus.CANCELLED, STOPPED)

    async def withdraw_group(self, group: Group, members: Sequence[Job]) -> None:
        """A group's card did not appear, as far as we know: nothing starts, nothing is spent."""
        for job in members:
            await self.withdraw(job)
        self._groups.begin(group)
        self._groups.changed(group.id)

    async def move_to(self, job: Job, place: Place) -> Job:
        """Give a job whose card is not shown yet another place, which no token of the old one reaches."""
        await self._store.update(job, token=None, **moved_to(place))
        return job.with_(place=place, reply_to=None, token=None)
