"""The background loops over the parts that a test has."""

import random
from typing import Any

from bot.clock import Clock
from bot.crypto import Pseudonyms
from bot.jobs.build import JobLoops, build_loops
from bot.jobs.dispatcher import Dispatcher
from bot.jobs.orphans import OrphanFinder
from bot.jobs.poller import Poller
from bot.operation.sweeper import Sweeper
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.storage.jobs import JobStore
from tests.support.makers import make_settings


def make_loops(services: Services, clock: Clock) -> JobLoops:
    return build_loops(services.jobs, services.store, services.settings, clock, random.Random(7))


def make_dispatcher(services: Services, clock: Clock) -> Dispatcher:
    return make_loops(services, clock).dispatcher


def make_poller(services: Services) -> Poller:
    return make_loops(services, services.clock).poller


def make_orphan_finder(services: Services) -> OrphanFinder:
    return make_loops(services, services.clock).orphan_finder


def make_sweeper(store: JobStore, pictures: Pictures, clock: Clock, **storage: Any) -> Sweeper:
    return Sweeper(store, pictures, make_settings(**storage).storage, clock, Pseudonyms("key"))
