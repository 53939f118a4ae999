"""Buttons and menus of messages: which code each leads to."""

from collections.abc import Awaitable, Callable

from bot.domain.job import GroupState, Job
from bot.domain.review import Decision
from bot.errors import UserError
from bot.jobs.admission import check_is_kept
from bot.services import Services
from bot.ui.components.client import Interaction, PictureChoice, RegionInput
from bot.ui.components.interactions import report
from bot.ui.components.job_actions import JobAction, PictureQuestion
from bot.ui.flows import entry_points
from bot.ui.flows.build import Flows
from bot.ui.flows.entry_points import Rule
from bot.ui.flows.known_jobs import UNKNOWN_PICTURE, find_group, find_job

Handler = Callable[[Interaction, Job, int], Awaitable[None]]
DraftHandler = Callable[[Interaction, str], Awaitable[None]]
GroupHandler = Callable[[Interaction, GroupState], Awaitable[None]]


class ButtonRouter:
    """Leads to what buttons say; every error is answered. Handlers are named as their actions are."""

    def __init__(self, services: Services, flows: Flows) -> None:
        self._services = services
        self._message_pictures = flows.message_pictures
        self._relay_buttons = flows.relay_buttons
        self._follow_ups = flows.engine_follow_ups
        self._review_decisions = flows.review_decisions
        groups, prompts = flows.group_buttons, flows.prompts
        self._of_jobs: dict[str, Handler] = {**_under_results(flows), **_in_lists(flows), **_on_cards(flows)}
        self._of_drafts: dict[str, DraftHandler] = {
            JobAction.FIX_AND_RUN: prompts.fix_and_run,
            JobAction.RUN_AS_IS: prompts.run_as_is,
            JobAction.EDIT_DRAFT: prompts.edit_draft,
            JobAction.REOPEN: prompts.reopen,
            JobAction.START_ALL: prompts.start_all,
            JobAction.NEVER_MIND: prompts.never_mind,
            JobAction.START_BATCH: flows.batches.start_batch,
            JobAction.DROP_BATCH: flows.batches.drop_batch,
        }
        self._of_groups: dict[str, GroupHandler] = {
            JobAction.CANCEL_REST: groups.cancel_rest,
            JobAction.RETRY_FAILED: groups.retry_failed,
            JobAction.RETRY_ALL: groups.retry_all,
            JobAction.PAUSE_BATCH: groups.pause_batch,
            JobAction.RESUME_BATCH: groups.resume_batch,
            JobAction.DOWNLOAD_BATCH: flows.batch_downloads.download_batch,
        }

    @property
    def handlers(self) -> dict[str, Callable[..., Awaitable[None]]]:
        """Return the handler of each action."""
        return {**self._of_jobs, **self._of_drafts, **self._of_groups}

    async def press(self, interaction: Interaction, action: str, about: str, key: int | None) -> None:
        """Do what a button says about a job, a group or a draft; it may be of another version of the bot."""
        try:
            rule = entry_points.BUTTONS.get(action, Rule.STARTS)
            await entry_points.check_entry(self._services, interaction, rule)
            if action in self._of_drafts:
                await self._of_drafts[action](interaction, about)
                return
            if action in self._of_groups:
                await self._of_groups[action](interaction, await find_group(self._services.store, about))
                return
            handler = self._of_jobs.get(action, _unknown)
            job = await find_job(self._services.store, about)
            if rule is not Rule.ALWAYS:
                check_is_kept(job)
            await handler(interaction, job, key or 0)
        except Exception as exc:  # noqa: BLE001 - discord.py would only log it, and the person would see nothing
            await report(interaction, exc)

    async def choose(self, interaction: Interaction, choice: PictureChoice) -> None:
        """Take a choice in one of our menus."""
        try:
            await entry_points.check_entry(
                self._services, interaction, entry_points.MENUS.get(choice.asks, Rule.STARTS)
            )
            if choice.asks == PictureQuestion.ATTACHMENT:
                await self._message_pictures.choose(interaction, choice)
            else:
                await self._follow_ups.choose(interaction, choice)
        except Exception as exc:  # noqa: BLE001 - as above
            await report(interaction, exc)

    async def press_region(self, interaction: Interaction, pressed: RegionInput) -> None:
        """Do what a button of the Region panel says."""
        try:
            await entry_points.check_entry(self._services, interaction, entry_points.REGION[pressed.action])
            await self._relay_buttons.press_region(interaction, pressed)
        except Exception as exc:  # noqa: BLE001 - as above
            await report(interaction, exc)

    async def press_review(self, interaction: Interaction, decision: Decision, job_id: str) -> None:
        """Take a moderator's decision about a result."""
        try:
            await entry_points.check_entry(self._services, interaction, entry_points.REVIEWS[decision])
            await self._review_decisions.press(interaction, decision, job_id)
        except Exception as exc:  # noqa: BLE001 - as above
            await report(interaction, exc)


def _under_results(flows: Flows) -> dict[str, Handler]:
    relay, follow_ups = flows.relay_buttons, flows.engine_follow_ups
    return {
        JobAction.PRESS: relay.press,
        JobAction.CONFIRM_ALL: relay.confirm_all,
        JobAction.IMAGINE_ALL: relay.imagine_all,
        JobAction.RERUN: follow_ups.rerun,
        JobAction.REWORD: follow_ups.reword,
        JobAction.UPSCALE: follow_ups.upscale,
        JobAction.EDIT_THIS: follow_ups.edit_this,
        JobAction.TO_MIDJOURNEY: follow_ups.to_midjourney,
        JobAction.USE_AS: follow_ups.use_as,
        JobAction.IMAGINE_PROMPT: follow_ups.imagine_prompt,
        JobAction.DETAILS: follow_ups.details,
    }


def _in_lists(flows: Flows) -> dict[str, Handler]:
    return {
        JobAction.POST_HERE: flows.results.post_here,
        JobAction.RUN_AGAIN: flows.reruns.run_again,
        JobAction.FILES: flows.details.files,
        JobAction.USE_SEED: flows.details.use_seed,
        JobAction.STAR: flows.details.star,
    }


def _on_cards(flows: Flows) -> dict[str, Handler]:
    cards = flows.card_buttons
    return {
        JobAction.CANCEL: cards.cancel,
        JobAction.CHECK: cards.check,
        JobAction.ANSWER: cards.answer,
        JobAction.EXPLAIN: cards.explain,
        JobAction.TRY_AGAIN: cards.try_again,
        JobAction.EDIT_JOB: cards.edit_job,
        JobAction.RETRY_RECOVERY: cards.retry_recovery,
        JobAction.DISMISS: cards.dismiss,
        JobAction.SHOW_HERE: cards.show_here,
        JobAction.SHOW_RESULT: flows.group_buttons.show_result,
    }


async def _unknown(_interaction: Interaction, _job: Job, _key: int) -> None:
    raise UserError(UNKNOWN_PICTURE)  # a button of another version of the bot
