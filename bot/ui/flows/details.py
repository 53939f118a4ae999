"""What can be known of finished jobs, their files one by one, and what to go on with: *Details and files*."""

import io
import logging
import re
from collections.abc import Sequence

import discord

from bot.domain.custom_ids import Family, parse
from bot.domain.job import Actor, Job, JobStatus
from bot.domain.upload_limits import FILES_LIMIT, limit_of_each
from bot.domain.visibility import AS_PREFERRED
from bot.errors import PictureError, RelayError, UserError
from bot.jobs import policy
from bot.jobs.admission import check_is_kept
from bot.language import _
from bot.pictures.fitting import is_film
from bot.pictures.origins import origin_of
from bot.prompts import with_parameter
from bot.services import Services
from bot.text import escape_inline
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS, actor_of, place_of
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton, Style, view_of
from bot.ui.components.message_links import NOBODY
from bot.ui.components.modals import ModalKind
from bot.ui.delivery.original_pictures import PICTURE_GONE, OriginalPictures
from bot.ui.flows.drafts import Draft, Drafts
from bot.ui.flows.prompt_flow import PromptFlow
from bot.ui.text.alt_text import alt_text, corner_text
from bot.ui.text.job_lines import is_other_engine, way_word
from bot.ui.text.job_titles import job_name, model_name

logger = logging.getLogger(__name__)

PROMPT_LIMIT = 1200  # characters of all prompts in one answer
MOST_TOLD = 5  # jobs of one message
NOT_SENT = _(
    "I couldn't send you a direct message. Please allow those of this server's members in Discord, and try again."
)
_SEED = re.compile(r"\*\*seed\*\* (\d{1,10})\b")  # as `text` writes it


