"""The services that a bot is handed, between hand-written ports."""

from collections.abc import Mapping

from bot.clock import Clock
from bot.crypto import Pseudonyms, TokenCipher
from bot.domain.engine import Engine
from bot.jobs.access import Members
from bot.jobs.original_addresses import OriginalAddresses
from bot.jobs.presenter import Presenter
from bot.links import Links
from bot.operation.reloading import Reloading
from bot.pictures.folder import Pictures
from bot.services import Services, build_services
from bot.settings import LiveSettings, Settings
from bot.storage.jobs import JobStore


def make_services(
    *,
    store: JobStore,
    engines: Mapping[str, Engine],
    pictures: Pictures,
    presenter: Presenter,
    settings: Settings,
    clock: Clock,
    members: Members | None = None,
) -> Services:
    return build_services(
        store=store,
        engines=engines,
        pictures=pictures,
        presenter=presenter,
        settings=settings,
        clock=clock,
        members=members,
        cipher=TokenCipher("key"),
        pseudonyms=Pseudonyms("key"),
        links=Links("key", clock),
        original_addresses=OriginalAddresses(),
        reloading=Reloading(LiveSettings.of(settings), lambda: settings, store),
    )
