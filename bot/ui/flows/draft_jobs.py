"""What a draft stands for once its text was read: the jobs that it starts, each by the rules of its kind."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.domain.custom_ids import Family
from bot.domain.custom_ids import parse as parse_button
from bot.domain.engine_info import build_plain_request
from bot.domain.job import Actor, GroupKind, Job, JobStatus
from bot.domain.outcomes import Working
from bot.domain.requests import Action, Animate, Edit, EngineRequest, Imagine, Mode, Request, Shorten
from bot.domain.rules import MIDJOURNEY
from bot.domain.visibility import Visibility
from bot.errors import UserError, denying
from bot.jobs import policy
from bot.jobs.admission import check_is_kept
from bot.jobs.audience import inherited
from bot.jobs.intake import Prepare, Prepared
from bot.jobs.outgoing_text import check_words
from bot.language import _
from bot.prompts import parse
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, place_of, tell, token_of
from bot.ui.components.job_buttons import running_view
from bot.ui.components.message_links import NOBODY
from bot.ui.components.modal_prefill import check_text, prefill
from bot.ui.components.modals import ModalKind, button_kind
from bot.ui.components.picture_menu import IN_MIDJOURNEY, task_named
from bot.ui.components.region_buttons import cells_of
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.drafts import Draft, Drafts, Question
from bot.ui.flows.drawn_orders import DrawnOrders
from bot.ui.flows.input_pictures import InputPictures, doubt_of
from bot.ui.flows.job_starter import JobStarter, close_question
from bot.ui.flows.known_jobs import UNKNOWN_PICTURE, find_job
from bot.ui.text import job_lines

NOTHING_ASKED = _("This question has been answered.")
ACTIONS = frozenset({ModalKind.PROMPT, ModalKind.REGION, ModalKind.MASK})


class DraftJobs:
    """Starts what drafts stand for. Texts come here read; what they may ask for is decided where jobs are admitted."""

    def __init__(
        self,
        services: Services,
        drafts: Drafts,
        starter: JobStarter,
        inputs: InputPictures,
        originals: OriginalPictures,
        drawn_orders: DrawnOrders,
    ) -> None:
        self._settings = services.settings
        self._cipher = services.cipher
        self._clock = services.clock
        self._store = services.store
        self._pictures = services.pictures
        self._submission = services.jobs.submission
        self._admission = services.jobs.admission
        self._access = services.jobs.access
        self._unpaid = services.jobs.unpaid
        self._preferences = services.preferences
        self._drafts = drafts
        self._starter = starter
        self._inputs = inputs
        self._originals = originals
        self._drawn_orders = drawn_orders

    # Before anything is asked.

    async def check(self, interaction: Interaction, draft: Draft) -> None:
        """Refuse at once what would be refused in the end, so that nobody is asked in vain.

        Raises:
            DeniedError: who presses, or where, stands against it, or what the text is for is over.
            UserError: the server is paused.
        """
        actor, place = actor_of(interaction), place_of(interaction)
        await self._access.check(actor, place)
        with denying():
            if draft.ask is ModalKind.ANSWER:
                job = await find_job(self._store, draft.about)
                policy.check_author(actor, job)
                if job.status is not JobStatus.AWAITING_INPUT:
                    raise UserError(NOTHING_ASKED)
            elif draft.about:
                parent = await find_job(self._store, draft.about)
                await self._admission.check_press(actor, place, parent)
                check_is_kept(parent)
                if draft.ask in ACTIONS:
                    self._admission.button(parent, draft.key)

    async def unchanged(self, draft: Draft) -> str:
        """Return the text that an empty answer stands for; "" where there must be one."""
        if not draft.about or draft.ask in (ModalKind.IMAGINE, ModalKind.SAY):
            return ""
        job = await find_job(self._store, draft.about)
        return prefill(job, button_kind(job, draft.key)) if draft.ask in ACTIONS else job.prompt

    def most(self, draft: Draft) -> int:
        """Tell how many jobs the text may start."""
        return self._settings.limits.max_jobs_per_prompt if _is_imagine(draft) else 1

    async def is_plain(self, draft: Draft) -> bool:
        """Tell whether a text is plain words, and not in Midjourney's language: that of other engines is."""
        if draft.ask in ACTIONS:
            return isinstance((await find_job(self._store, draft.about)).request, EngineRequest)
        return not is_prompt(draft)

    async def check_text(self, draft: Draft) -> None:
        """Refuse a text that the relay would charge for and then fail, or that says nothing to paint.

        Raises:
            UserError: it is one.
        """
        if draft.ask in ACTIONS:
            check_text(draft.text, button_kind(await find_job(self._store, draft.about), draft.key))
        elif _goes_by_text_alone(draft):
            check_words(draft.text)

    async def units(self, actor: Actor, draft: Draft, prompts: Sequence[str]) -> int:
        """Count the units of all that a draft starts, which imagines these; raises as admitting does."""
        if draft.ask is ModalKind.COMPARE:
            return self.units_of((await self._compared(actor, draft))[1])
        return self.units_of(await self._imagines(actor, draft, prompts))

    def units_of(self, requests: Iterable[tuple[Request, Mode | None]]) -> int:
        """Count the units of requests, each with its speed; raises as admitting does."""
        admission = self._admission
        return sum(admission.units(admission.looked_over(request, mode)) for request, mode in requests)

    # The start.

    async def start(self, interaction: Interaction, draft: Draft, question: Question | None) -> None:
        """Start the one job that a draft with its text, as it was read, stands for.

        Raises:
            UserError: a rule stands against it.
        """
        match draft.ask:
            case ModalKind.PROMPT | ModalKind.REGION | ModalKind.MASK:
                parent = await find_job(self._store, draft.about)
                if draft.ask is not ModalKind.PROMPT:  # a mask that is no use is made for nothing
                    await self._unpaid.admit(actor_of(interaction), place_of(interaction))
                prepare = self._mask_for(interaction, draft, parent) or await self._inputs_of(draft)
                await self._starter.press(interaction, parent, draft, prepare, question)
            case ModalKind.ANSWER:
                await self._answer_relay(interaction, draft, question)
            case ModalKind.SHORTEN:
                await self._start(interaction, draft, Shorten(prompt=draft.text), question)
            case ModalKind.COMPARE:
                await self._compare(interaction, draft, question)
            case ModalKind.REWORD:
                await self._start(
                    interaction, draft, reworded(await find_job(self._store, draft.about), draft.text), question
                )
            case ModalKind.PAINT if draft.request is not None:
                painted = draft.request.model_copy(update={"prompt": draft.text})
                await self._start(interaction, draft, painted, question)
            case ModalKind.PICTURE if not _is_imagine(draft):
                again = draft.request.model_copy(update={"prompt": draft.text}) if draft.request else None
                await self._start(interaction, draft, again or task_named(draft.task).request(draft.text), question)
            case _:
                ((request, _mode),) = await self._imagines(actor_of(interaction), draft, [draft.text])
                await self._start(interaction, draft, request, question)

    async def start_all(
        self, interaction: Interaction, draft: Draft, prompts: Sequence[str], question: Question
    ) -> None:
        """Imagine all that a prompt stands for, as one group; raises as `start` does."""
        requests = await self._imagines(actor_of(interaction), draft, prompts)
        await self._starter.start_group(
            interaction,
            GroupKind.PERMUTATION,
            draft.text,
            requests,
            prepare=await self._inputs_of(draft),
            question=replace(question, says=_("Started all {count}.", count=len(requests))),
            visibility=await self.visibility(draft),
        )

    async def visibility(self, draft: Draft) -> Visibility:
        """Return how what a draft stands for is to be shown, as far as its member or what it comes of says so."""
        return inherited(draft.visibility, Actor(draft.user_id), await self._source(draft))

    async def _source(self, draft: Draft) -> Job | None:
        return await find_job(self._store, draft.about) if draft.about else None

    async def _start(self, interaction: Interaction, draft: Draft, request: Request, question: Question | None) -> None:
        is_other_engine = isinstance(request, EngineRequest)
        mode = None if is_other_engine else await self._preferences.mode(actor_of(interaction))
        follows = await self._source(draft)
        if draft.is_drawn:
            await self._drawn_orders.offer(interaction, draft, request, mode=mode, follows=follows, question=question)
            return
        prepare = await self._inputs_of(draft)
        await self._starter.start(
            interaction,
            request,
            mode=mode,
            prepare=prepare,
            follows=follows,
            question=question,
            visibility=draft.visibility,
        )

    async def _imagines(self, actor: Actor, draft: Draft, prompts: Sequence[str]) -> list[tuple[Request, Mode | None]]:
        preferred = await self._preferences.mode(actor)
        return [(Imagine(prompt=prompt, references=draft.references), preferred) for prompt in prompts]

    async def _compare(self, interaction: Interaction, draft: Draft, question: Question | None) -> None:
        words, requests = await self._compared(actor_of(interaction), draft)
        if question is not None:
            question = replace(question, says=_("Started all {count}.", count=len(requests)))
        await self._starter.start_group(
            interaction,
            GroupKind.COMPARISON,
            words,
            requests,
            question=question,
            visibility=await self.visibility(draft),
        )

    async def _compared(self, actor: Actor, draft: Draft) -> tuple[str, list[tuple[Request, Mode | None]]]:
        """Return what several engines are asked for, and a request for each; others would paint parameters."""
        mode, prompt = await self._preferences.mode_for(actor, draft.text)
        read = parse(prompt)
        words = read.without([one for one in read.parameters if one.spec and one.branch == 0]) or prompt
        return prompt, [
            (Imagine(prompt=prompt), mode) if name == MIDJOURNEY else (build_plain_request(name, words), None)
            for name in draft.engines
        ]

    async def _answer_relay(self, interaction: Interaction, draft: Draft, question: Question | None) -> None:
        job = await find_job(self._store, draft.about)
        policy.check_author(actor_of(interaction), job)
        await self._submission.answer(job, draft.text, token_of(interaction, self._cipher, self._clock))
        if question is not None:
            await self._drafts.delete(question.draft_id)
            await close_question(interaction, question)
            return
        waiting = job_lines.running_line(job, Working())
        await interaction.response.edit_message(content=waiting, view=running_view(job), allowed_mentions=NOBODY)

    # The pictures.

    async def _inputs_of(self, draft: Draft) -> Prepare | None:
        """Choose how a draft's pictures are made ready: attachments, a job's picture, or an earlier job's own."""
        is_masked = draft.request is not None and draft.request.is_masked
        if draft.ask is ModalKind.PAINT and draft.about:
            parent = await find_job(self._store, draft.about)
            return self._inputs.from_result(parent, draft.key, draft.picture_urls, is_masked=is_masked)
        if draft.picture_urls:
            take = self._inputs.from_masked if is_masked else self._inputs.from_addresses
            return take(draft.picture_urls)
        if draft.task:
            return self._inputs.from_result(await find_job(self._store, draft.about), draft.key)
        return self._inputs.from_job(await find_job(self._store, draft.inputs_of)) if draft.inputs_of else None

    def _mask_for(self, interaction: Interaction, draft: Draft, parent: Job) -> Prepare | None:
        if draft.ask is ModalKind.PROMPT:
            return None

        async def prepare(job: Job) -> Prepared:
            pictures, name = self._pictures, f"{job.id}-mask"
            picture, given = await self._originals.key(parent), []
            if isinstance(job.request, EngineRequest):  # these are sent the picture, too, and the mask has its size
                picture = await pictures.keep_again(f"{job.id}-input1", picture, of=job.actor.id)
                given = [picture]
            if draft.ask is ModalKind.REGION:
                mask = await pictures.keep_cells_mask(name, picture, cells_of(draft.extra), of=job.actor.id)
            else:
                mask = await pictures.keep_uploaded_mask(name, draft.picture_urls[0], picture, of=job.actor.id)
            if mask.was_scaled:
                note = _("Your mask had a different size than the picture, so it was scaled to fit.")
                await tell(interaction, note.render(job.actor.locale))
            return Prepared([*given, mask.key], doubt_of(mask))

        return prepare

    # Once more.

    async def draft_of(self, actor: Actor, job: Job) -> Draft:
        """Make a draft of a job, so that its text can be changed.

        Raises:
            UserError: nobody typed one.
        """
        has_inputs = await self._inputs.has_inputs(job)
        draft = Draft(
            actor.id,
            ModalKind.IMAGINE,
            text=job.prompt,
            inputs_of=job.id if has_inputs and job.request.pictures else "",
            lacks_pictures=not has_inputs,
            visibility=job.visibility,
        )
        match job.request:
            case Imagine(references=references):
                return replace(draft, references=references)
            case Shorten():
                return replace(draft, ask=ModalKind.SHORTEN)
            case EngineRequest() | Animate() | Edit() if job.prompt:
                return replace(draft, ask=ModalKind.PAINT, request=job.request)
            case Action(button=button, answer=str()) if job.parent_id is not None:
                parent = await find_job(self._store, job.parent_id)
                buttons = parent.result.buttons if parent.result else ()
                if button not in buttons:
                    raise UserError(UNKNOWN_PICTURE)
                key, message_id = buttons.index(button), job.reply_to or 0
                lacks_mask = draft.lacks_pictures and parse_button(button.custom_id).family is Family.REGION
                ask = ModalKind.MASK if lacks_mask else ModalKind.PROMPT
                return replace(draft, ask=ask, about=parent.id, key=key, message_id=message_id)
            case Action() if job.prompt:  # nobody typed a text for it: the one behind it is imagined anew
                return replace(draft, inputs_of="", lacks_pictures=False)
            case _:
                raise UserError(_("This job has no prompt to change."))


