"""What happens when the buttons, menus and modals of other engines' results are used."""

from bot.domain.engine_info import OPERATIONS, get_title
from bot.domain.job import Job
from bot.domain.rules import MIDJOURNEY
from bot.errors import UserError
from bot.jobs.admission import check_is_kept
from bot.jobs.engine_edits import edit_of
from bot.language import _
from bot.services import Services
from bot.text import MESSAGE_LIMIT, escape_inline
from bot.ui.components.client import Interaction, PictureChoice
from bot.ui.components.interactions import actor_of, locale_of, place_of, tell
from bot.ui.components.job_actions import PictureQuestion
from bot.ui.components.modals import ModalContext, ModalKind, open_modal
from bot.ui.components.picture_menu import (
    IN_MIDJOURNEY,
    PictureTask,
    shots_menu,
    task_named,
    tasks_menu,
)
from bot.ui.flows.draft_jobs import reworded
from bot.ui.flows.drafts import Draft, Drafts
from bot.ui.flows.input_pictures import InputPictures
from bot.ui.flows.job_starter import JobStarter
from bot.ui.flows.known_jobs import UNKNOWN_PICTURE, find_job
from bot.ui.text.describe_text import parse_describe_text

FACTS = 8  # that fit into a message beside two prompts


class EngineFollowUps:
    """Follow-ups of pictures that other engines made; each is a job of the presser's."""

    def __init__(self, services: Services, drafts: Drafts, starter: JobStarter, inputs: InputPictures) -> None:
        self._settings = services.settings
        self._clock = services.clock
        self._store = services.store
        self._admission = services.jobs.admission
        self._engines = services.jobs.engines
        self._preferences = services.preferences
        self._drafts = drafts
        self._starter = starter
        self._inputs = inputs

    # Buttons.

    async def rerun(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Start the same once more, with another seed."""
        await self._starter.start(interaction, reworded(job, job.prompt), mode=None, follows=job)

    async def reword(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Open the modal for another prompt."""
        await self._admission.check_press(actor_of(interaction), place_of(interaction), job)
        await open_modal(
            interaction, ModalContext(ModalKind.REWORD, job.id), _("Vary the prompt"), job.prompt, self._clock
        )

    async def upscale(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Have the picture made larger."""
        operation = OPERATIONS.get(job.operation)
        await self._with_shot(interaction, job, task_named(operation.upscaled_by if operation else ""))

    async def edit_this(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Send the picture back in, to be changed by the same model."""
        await self._with_shot(interaction, job, task_named(job.operation))

    async def to_midjourney(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Take the picture as an image prompt."""
        await self._with_shot(interaction, job, IN_MIDJOURNEY)

    async def use_as(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Ask what the picture is for."""
        await self._admission.check_press(actor_of(interaction), place_of(interaction), job)
        locale = locale_of(interaction)
        menu = tasks_menu(job, self._engines.names, locale)
        await tell(interaction, _("What should this picture be used for?").render(locale), menu)

    async def imagine_prompt(self, interaction: Interaction, job: Job, key: int) -> None:
        """Open one prompt of a description, to be imagined."""
        await self._admission.check_press(actor_of(interaction), place_of(interaction), job)
        prompts = parse_describe_text(job.result.text).prompts if job.result else ()
        if key >= len(prompts):
            raise UserError(UNKNOWN_PICTURE)
        await open_modal(
            interaction, ModalContext(ModalKind.SAY, job.id), _("Imagine This!"), prompts[key], self._clock
        )

    async def details(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Tell seed, size and the final prompt, privately."""
        locale = locale_of(interaction)
        facts = dict(job.result.facts) if job.result else {}
        final = job.result.final_prompt if job.result else ""
        engine, prompt = _("Engine").render(locale), _("Final prompt").render(locale)
        told = "\n".join(
            [
                f"**{engine}**: {get_title(job.engine)} ({job.operation})",
                f"**Job ID**: {job.id}",
                *(
                    f"**{escape_inline(name, 40)}**: {escape_inline(value, 100)}"
                    for name, value in list(facts.items())[:FACTS]
                ),
            ]
        )
        each = (MESSAGE_LIMIT - len(told) - len(prompt) - len("****\n\n****: ")) // 2
        before = f"**{escape_inline(job.prompt, each)}**\n" if job.prompt else ""
        after = f"\n**{prompt}**: {escape_inline(final, each)}" if final else ""
        await tell(interaction, f"{before}{told}{after}")

    # Menus.

    async def choose(self, interaction: Interaction, choice: PictureChoice) -> None:
        """Go on with a private menu's answer: what for, or which picture."""
        job = await find_job(self._store, choice.about)
        check_is_kept(job)
        if choice.asks == PictureQuestion.RESULT:
            await self._begin(interaction, job, task_named(choice.purpose), int(choice.value))
        else:
            await self._with_shot(interaction, job, task_named(choice.value))

    async def _with_shot(self, interaction: Interaction, job: Job, task: PictureTask) -> None:
        """Begin at once where there is one picture; ask which where there are several."""
        await self._admission.check_press(actor_of(interaction), place_of(interaction), job)
        if job.result is None or job.result.is_empty:
            raise UserError(_("This job has no picture."))
        if not job.result.more:
            await self._begin(interaction, job, task, 0)
            return
        locale = locale_of(interaction)
        text, menu = _("Which picture?").render(locale), shots_menu(job, task, locale)
        if interaction.message is not None and interaction.message.flags.ephemeral:
            await interaction.response.edit_message(content=text, view=menu)
        else:
            await tell(interaction, text, menu)

    async def _begin(self, interaction: Interaction, job: Job, task: PictureTask, number: int) -> None:
        if not task.asks:
            await self._start_with_picture(interaction, job, task, number)
            return
        again = edit_of(self._settings, job) if task.name == job.operation else None
        draft = Draft(interaction.user.id, ModalKind.PICTURE, job.id, number, task=task.name, request=again)
        modal = ModalContext(ModalKind.PICTURE, await self._drafts.keep(draft))
        await open_modal(interaction, modal, task.title, "" if again else job.prompt, self._clock)

    async def _start_with_picture(self, interaction: Interaction, job: Job, task: PictureTask, number: int) -> None:
        request = task.request("")
        mode = await self._preferences.mode(actor_of(interaction)) if task.engine == MIDJOURNEY else None
        taking = self._inputs.from_result(job, number)
        await self._starter.start(interaction, request, mode=mode, follows=job, prepare=taking)
