"""*Edit and run again* and *Use this seed* from a gallery: a job of the member's own, admitted as any other."""

import re
from dataclasses import dataclass, replace

from bot.domain.job import Actor, Job, JobStatus, Place
from bot.domain.requests import EngineRequest, Imagine, Mode, Request, Shorten
from bot.domain.visibility import AS_PREFERRED
from bot.errors import UserError
from bot.jobs.admission import UsedButtonError
from bot.jobs.once_keys import link_key
from bot.language import _
from bot.links import GalleryPass
from bot.prompts import with_parameter
from bot.services import Services
from bot.ui.components.message_links import job_link
from bot.ui.components.modals import ModalKind
from bot.ui.flows.draft_jobs import ACTIONS, DraftJobs
from bot.ui.flows.drafts import Draft
from bot.ui.flows.gallery_places import GalleryPlaces
from bot.ui.flows.input_pictures import NOT_KEPT, InputPictures
from bot.ui.flows.known_jobs import find_job
from bot.ui.flows.page_orders import PROMPT_LIMIT, PageOrders
from bot.ui.text.costs import cost_line
from bot.ui.text.job_lines import is_other_engine

_RUN_ID = re.compile(r"[0-9a-f]{16,32}")


@dataclass(frozen=True, slots=True)
class GalleryOrder:
    """What the page sends.

    `run_id` is the page's own name for this try: sent once more, since no answer came, it makes no second job. An order
    `with_seed` is a new picture, whatever the job was; what `is_as_typed` was asked about.
    """

    text: str
    run_id: str
    with_seed: bool = False
    is_as_typed: bool = False


@dataclass(frozen=True, slots=True)
class OpenedOrder:
    """What the page begins with: the text, and what it costs as it stands."""

    text: str
    costs: str


class GalleryOrders:
    """Opens jobs to be changed, and orders what became of them."""

    def __init__(
        self,
        services: Services,
        places: GalleryPlaces,
        draft_jobs: DraftJobs,
        inputs: InputPictures,
        page_orders: PageOrders,
    ) -> None:
        self._store = services.store
        self._admission = services.jobs.admission
        self._controls = services.jobs.controls
        self._preferences = services.preferences
        self._places = places
        self._draft_jobs = draft_jobs
        self._inputs = inputs
        self._page_orders = page_orders

    async def open(self, admitted: GalleryPass, job: Job, *, with_seed: bool) -> OpenedOrder:
        """Begin with the text of a job, or with the same and its seed.

        Raises:
            UserError: nobody typed a text, its pictures are gone, or the relay does not tell the seed.
        """
        actor = Actor(admitted.member_id, admitted.locale)
        draft = await self._draft(actor, job, with_seed=with_seed)
        text = await self._with_seed(admitted, job) if with_seed else draft.text
        units = job.units  # a button costs what it cost
        if draft.ask not in ACTIONS:
            asked, mode = _request(replace(draft, text=text)), await self._mode(actor, draft)
            units = self._admission.units(self._admission.looked_over(asked, mode))
        left = await self._admission.units_left.of(actor, job.place)
        return OpenedOrder(text, cost_line(admitted.locale, units, left))

    async def run(self, admitted: GalleryPass, job: Job, order: GalleryOrder) -> str:
        """Order it; returns the address of the card in Discord.

        Raises:
            QuestionError: something is doubtful in the text, and nobody asked.
            UserError: a rule stands against it, or Discord cannot be reached; nothing was sent then.
        """
        if not order.text.strip() or len(order.text) > PROMPT_LIMIT or not _RUN_ID.fullmatch(order.run_id):
            raise UserError(_("Please write a prompt of 1 to {most} characters.", most=PROMPT_LIMIT))
        is_private = await self._admission.audience.is_private(Actor(admitted.member_id), AS_PREFERRED, job)
        actor, place = await self._places.find(admitted, job, is_private=is_private)
        draft = await self._draft(actor, job, with_seed=order.with_seed)
        is_plain = order.is_as_typed or await self._draft_jobs.is_plain(draft)
        draft = replace(draft, text=await self._page_orders.read(actor, order.text, is_as_typed=is_plain))
        await self._draft_jobs.check_text(draft)
        reply_to = job.result_message_id if place.channel_id == job.place.channel_id else None
        try:
            asked = await self._admit(actor, place, draft, f"{actor.id}:{order.run_id}", reply_to)
        except UsedButtonError as exc:
            return job_link(exc.job)
        prepare = self._inputs.from_job(job) if draft.inputs_of else None
        return job_link(await self._page_orders.show(asked, prepare))

    async def _admit(self, actor: Actor, place: Place, draft: Draft, link_id: str, reply_to: int | None) -> Job:
        """Admit what a draft stands for, under the name of one try; raises as admitting does."""
        if draft.ask not in ACTIONS:
            mode, key = await self._mode(actor, draft), link_key(link_id)
            return await self._admission.request(
                actor, place, _request(draft), mode=mode, token=None, reply_to=reply_to, once_key=key
            )
        return await self._admission.press(
            actor,
            place,
            await find_job(self._store, draft.about),
            draft.key,
            token=None,
            message_id=reply_to or 0,
            answer=draft.text,
            link_id=link_id,
        )

    async def _draft(self, actor: Actor, job: Job, *, with_seed: bool) -> Draft:
        if with_seed:
            return Draft(actor.id, ModalKind.IMAGINE, text=job.prompt)
        draft = await self._draft_jobs.draft_of(actor, job)
        if draft.lacks_pictures and job.request.pictures:
            raise UserError(NOT_KEPT)
        return draft

    async def _with_seed(self, admitted: GalleryPass, job: Job) -> str:
        if not has_seed(job):
            raise UserError(_("The relay did not give the seed of this picture."))
        self._places.count(admitted.member_id)
        return with_parameter(job.prompt, "seed", await self._controls.seed(job))

    async def _mode(self, actor: Actor, draft: Draft) -> Mode | None:
        is_other = isinstance(draft.request, EngineRequest) or draft.ask in ACTIONS
        return None if is_other else await self._preferences.mode(actor)


def has_seed(job: Job) -> bool:
    """Whether the relay may tell the seed of a job."""
    return job.status is JobStatus.DONE and bool(job.task_id and job.prompt) and not is_other_engine(job)


def _request(draft: Draft) -> Request:
    """What a draft that is no press of a button asks for."""
    if draft.ask is ModalKind.SHORTEN:
        return Shorten(prompt=draft.text)
    if draft.ask is ModalKind.PAINT and draft.request is not None:
        return draft.request.model_copy(update={"prompt": draft.text})
    return Imagine(prompt=draft.text, references=draft.references)
