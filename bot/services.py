"""What the Discord side and the web side are handed: each part of the house below them, by its name."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.jobs.access import Access
from bot.jobs.admission import Admission
from bot.jobs.deliveries import Deliveries
from bot.jobs.inputs import Inputs
from bot.jobs.moderation import Moderation
from bot.jobs.preferences import Preferences
from bot.jobs.service import JobService
from bot.jobs.unpaid_work import UnpaidWork
from bot.links import Links
from bot.operation.personal_data import PersonalData
from bot.pictures.folder import Pictures
from bot.settings import Settings
from bot.storage.jobs import JobStore


@dataclass(frozen=True, slots=True)
class Services:
    """Built once, in `bot.app`; whoever is handed it takes from it what it needs, and keeps that alone."""

    settings: Settings
    clock: Clock
    cipher: TokenCipher  # for interactions' tokens
    links: Links  # of the mask editor
    store: JobStore
    pictures: Pictures
    jobs: JobService
    admission: Admission
    access: Access  # who may do something where
    moderation: Moderation
    unpaid: UnpaidWork  # bounds what costs no units
    inputs: Inputs
    deliveries: Deliveries
    preferences: Preferences
    personal_data: PersonalData