class Details:
    """Tells what a member can know of finished jobs, hands out their files, and leads on from them."""

    def __init__(
        self,
        client: discord.Client,
        services: Services,
        originals: OriginalPictures,
        drafts: Drafts,
        prompts: PromptFlow,
    ) -> None:
        self._client = client
        self._admission = services.jobs.admission
        self._controls = services.jobs.controls
        self._stars = services.jobs.stars
        self._pictures = services.pictures
        self._originals = originals
        self._drafts = drafts
        self._prompts = prompts

    async def answer(self, interaction: Interaction, jobs: Sequence[Job]) -> None:
        """Answer with the details of what a message shows; of a single job with what to go on with as well.

        Raises:
            UserError: all of it is private and somebody else's, or was removed, so that a copy of its message is left.
        """
        actor = actor_of(interaction)
        told = [job for job in jobs if not _is_hidden_from(actor.id, job)]
        if not told:
            policy.check_author(actor, jobs[0])
        await interaction.response.defer(ephemeral=True, thinking=True)
        text = await self.text(told, actor.locale)
        if len(told) > 1 or told[0].status is not JobStatus.DONE:
            await interaction.edit_original_response(content=text)
            return
        view = details_view(told[0], actor, text, is_starred=await self._stars.has(actor, told[0]))
        await interaction.edit_original_response(content=text, view=view)

    async def text(self, jobs: Sequence[Job], locale: str) -> str:
        """Details of the jobs that a message shows; of a crowd those of the first ones.

        Raises:
            UserError: the pictures were removed, and a copy of their message is all that is left.
        """
        told = [job for job in jobs if job.status is not JobStatus.REMOVED][:MOST_TOLD]
        if not told:
            check_is_kept(jobs[0])
        return "\n\n".join([await self._of_job(job, locale, PROMPT_LIMIT // len(told)) for job in told])

    async def _of_job(self, job: Job, locale: str, prompt_limit: int) -> str:
        """Prompt, job id, speed, model and seed; asking for a seed may take tens of seconds. Source: docs/look.md 5."""
        seed = job.result.facts.get("seed", "") if job.result else ""
        try:
            if not seed and job.task_id:
                seed = await self._controls.seed(job)
        except RelayError as exc:
            logger.info("seed not told job_id=%s reason=%s", job.id, exc)
        unknown = _("not given by the relay").render(locale)
        model = model_name(job)
        lines = (
            f"**{escape_inline(job_name(job), prompt_limit)}**",
            f"**Job ID**: {job.id}",
            f"**{_('Engine').render(locale) if is_other_engine(job) else 'Mode'}**: {way_word(job)}",
            f"**{_('Model').render(locale)}**: {escape_inline(model, 80)}" if model else "",
            f"**seed** {seed or unknown}",
        )
        return "\n".join(filter(None, lines))

    # What to go on with.

    async def files(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Send the files of a result privately: the original, and of a grid its four pictures."""
        policy.check_may_see(actor_of(interaction), job)
        check_is_kept(job)
        await interaction.response.defer(ephemeral=True, thinking=True)
        limit = limit_of_each(place_of(interaction).upload_limit, FILES_LIMIT // 2)
        files = await self._files(job, interaction.user.id, limit)
        if not files:
            raise PictureError(PICTURE_GONE)
        await interaction.edit_original_response(attachments=files)

    async def use_seed(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Open the prompt with the seed that the pressed message tells.

        Raises:
            UserError: it tells none.
        """
        actor = actor_of(interaction)
        policy.check_may_see(actor, job)
        await self._admission.check_press(actor, place_of(interaction), job)
        told = _SEED.search(interaction.message.content) if interaction.message else None
        if told is None or not job.prompt:
            raise UserError(_("The relay did not give the seed of this picture."))
        text = with_parameter(job.prompt, "seed", told[1])
        # What comes of one's own is for the same eyes: the prompt stands on its card.
        shown = job.visibility if actor.id == job.actor.id else AS_PREFERRED
        draft_id = await self._drafts.keep(Draft(actor.id, ModalKind.IMAGINE, text=text, visibility=shown))
        await self._prompts.edit_draft(interaction, draft_id)

    async def star(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Star a result, or take the star back; the button shows it."""
        actor = actor_of(interaction)
        policy.check_may_see(actor, job)
        is_starred = await self._stars.turn(actor, job)
        said = interaction.message.content if interaction.message else ""
        await interaction.response.edit_message(view=details_view(job, actor, said, is_starred=is_starred))

    # By direct message.

    async def send(self, job: Job, user_id: int) -> bool:
        """Send the details and the pictures to a person's direct messages; returns whether Discord took them.

        A grid comes as four pictures too; nothing comes of somebody else's private one.
        """
        if _is_hidden_from(user_id, job):
            return False
        text = await self.text([job], job.actor.locale)
        try:
            channel = await self._client.create_dm(discord.Object(user_id))
            files = await self._files(job, user_id, min(job.place.upload_limit, DM_UPLOAD_LIMIT))
            await channel.send(text, files=files, allowed_mentions=NOBODY)
        except NETWORK_ERRORS as exc:
            logger.info("details not sent job_id=%s reason=%s", job.id, type(exc).__name__)
            return False
        return True

    async def _files(self, job: Job, user_id: int, limit: int) -> list[discord.File]:
        if not job.may_be_seen or job.result is None:
            return []
        if not (job.result.image_url or job.result.picture) or job.result.text:
            return []
        pictures, files = self._pictures, []
        try:
            key = await self._originals.key(job)
            origin = origin_of(job.request)
            upload = await pictures.fit(key, limit, of=user_id, origin=origin)
            name = f"{job.id}.{upload.extension}"
            files.append(discord.File(io.BytesIO(upload.data), name, description=alt_text(job) or None))
            if any(parse(button.custom_id).family is Family.PICK for button in job.result.buttons) and not is_film(key):
                cells = await pictures.quarters(key, of=user_id, origin=origin)
                files += [
                    discord.File(io.BytesIO(cell), f"{job.id}-{corner + 1}.png", description=corner_text(job, corner))
                    for corner, cell in enumerate(cells)
                ]
        except PictureError as exc:
            logger.info("pictures not all sent job_id=%s reason=%s", job.id, exc)
        return files


def _is_hidden_from(user_id: int, job: Job) -> bool:
    """Whether a job is for the eyes of its author alone, who is somebody else."""
    return job.is_private and user_id != job.actor.id


def details_view(job: Job, actor: Actor, text: str, *, is_starred: bool) -> discord.ui.View:
    """Build what stands under the details of one job; some of it is for its author alone."""
    locale, is_own = actor.locale, actor.id == job.actor.id
    has_seed = _SEED.search(text) is not None and bool(job.prompt) and not is_other_engine(job)
    is_picture = job.result is not None and not job.result.text
    edit = JobButton(JobAction.EDIT_JOB, job.id, label=_("Edit and run again").render(locale))
    seed = JobButton(JobAction.USE_SEED, job.id, label=_("Use this seed").render(locale))
    files = JobButton(JobAction.FILES, job.id, label=_("Files").render(locale), style=Style.primary)
    star = JobButton(JobAction.STAR, job.id, emoji="⭐", style=Style.primary if is_starred else Style.secondary)
    return view_of(
        *([files] if is_picture else []),
        *([edit] if is_own and job.prompt else []),
        *([seed] if has_seed else []),
        star,
    )
