"""The background loops over the parts that a test has."""

import random

from bot.clock import Clock
from bot.jobs.build import JobLoops, build_loops
from bot.jobs.dispatcher import Dispatcher
from bot.jobs.orphans import OrphanFinder
from bot.jobs.poller import Poller
from bot.jobs.service import JobService


def make_loops(service: JobService, clock: Clock) -> JobLoops:
    return build_loops(service.parts, service.store, service.settings, clock, random.Random(7))


def make_dispatcher(service: JobService, clock: Clock) -> Dispatcher:
    return make_loops(service, clock).dispatcher


def make_poller(service: JobService, clock: Clock) -> Poller:
    return make_loops(service, clock).poller


def make_orphan_finder(service: JobService, clock: Clock) -> OrphanFinder:
    return make_loops(service, clock).orphan_finder
