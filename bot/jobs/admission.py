"""The way in: every paid request, whatever started it, passes `request`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

from bot.clock import Clock
from bot.domain.job import (
    Actor,
    Asked,
    BatchLine,
    FailureKind,
    Group,
    GroupKind,
    Job,
    JobStatus,
    Place,
    Token,
    new_job_id,
)
from bot.domain.requests import Action, Button, EngineRequest, Imagine, Mode, Outgoing, Request
from bot.domain.rules import engine_of, task_relay
from bot.domain.visibility import AS_PREFERRED, Visibility
from bot.errors import DeniedError, RepeatedError, UserError
from bot.jobs import policy
from bot.jobs.access import Access
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.audience import Audience, Shown
from bot.jobs.engine_edits import edit_of
from bot.jobs.gates import Gates
from bot.jobs.job_metrics import tell_group_received, tell_received
from bot.jobs.known_limits import KnownLimits
from bot.jobs.once_keys import again_key, link_key, once_key_of, tried_again
from bot.jobs.outgoing_text import look_over
from bot.jobs.prices import units
from bot.jobs.relay_actions import action_of, picked_from
from bot.jobs.relay_choice import RelayChoice
from bot.jobs.units_left import UnitsLeft
from bot.language import _
from bot.prompts import check_length
from bot.settings import Settings
from bot.storage.admissions import AnsweredError, AskedError, UsedError
from bot.storage.jobs import JobStore
from bot.storage.units import LimitReachedError, Limits

MAY_COME_BACK = frozenset({JobStatus.EXPIRED, JobStatus.UNCERTAIN})
TRIED_AGAIN = frozenset({JobStatus.REFUSED, JobStatus.FAILED}) | MAY_COME_BACK
ANSWERED = _("This question was already answered, or it has expired.")
REMOVED = _("This picture was removed, so its buttons no longer work.")


class UsedButtonError(UserError):
    """A once-only button was pressed again; `job` is the first press's job."""

    def __init__(self, job: Job) -> None:
        super().__init__(_("This button was already used."))
        self.job = job


