"""The buttons on a job's card: stop it, answer its question, learn why it ended, try it again."""

from bot.domain.job import Asked, Job, JobStatus, Place
from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.admission import MAY_COME_BACK, UsedButtonError
from bot.jobs.moderation import NOBODY as NO_MODERATOR
from bot.language import Sentence, _
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, manages_messages, requester_of, tell, token_of
from bot.ui.components.job_buttons import stopped_view
from bot.ui.components.message_links import NOBODY
from bot.ui.components.modals import ModalContext, ModalKind, open_modal
from bot.ui.flows.draft_jobs import NOTHING_ASKED, DraftJobs
from bot.ui.flows.drafts import Drafts
from bot.ui.flows.job_starter import JobStarter
from bot.ui.flows.known_jobs import where_is
from bot.ui.flows.prompt_flow import PromptFlow
from bot.ui.text import job_lines

STOPPED_STATES = frozenset({JobStatus.REFUSED, JobStatus.FAILED, JobStatus.EXPIRED})


class CardButtons:
    """Does what an author wants of a job; its last argument, the place of a relay button, means nothing here."""

    def __init__(
        self, services: Services, drafts: Drafts, starter: JobStarter, draft_jobs: DraftJobs, prompts: PromptFlow
    ) -> None:
        self._cipher = services.cipher
        self._clock = services.clock
        self._controls = services.jobs.controls
        self._recovery = services.jobs.recovery
        self._admission = services.jobs.admission
        self._deliveries = services.jobs.deliveries
        self._drafts = drafts
        self._starter = starter
        self._draft_jobs = draft_jobs
        self._prompts = prompts

    async def cancel(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Stop a job, or take back what came of it before moderators let it through."""
        if job.awaits_review:
            policy.check_author(actor_of(interaction), job)
            await interaction.response.defer()
            await self._controls.withdraw(job)
            await interaction.delete_original_response()
            await tell(interaction, _("Withdrawn. Its pictures and words are deleted; its units stay spent."))
            return
        policy.check_author(actor_of(interaction), job, manages_messages=manages_messages(interaction))
        by = interaction.user.id
        stood = await self._controls.cancel(job, NO_MODERATOR if by == job.actor.id else by)
        await tell(interaction, _stopped_sentence(job, stood, by=by))

    async def explain(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Tell why a job ended, or why nobody knows yet."""
        if job.status is JobStatus.REFUSED:
            policy.check_author(actor_of(interaction), job)  # a refused word is its author's affair
        sentence = (
            job_lines.uncertain_sentence(job) if job.status is JobStatus.UNCERTAIN else job_lines.failure_sentence(job)
        )
        await tell(interaction, sentence)

    async def try_again(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Start the same once more."""
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        policy.check_author(actor, job)
        if job.status in MAY_COME_BACK and not (place.may_post and job.place.may_post):
            # So the press reaches the card that it was made on, too, which will say where the other stands.
            await interaction.response.defer()
        try:
            again = await self._admission.again(actor, place, job, token=token, asked=Asked(interaction.id))
        except UsedButtonError as exc:
            raise UserError(where_is(exc.job)) from exc
        await self._starter.answer_with_card(interaction, again)

    async def edit_job(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Open the prompt to run the job with another; pictures that are not kept are asked for again."""
        actor = actor_of(interaction)
        policy.check_author(actor, job)
        draft_id = await self._drafts.keep(await self._draft_jobs.draft_of(actor, job))
        await self._prompts.edit_draft(interaction, draft_id)

    async def dismiss(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Give up a job of unknown outcome."""
        policy.check_author(actor_of(interaction), job)
        await self._controls.dismiss(job)
        await tell(interaction, _("Given up. Its units stay spent, as it may have been charged."))

    async def retry_recovery(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Ask the relay once more for a job that was given up."""
        policy.check_author(actor_of(interaction), job)
        await interaction.response.defer()  # silently: then the token of this press reaches the card
        runs = await self._recovery.retry_recovery(job, token_of(interaction, self._cipher, self._clock))
        sentence = (
            _("Found it, it is still running.")
            if runs
            else _("Not among the relay's recent tasks. Send it again, or give up.")
        )
        await tell(interaction, sentence)

    async def check(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Bring a card up to date: the press brings a token that reaches the card for another while."""
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        policy.check_author(actor, job)  # the token of a stranger's press would show them what is the author's
        if job.status is JobStatus.UNDELIVERABLE and not job.awaits_review and interaction.message is not None:
            await interaction.response.edit_message(
                content=job_lines.result_line(job), view=None, allowed_mentions=NOBODY
            )
            await self._deliveries.show_here(job, _shown_in(place, job), token, interaction.message.id)
        elif job.status in STOPPED_STATES:
            line, view = job_lines.ended_line(job), stopped_view(job)
            await interaction.response.edit_message(content=line, view=view, allowed_mentions=NOBODY)
        elif await self._controls.fresh_token(job, token):
            await interaction.response.defer()  # the card itself shows how far it is
        else:
            raise UserError(where_is(job))

    async def show_here(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Post a result here that could be posted nowhere."""
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        policy.check_author(actor, job)
        if job.status is not JobStatus.UNDELIVERABLE or job.awaits_review:
            raise UserError(where_is(job))
        answer = await interaction.response.send_message(
            job_lines.result_line(job), allowed_mentions=NOBODY, suppress_embeds=True, ephemeral=job.is_private
        )
        if answer.message_id is not None:
            await self._deliveries.show_here(job, _shown_in(place, job), token, answer.message_id)

    async def answer(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Open the modal for what the relay asked by itself."""
        policy.check_author(actor_of(interaction), job)
        if job.status is not JobStatus.AWAITING_INPUT:
            raise UserError(NOTHING_ASKED)
        await open_modal(interaction, ModalContext(ModalKind.ANSWER, job.id), _("Your answer"), job.prompt, self._clock)


def _stopped_sentence(job: Job, stood: JobStatus, *, by: int) -> Sentence:
    if stood in (JobStatus.RECEIVED, JobStatus.AWAITING_INPUT):
        return _("Stopped before it was sent. Nothing was charged.")
    if by == job.actor.id:
        return _("Stopped. The relay may still charge for it; if it finishes anyway, you find it in /jobs.")
    return _(
        "Stopped. The relay may still charge for it; if it finishes anyway, {author} finds it in /jobs.",
        author=f"<@{job.actor.id}>",
    )


def _shown_in(place: Place, job: Job) -> Place:
    """What is private is shown to its author alone, wherever they ask for it."""
    return place.for_author if job.is_private else place
