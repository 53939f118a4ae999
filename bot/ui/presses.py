"""What happens when a button of ours is pressed."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.clock import Clock
from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.models import Actor, Job, JobStatus, Place, Request, Token, Working
from bot.jobs.service import JobService, UsedButtonError
from bot.language import Sentence, _
from bot.seal import Seal
from bot.settings import Mode
from bot.ui import cards
from bot.ui.buttons import running_view
from bot.ui.interactions import (
    NETWORK_ERRORS,
    Interaction,
    actor_of,
    manages_messages,
    place_of,
    report,
    tell,
    token_of,
)
from bot.ui.posting import NOBODY, message_link

logger = logging.getLogger(__name__)

UNKNOWN_PICTURE = _("This button belongs to a picture that is not known any more.")


class Desk:
    """Takes orders: from commands as `start`, from buttons as `press`. It answers first and works afterwards."""

    def __init__(self, service: JobService, seal: Seal, clock: Clock) -> None:
        self.service = service
        self._seal = seal
        self._clock = clock
        self._by_verb: dict[str, Callable[[Interaction, Job, int | None], Awaitable[None]]] = {
            "press": self._press,
            "cancel": self._cancel,
            "why": self._why,
            "again": self._again,
            "drop": self._drop,
            "check": self._check,
            "show": self._show,
        }

    async def start(
        self,
        interaction: Interaction,
        request: Request,
        *,
        mode: Mode | None,
        pictures: Sequence[str] = (),
    ) -> None:
        """Admit a request, answer with its card, let it run.

        Args:
            interaction: the command, not yet answered.
            request: what is asked for.
            mode: the speed; None = the relay's own.
            pictures: addresses of attachments to take in before the submit.

        Raises:
            UserError: a rule stands against it.
        """
        actor, place, token = self._who(interaction)
        job = await self.service.request(actor, place, request, mode=mode, token=token)
        await self._answer_with_card(interaction, job, pictures)

    async def press(self, interaction: Interaction, verb: str, job_id: str, key: int | None) -> None:
        """Do what a button says; every error is answered."""
        try:
            await self._by_verb.get(verb, _unknown)(interaction, await self._job(job_id), key)
        except Exception as exc:  # noqa: BLE001 - discord.py would only log it, and the person would see nothing
            await report(interaction, exc)

    async def _job(self, job_id: str) -> Job:
        job = await self.service.store.get(job_id)
        if job is None:
            raise UserError(UNKNOWN_PICTURE)
        return job

    def _who(self, interaction: Interaction) -> tuple[Actor, Place, Token]:
        return actor_of(interaction), place_of(interaction), token_of(interaction, self._seal, self._clock)

    async def _answer_with_card(self, interaction: Interaction, job: Job, pictures: Sequence[str] = ()) -> None:
        try:
            answer = await interaction.response.send_message(
                cards.first_line(job), view=running_view(job), allowed_mentions=NOBODY, suppress_embeds=True
            )
        except NETWORK_ERRORS:
            await self.service.withdraw(job)
            raise
        if answer.message_id is None:
            await self.service.withdraw(job)
            raise RuntimeError("Discord did not say which message the card is")
        await self.service.card_shown(job, answer.message_id, pictures)

    async def _press(self, interaction: Interaction, parent: Job, key: int | None) -> None:
        actor, place, token = self._who(interaction)
        message_id = interaction.message.id if interaction.message else 0
        try:
            job = await self.service.press(actor, place, parent, key or 0, token=token, message_id=message_id)
        except UsedButtonError as exc:
            await tell(interaction, _where_is(exc.job).render(actor.locale))
            return
        await self._answer_with_card(interaction, job)

    async def _cancel(self, interaction: Interaction, job: Job, _key: int | None) -> None:
        policy.check_author(actor_of(interaction), job, manages_messages=manages_messages(interaction))
        stood = await self.service.cancel(job)
        sentence = (
            _("Stopped before it was sent. Nothing was charged.")
            if stood is JobStatus.RECEIVED
            else _("Stopped. The relay cannot take it back and may charge it; if it finishes anyway, /jobs has it.")
        )
        await tell(interaction, sentence.render(str(interaction.locale.value)))

    async def _why(self, interaction: Interaction, job: Job, _key: int | None) -> None:
        sentence = cards.uncertain_sentence() if job.status is JobStatus.UNCERTAIN else cards.failure_sentence(job)
        await tell(interaction, sentence.render(str(interaction.locale.value)))

    async def _again(self, interaction: Interaction, job: Job, _key: int | None) -> None:
        actor, place, token = self._who(interaction)
        policy.check_author(actor, job)
        if job.status is JobStatus.UNCERTAIN:
            await self.service.drop(job)
        again = await self.service.again(actor, place, job, token=token)
        await self._answer_with_card(interaction, again)

    async def _drop(self, interaction: Interaction, job: Job, _key: int | None) -> None:
        policy.check_author(actor_of(interaction), job)
        await self.service.drop(job)
        await tell(interaction, _("Dropped.").render(str(interaction.locale.value)))

    async def _check(self, interaction: Interaction, job: Job, _key: int | None) -> None:
        """The press itself is what counts: it brings a token that reaches the card for another while."""
        await interaction.response.edit_message(content=cards.running_line(job, Working()), view=running_view(job))
        await self.service.fresh_token(job, token_of(interaction, self._seal, self._clock))

    async def _show(self, interaction: Interaction, job: Job, _key: int | None) -> None:
        actor, place, token = self._who(interaction)
        policy.check_author(actor, job)
        policy.check_place(self.service.settings, place)
        if job.status is not JobStatus.UNDELIVERABLE:
            raise UserError(_where_is(job))
        answer = await interaction.response.send_message(
            cards.result_line(job), allowed_mentions=NOBODY, suppress_embeds=True
        )
        if answer.message_id is not None:
            await self.service.show_here(job, place, token, answer.message_id)


async def _unknown(_interaction: Interaction, _job: Job, _key: int | None) -> None:
    raise UserError(UNKNOWN_PICTURE)  # a button of another version of the bot


def _where_is(job: Job) -> Sentence:
    """Where to find a job that somebody asked for again."""
    message_id = job.result_message_id or job.card_id
    link = message_link(job.place, message_id)
    if job.status is JobStatus.DONE:
        return _("That was already made: {link}", link=link)
    return _("That is already on its way: {link}", link=link)