class Admission:
    """Holds requests against the owner's rules, and stores those that pass with their units reserved."""

    def __init__(
        self,
        store: JobStore,
        access: Access,
        gates: Gates,
        audience: Audience,
        settings: Settings,
        clock: Clock,
        engines: ActiveEngines,
        relays: RelayChoice,
    ) -> None:
        self._engines = engines
        self._relays = relays
        self._store = store
        self.access = access
        self._gates = gates
        self._limits = KnownLimits(settings, gates)
        self.units_left = UnitsLeft(store, self._limits, clock)
        self.audience = audience
        self._settings = settings
        self._clock = clock

    async def request(
        self,
        actor: Actor,
        place: Place,
        request: Request,
        *,
        mode: Mode | None,
        token: Token | None,
        parent: Job | None = None,
        reply_to: int | None = None,
        once_key: str | None = None,
        replaces: Job | None = None,
        answers: str | None = None,
        asked: Asked | None = None,
        visibility: Visibility = AS_PREFERRED,
    ) -> Job:
        """Admit a job and store it with its units reserved; it waits until its card is shown.

        `once_key` names what has one job at a time (a link, a card, a question). A job that it `replaces` gives way
        once its card stands; the question that it `answers` (a note) is closed; what `asked` for it makes one job.

        Raises:
            UsedButtonError, RepeatedError: the once-only button already has its job, or what asks for it came before.
            UserError: a rule of the owner stands against it.
        """
        place = await self.access.check(actor, place)
        if parent is not None:
            await self.check_press(actor, place, parent)
        outgoing = await self._let_through(actor, place, request, mode)
        shown = await self.audience.decide(actor, place, outgoing.request, visibility, source=parent, token=token)
        job = self._new_job(actor, shown, outgoing, token, self._clock.now(), asked).with_(
            parent_id=parent.id if parent else None,
            reply_to=reply_to,
            once_key=None if replaces else once_key or once_key_of(outgoing.request),
            replaces=replaces.id if replaces else None,
        )
        return await self._admit(job, place, answers)

    async def _admit(self, job: Job, place: Place, answers: str | None) -> Job:
        with self._within_limits(job.actor, place, job.units, job.created_at) as (limits, day):
            booked = await self._store.admissions.admit(job, limits, day, answers=answers)
        self.units_left.note(job, limits, booked)
        tell_received(job)
        return job

    async def request_group(
        self,
        actor: Actor,
        place: Place,
        kind: GroupKind,
        title: str,
        requests: Sequence[tuple[Request, Mode | None]],
        *,
        token: Token,
        answers: str | None = None,
        tries_again: Sequence[Job] = (),
        lines: Sequence[BatchLine] = (),
        asked: Asked | None = None,
        visibility: Visibility = AS_PREFERRED,
    ) -> tuple[Group, list[Job]]:
        """Admit several jobs as one group, all or none; they wait until the group's card is shown.

        `title` is what was asked for; each request comes with its speed. The question that they `answer` is closed.
        Where they try jobs again that ended badly, those are named in the same order; so are the lines of a batch.

        Raises:
            UsedButtonError, RepeatedError: one of those is being tried again, or what asks for them came before.
            UserError: a rule of the owner stands against it.
        """
        place = await self.access.check(actor, place)
        shown = await self.check_group(actor, place, visibility)
        outgoing = [await self._let_through(actor, place, request, mode) for request, mode in requests]
        now = self._clock.now()
        group = Group(new_job_id(), kind, actor, place, title, now, is_batch=bool(lines))
        members = [
            self._new_job(actor, shown, one, token, now + timedelta(microseconds=number), asked).with_(  # their order
                group_id=group.id, line=line, asked=asked and replace(asked, number=number), **tried_again(tried)
            )
            for number, (one, tried, line) in enumerate(zip_longest(outgoing, tries_again, lines))
        ]
        with self._within_limits(actor, place, sum(job.units for job in members), now) as limits:
            await self._store.admissions.admit_group(group, members, *limits, answers=answers)
        tell_group_received(group, members)
        return group, members

    async def check_group(self, actor: Actor, place: Place, visibility: Visibility = AS_PREFERRED) -> Shown:
        """Decide how several jobs are shown that share a card.

        Raises:
            UserError: they cannot be, here or at all.
        """
        policy.check_group_place(place)
        return await self.audience.decide_group(actor, place, visibility)

    async def check_press(self, actor: Actor, place: Place, parent: Job) -> None:
        """Refuse presses that owner or moderators do not want, and of what was removed; raises as `request` does."""
        policy.check_press(self._settings, actor, parent)
        self._gates.check_press(actor, await self.access.located(place), parent)
        check_is_kept(parent)

    def limits(self, actor: Actor, place: Place) -> Limits:
        """What nobody may exceed, by the owner's and the server's rules."""
        return self._limits.of(actor, place)

    def _new_job(
        self,
        actor: Actor,
        shown: Shown,
        outgoing: Outgoing,
        token: Token | None,
        created_at: datetime,
        asked: Asked | None,
    ) -> Job:
        """A job of what may leave, with its price, which nothing has admitted yet."""
        return Job(
            id=new_job_id(),
            status=JobStatus.RECEIVED,
            engine=engine_of(outgoing.request),
            actor=actor,
            place=shown.place,
            request=outgoing.request,
            mode=outgoing.mode,
            units=self.units(outgoing),
            relay=task_relay(outgoing.request) or "",
            created_at=created_at,
            token=token,
            asked=asked,
            is_private=shown.is_private,
            is_spoiler=shown.is_spoiler,
        )

    @contextmanager
    def _within_limits(self, actor: Actor, place: Place, units: int, now: datetime) -> Iterator[tuple[Limits, str]]:
        """Give what nobody may exceed and the day on which it is counted; tell what the store refuses in sentences.

        `units` is what was asked for.
        """
        day = now.date().isoformat()
        try:
            yield self.limits(actor, place), day
        except LimitReachedError as exc:
            raise UserError(policy.limit_sentence(self._settings, exc, units, day)) from exc
        except UsedError as exc:
            raise UsedButtonError(exc.job) from exc
        except AskedError as exc:
            raise RepeatedError(f"job_id={exc.job.id}") from exc
        except AnsweredError as exc:
            raise UserError(ANSWERED) from exc

    def looked_over(self, request: Request, mode: Mode | None) -> Outgoing:
        """A request as it may leave, in the speed that its texts ask for: what every job is made of.

        Raises:
            UserError: its prompt is too long for a row, its texts ask for several jobs, the owner switched off what it
                asks for, or the relay said that it does not do that.
        """
        check_length(request.prompt)
        engine = engine_of(request)
        if engine not in self._engines:
            raise DeniedError(_("{engine} is switched off here. Please use another engine.", engine=engine))
        outgoing = look_over(self._settings, request, mode)
        if not isinstance(request, EngineRequest):
            policy.check_mode(self._settings, outgoing.mode)
        policy.check_model(self._settings, request)
        self._relays.check(request, outgoing.mode)
        return outgoing

    async def at_submit(self, job: Job) -> Outgoing:
        """What a waiting job asks for, held once more against the rules: they may have changed since it was admitted.

        Raises:
            UserError: a rule stands against it now.
        """
        await self.access.check_queued(job)
        return await self._let_through(job.actor, job.place, job.request, job.mode)

    async def _let_through(self, actor: Actor, place: Place, request: Request, mode: Mode | None) -> Outgoing:
        """A request as it may leave, held against the server's rules as well; raises as `looked_over` does."""
        outgoing = self.looked_over(request, mode)
        await self._gates.check_request(actor, place, outgoing)
        return outgoing

    def units(self, outgoing: Outgoing) -> int:
        """What a job costs."""
        return units(self._settings, outgoing.request, outgoing.mode)

    def button(self, parent: Job, key: int) -> Button:
        """A button of a finished job.

        Raises:
            UserError: it is not known any more.
        """
        check_is_kept(parent)
        has_own_ways = isinstance(parent.request, EngineRequest) or picked_from(parent)
        is_known = parent.task_id is not None or has_own_ways
        if parent.result is None or not is_known or key >= len(parent.result.buttons):
            raise UserError(_("This button belongs to a picture that Easel no longer knows."))
        return parent.result.buttons[key]

    async def press(
        self,
        actor: Actor,
        place: Place,
        parent: Job,
        key: int,
        *,
        token: Token | None,
        message_id: int,
        answer: str | None = None,
        pictures: tuple[str, ...] = (),
        strong: bool | None = None,
        link_id: str | None = None,
        answers: str | None = None,
        asked: Asked | None = None,
        visibility: Visibility = AS_PREFERRED,
    ) -> Job:
        """Admit the job behind a button of a finished job, with the answer of its modal; raises as `request` does."""
        await self.check_press(actor, place, parent)
        button, edit = self.button(parent, key), edit_of(self._settings, parent, is_masked=True)
        typed = {"answer": answer, "strong": strong, "pictures": pictures}
        request = action_of(parent, button).model_copy(update=typed)
        return await self.request(
            actor,
            place,
            edit.model_copy(update={"prompt": answer or parent.prompt, "pictures": pictures}) if edit else request,
            mode=parent.mode,
            token=token,
            parent=parent,
            reply_to=message_id,
            once_key=link_key(link_id) if link_id else None,
            answers=answers,
            asked=asked,
            visibility=visibility,
        )

    async def repeat(self, actor: Actor, place: Place, job: Job, *, token: Token, asked: Asked | None = None) -> Job:
        """Admit what a finished job asked for once more, by the same pictures; raises as `request` does.

        Other engines are asked for another seed, as Midjourney takes one by itself.
        """
        request = job.request
        if job.status is not JobStatus.DONE:
            raise UserError(_("Only a finished job can be made again."))
        if isinstance(request, Action):
            request = request.model_copy(update={"is_answered": False})
        if isinstance(request, EngineRequest):
            options = {name: value for name, value in request.options.items() if name != "seed"}
            request = request.model_copy(update={"options": options})
        parent = await self._store.get(job.parent_id) if job.parent_id else None
        is_there = parent is not None and parent.place.channel_id == place.channel_id
        reply_to = parent.result_message_id if parent is not None and is_there else None
        return await self.request(
            actor,
            place,
            request,
            mode=job.mode,
            token=token,
            parent=parent,
            reply_to=reply_to,
            asked=asked,
            visibility=job.visibility,
        )

    async def again(self, actor: Actor, place: Place, job: Job, *, token: Token, asked: Asked | None = None) -> Job:
        """Admit a job with the same inputs as one that ended badly; raises as `request` does.

        A follow-up whose parent the relay has forgotten becomes a fresh imagine of the same prompt. One end is tried
        again once at a time, however often it is pressed.
        """
        if job.status not in TRIED_AGAIN:
            raise UserError(_("There is nothing to try again: this job is still running or already done."))
        if job.lacks_pictures:
            raise UserError(_("This picture is no longer stored. Please send it again."))
        forgotten = job.failure is not None and job.failure.kind is FailureKind.FORGOTTEN
        request = Imagine(prompt=job.prompt) if forgotten and isinstance(job.request, Action) else job.request
        if isinstance(request, Action):
            request = request.model_copy(update={"is_answered": False})
        parent = await self._store.get(job.parent_id) if job.parent_id and not forgotten else None
        return await self.request(
            actor,
            place,
            request,
            mode=job.mode,
            token=token,
            parent=parent,
            reply_to=job.reply_to,
            once_key=once_key_of(request) or again_key(job),
            replaces=job if job.status in MAY_COME_BACK else None,
            asked=asked,
            visibility=job.visibility,
        )


def check_is_kept(job: Job) -> None:
    """Refuse what needs the words or the picture of a job that was removed.

    Raises:
        UserError: it was removed.
    """
    if job.status is JobStatus.REMOVED:
        raise UserError(REMOVED)
