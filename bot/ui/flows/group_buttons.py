"""The buttons on the cards of groups."""

from bot.domain.job import GroupState, Job
from bot.domain.visibility import Visibility
from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.admission import UsedButtonError
from bot.language import _
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import actor_of, locale_of, manages_messages, place_of, tell
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton, Style, view_of
from bot.ui.flows.draft_jobs import DraftJobs
from bot.ui.flows.job_starter import JobStarter
from bot.ui.flows.known_jobs import where_is
from bot.ui.flows.result_posts import ResultPosts
from bot.ui.messages.group_card import list_retryable
from bot.ui.text.costs import start_text


class GroupButtons:
    """Stops or repeats what belongs together, and shows one result of a comparison."""

    def __init__(self, services: Services, starter: JobStarter, draft_jobs: DraftJobs, results: ResultPosts) -> None:
        self._admission = services.jobs.admission
        self._controls = services.jobs.controls
        self._groups = services.jobs.groups
        self._starter = starter
        self._draft_jobs = draft_jobs
        self._results = results

    async def cancel_rest(self, interaction: Interaction, state: GroupState) -> None:
        """Stop what still goes on of a group."""
        policy.check_group_author(actor_of(interaction), state.group, manages_messages=manages_messages(interaction))
        stopped = await self._controls.cancel_rest(state.group.id)
        text = _(
            "Stopped {count}. What the relay had already started may still be charged; you find it in /jobs.",
            count=stopped,
        )
        await tell(interaction, text)

    async def pause_batch(self, interaction: Interaction, state: GroupState) -> None:
        """Let nothing more of a batch start; what was sent is followed to its end."""
        await self._pause(interaction, state, is_paused=True)
        await tell(interaction, _("Paused: nothing more starts until you resume it. What runs goes on."))

    async def resume_batch(self, interaction: Interaction, state: GroupState) -> None:
        """Let a paused batch go on."""
        await self._pause(interaction, state, is_paused=False)
        await tell(interaction, _("It goes on."))

    async def _pause(self, interaction: Interaction, state: GroupState, *, is_paused: bool) -> None:
        policy.check_group_author(actor_of(interaction), state.group)
        if state.is_over:
            raise UserError(_("This batch is already over."))
        await self._groups.pause(state, is_paused=is_paused)

    async def retry_failed(self, interaction: Interaction, state: GroupState) -> None:
        """Start the one that ended badly once more; ask before several are."""
        failed = _retryable(interaction, state)
        units = self._draft_jobs.units_of((job.request, job.mode) for job in failed)
        if len(failed) == 1:
            await self.retry_all(interaction, state)
            return
        locale = locale_of(interaction)
        left = await self._admission.units_left.of(actor_of(interaction), place_of(interaction))
        label = _("Start all {count}", count=len(failed)).render(locale)
        start = JobButton(JobAction.RETRY_ALL, state.group.id, label=label, style=Style.success)
        may_start = left is None or units <= left
        await tell(interaction, start_text(len(failed), units, left, locale), view_of(start) if may_start else None)

    async def retry_all(self, interaction: Interaction, state: GroupState) -> None:
        """Start what ended badly once more, as a group of its own."""
        failed = _retryable(interaction, state)
        requests = [(job.request, job.mode) for job in failed]
        lines = [job.line for job in failed if job.line is not None]
        covered = Visibility(is_spoiler=any(job.is_spoiler for job in failed) or None)
        try:
            await self._starter.start_group(
                interaction,
                state.group.kind,
                state.group.title,
                requests,
                tries_again=failed,
                lines=lines,
                visibility=covered,
            )
        except UsedButtonError as exc:
            raise UserError(where_is(exc.job)) from exc

    async def show_result(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Post one result of a comparison as a message with its own buttons."""
        await self._admission.check_press(actor_of(interaction), place_of(interaction), job)
        if not job.may_be_seen:
            raise UserError(where_is(job))
        await self._results.post_again(interaction, job)


def _retryable(interaction: Interaction, state: GroupState) -> list[Job]:
    """The jobs of somebody's own group that ended badly.

    Raises:
        UserError: somebody else's, or there are none.
    """
    policy.check_group_author(actor_of(interaction), state.group)
    failed = list_retryable(state)
    if not failed:
        raise UserError(_("There is nothing to try again: this job is still running or already done."))
    return failed
