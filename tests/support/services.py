"""The services that a bot is handed, around a job service between hand-written ports."""

from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.jobs.preferences import Preferences
from bot.jobs.service import JobService
from bot.links import Links
from bot.operation.personal_data import PersonalData
from bot.services import Services


def services_of(jobs: JobService, clock: Clock, cipher: TokenCipher | None = None) -> Services:
    """All services, as `bot.app` builds them."""
    return Services(
        settings=jobs.settings,
        clock=clock,
        cipher=cipher or TokenCipher("key"),
        links=Links("key", clock),
        store=jobs.store,
        pictures=jobs.pictures,
        jobs=jobs,
        admission=jobs.admission,
        access=jobs.access,
        moderation=jobs.moderation,
        unpaid=jobs.unpaid,
        inputs=jobs.inputs,
        deliveries=jobs.deliveries,
        preferences=Preferences(jobs.store, jobs.settings),
        personal_data=PersonalData(jobs.store, jobs.pictures, clock),
    )
