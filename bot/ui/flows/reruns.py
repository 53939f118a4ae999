"""What was made once more: the same request, as a job of its own at its own price."""

from bot.domain.job import Asked, Job
from bot.errors import UserError
from bot.jobs import policy
from bot.jobs.admission import UsedButtonError
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.interactions import requester_of
from bot.ui.flows.input_pictures import NOT_KEPT, InputPictures
from bot.ui.flows.job_starter import JobStarter
from bot.ui.flows.known_jobs import where_is


class Reruns:
    """Starts finished jobs again; whoever presses pays."""

    def __init__(self, services: Services, starter: JobStarter, inputs: InputPictures) -> None:
        self._cipher = services.cipher
        self._clock = services.clock
        self._admission = services.jobs.admission
        self._starter = starter
        self._inputs = inputs

    async def run_again(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Start the same as a finished job of one's own, by the same pictures.

        Raises:
            UserError: it is somebody else's, its pictures are not kept any more, or a rule stands against it.
        """
        actor, place, token = requester_of(interaction, self._cipher, self._clock)
        policy.check_author(actor, job)
        if not await self._inputs.has_inputs(job):
            raise UserError(NOT_KEPT)
        try:
            again = await self._admission.repeat(actor, place, job, token=token, asked=Asked(interaction.id))
        except UsedButtonError as exc:
            raise UserError(where_is(exc.job)) from exc
        await self._starter.answer_with_card(interaction, again)
