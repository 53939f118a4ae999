"""What the Discord side and the web side are handed: each part of the house below them, by its name."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.clock import Clock
from bot.crypto import Pseudonyms, TokenCipher
from bot.domain.engine import Engine
from bot.jobs.access import Members
from bot.jobs.build import Jobs, build_jobs
from bot.jobs.original_addresses import OriginalAddresses
from bot.jobs.preferences import Preferences
from bot.jobs.presenter import Presenter
from bot.links import GalleryLinks, Links, OwnerLinks
from bot.operation.personal_data import PersonalData
from bot.operation.personal_export import PersonalExport
from bot.operation.reloading import Reloading
from bot.pictures.folder import Pictures
from bot.settings import Settings
from bot.storage.jobs import JobStore


@dataclass(frozen=True, slots=True)
class Services:
    """Built once, in `bot.app`; whoever is handed it takes from it what it needs, and keeps that alone."""

    settings: Settings
    clock: Clock
    cipher: TokenCipher  # for interactions' tokens
    pseudonyms: Pseudonyms  # of members, for what outlives their words
    links: Links  # of the mask editor
    original_addresses: OriginalAddresses
    gallery_links: GalleryLinks | None  # None where there is no web side
    owner_links: OwnerLinks | None  # the same
    store: JobStore
    pictures: Pictures
    jobs: Jobs  # all that a job passes through
    preferences: Preferences
    personal_data: PersonalData
    personal_export: PersonalExport
    reloading: Reloading  # of the settings


def build_services(
    *,
    settings: Settings,
    clock: Clock,
    cipher: TokenCipher,
    pseudonyms: Pseudonyms,
    links: Links,
    original_addresses: OriginalAddresses,
    gallery_links: GalleryLinks | None = None,
    owner_links: OwnerLinks | None = None,
    store: JobStore,
    pictures: Pictures,
    engines: Mapping[str, Engine],
    presenter: Presenter,
    members: Members | None = None,
    reloading: Reloading,
) -> Services:
    """Build all services; `members` knows who belongs to which server, and without it nobody does."""
    personal_data = PersonalData(store, pictures, clock, pseudonyms)
    return Services(
        settings=settings,
        clock=clock,
        cipher=cipher,
        pseudonyms=pseudonyms,
        links=links,
        original_addresses=original_addresses,
        gallery_links=gallery_links,
        owner_links=owner_links,
        store=store,
        pictures=pictures,
        jobs=build_jobs(
            store=store,
            engines=engines,
            pictures=pictures,
            presenter=presenter,
            settings=settings,
            clock=clock,
            pseudonym=pseudonyms.of,
            members=members,
        ),
        preferences=Preferences(store, settings),
        personal_data=personal_data,
        personal_export=PersonalExport(personal_data, store, pictures, clock),
        reloading=reloading,
    )