def _is_imagine(draft: Draft) -> bool:
    """Tell whether a text is imagined, by itself or with a picture, so that it may stand for several jobs."""
    is_picture = draft.ask is ModalKind.PICTURE and task_named(draft.task) is IN_MIDJOURNEY
    return is_picture or draft.ask in (ModalKind.IMAGINE, ModalKind.SAY)


def _goes_by_text_alone(draft: Draft) -> bool:
    """Tell whether a text in Midjourney's language is all that there is to paint from."""
    has_pictures = draft.picture_urls or draft.lacks_pictures or draft.inputs_of or draft.task or draft.references
    return not has_pictures and (_is_imagine(draft) or draft.ask in (ModalKind.SHORTEN, ModalKind.COMPARE))


def is_prompt(draft: Draft) -> bool:
    """Tell whether a text is in Midjourney's language; what other engines get is plain words."""
    if draft.ask is ModalKind.PAINT:
        return not isinstance(draft.request, EngineRequest)
    return draft.ask not in (ModalKind.REWORD, ModalKind.PICTURE) or _is_imagine(draft)


def has_own_language(draft: Draft) -> bool:
    """Tell whether the member's suffix goes behind a text that was just typed: a filled-in modal has it already."""
    return _is_imagine(draft)


def reworded(job: Job, prompt: str) -> EngineRequest:
    """Build what another engine did once more, with another prompt and another seed.

    Raises:
        UserError: no other engine did it.
    """
    if not isinstance(job.request, EngineRequest):
        raise UserError(UNKNOWN_PICTURE)
    options = {name: value for name, value in job.request.options.items() if name != "seed"}
    return job.request.model_copy(update={"prompt": prompt, "options": options})
