"""The whole process: opens everything in order, closes it in reverse; one task group."""

import asyncio
import contextlib
import gc
import logging
import random
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import discord
from yarl import URL

from bot.client import EaselBot, point_at
from bot.clock import Clock
from bot.crypto import Pseudonyms, TokenCipher, older_keys, secret_key
from bot.errors import SettingsError
from bot.jobs.access import Members
from bot.jobs.build import JobLoops, build_loops
from bot.jobs.durations import keep_durations
from bot.jobs.extras import Extras
from bot.jobs.original_addresses import OriginalAddresses
from bot.jobs.presenter import Presenter
from bot.links import CallbackLinks, GalleryLinks, Links, OriginalLinks, OwnerLinks
from bot.operation.ban_keeper import BanKeeper
from bot.operation.eraser import Eraser
from bot.operation.left_guilds import LeftGuilds
from bot.operation.library_keeper import LibraryKeeper
from bot.operation.live_parts import ask_at, log_as, roots_of, trust
from bot.operation.loop_lag import measure_lag
from bot.operation.open_alerts import OpenAlerts
from bot.operation.relay_books import RelayBooks
from bot.operation.reloading import Reloading
from bot.operation.stock_keeper import StockKeeper
from bot.operation.sweeper import Sweeper
from bot.operation.watch import Watch
from bot.pictures.folder import Pictures
from bot.pictures.places import opened_stock
from bot.pictures.workers import Workers
from bot.private_files import keep_private
from bot.relay.fetch import PictureFetcher
from bot.relay.registry import Engines, Tools, balance_access
from bot.relay.webhook import post_to_webhook
from bot.service_manager import supervised
from bot.services import Services, build_services
from bot.settings import LiveSettings, Settings, load_settings, service_manager
from bot.storage.inspection import file_of
from bot.storage.jobs import JobStore
from bot.storage.shards import Shards
from bot.storage.sqlite import wait_until_free
from bot.storage.upgrade import told_as_sentences
from bot.ui.components.own_guilds import ListedGuilds
from bot.ui.delivery.audit_mirror import AuditMirror
from bot.ui.delivery.owner_messages import OwnerMessages
from bot.ui.delivery.review_posts import ReviewPosts
from bot.ui.delivery.wall import Walls
from bot.ui.delivery.weekly_digest import WeeklyDigest

logger = logging.getLogger(__name__)

CANCEL_AGAIN_S = 1.0
GARBAGE_THRESHOLDS = (10_000, 20, 50)  # new objects until a collection, and collections until a thorough one


async def run_in_turn(settings: Settings, wait_s: float) -> None:
    """Run the bot once no other process works on its database file; all that takes long to load is loaded before.

    Raises:
        DatabaseBusyError: another one still does after `wait_s` real seconds.
        SettingsError: as `run` does.
    """
    prepared_data_dir(settings)
    path = file_of(settings.storage.database)
    if wait_s > 0 and path is not None:
        logger.info("waiting for another Easel to end")
        await wait_until_free(path, wait_s)
    point_at(settings)
    await run(LiveSettings.of(settings))
    logger.info("stopped")


async def run(settings: LiveSettings) -> None:
    """Run the bot until SIGTERM or Ctrl-C.

    Raises:
        SettingsError: Discord does not accept the token, or the database or bucket cannot be used.
        DatabaseBusyError: another process works on the same database.
    """
    stop, clock = _stop_signal(), Clock(settings.time_scale)
    key, older = _keys(settings)
    cipher, callbacks = TokenCipher(key, older), CallbackLinks(key, str(settings.web.public_url or ""), older)
    addresses = _original_addresses(settings, key, older, clock)

    def serve(presenter: Presenter, members: Members) -> Services:
        return build_services(
            settings=settings,
            clock=clock,
            cipher=cipher,
            pseudonyms=Pseudonyms(key),
            links=Links(key, clock, older),
            original_addresses=addresses,
            gallery_links=_gallery_links(settings, key, older, clock),
            owner_links=_owner_links(settings, key, older, clock),
            store=store,
            pictures=pictures,
            engines=engines.by_lane,
            presenter=presenter,
            members=members,
            reloading=Reloading(settings, load_settings, store),
        )

    async with (
        JobStore.opened(settings.storage.database, settings.storage.lease_s) as store,
        PictureFetcher.opened(URL(address) for address in settings.addresses()) as fetcher,
        _pictures(settings, fetcher, store, clock) as pictures,
        Engines.opened(_tools(settings, pictures, clock, callbacks, store)) as engines,
        EaselBot(settings, pictures, cipher, clock, addresses, Extras.over(store, settings), serve) as client,
    ):
        client.services.reloading.subscribe(log_as(settings), engines.apply, trust(fetcher, pictures, settings))
        await _start(client, settings)
        await _work(client, engines, callbacks, stop)


def _tools(settings: Settings, pictures: Pictures, clock: Clock, callbacks: CallbackLinks, store: JobStore) -> Tools:
    """Return what engines are made with; without an address of ours, a relay has none to call back at."""
    hook_for = callbacks.write if settings.web.public_url else None
    return Tools(settings, pictures, clock, hook_for, store.database.answers_first)


def _stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM and Ctrl-C set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no handlers here; Ctrl-C raises instead
            loop.add_signal_handler(number, stop.set)
    return stop


def _reload_on_signal(reloading: Reloading) -> None:
    """Read the settings again on SIGHUP; from a terminal that means that it was closed, and ends the process."""
    is_at_terminal = sys.stdin is not None and sys.stdin.isatty()
    if not is_at_terminal and hasattr(signal, "SIGHUP"):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloading.ask)


def spare_collections() -> None:
    """Collect garbage seldom, and never look through what is here now: each full collection would block the loop."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    gc.enable()


async def _start(client: EaselBot, settings: Settings) -> None:
    """Log in, find out which shards there are, and take up what the process before has left.

    Raises:
        SettingsError: Discord does not accept the token, or the database is damaged or cannot be written.
        SessionStartsError: Discord lets us start hardly any more sessions today.
    """
    try:
        await client.login(settings.discord.token.get_secret_value())
    except discord.LoginFailure as exc:
        raise SettingsError("Discord does not accept DISCORD_TOKEN; copy it again from the developer portal.") from exc
    with told_as_sentences(file_of(settings.storage.database)):
        await client.prepare_shards(Shards(client.services.store.database))
        await client.services.jobs.recovery.resume()
        await client.services.jobs.controls.finish_removals()
    spare_collections()


async def _work(client: EaselBot, engines: Engines, callbacks: CallbackLinks, stop: asyncio.Event) -> None:
    """Keep everything going until told to stop; a loop that dies takes the process down."""
    services = client.services
    settings, jobs = services.settings, services.jobs
    loops = build_loops(jobs, services.store, settings, services.clock, random.Random())  # noqa: S311 - jitter
    books = _relay_books(client)
    services.reloading.subscribe(ask_at(books), services.jobs.controls.on_settings_changed, client.on_settings_changed)
    _reload_on_signal(services.reloading)
    async with asyncio.TaskGroup() as group:
        gateway = group.create_task(client.connect(), name="gateway")
        shards = group.create_task(client.keeper.run(), name="shards")
        submits = group.create_task(loops.dispatcher.run(), name="dispatcher")
        talkers = [*_start_talkers(group, client, loops)]
        talkers += [group.create_task(one.run(), name=f"books of {one.relay}") for one in books]
        talkers.append(group.create_task(services.reloading.run(), name="settings"))
        async with (
            _listening(client, engines, callbacks, books, loops=[gateway, submits, *talkers], stop=stop),
            supervised(service_manager()),
        ):
            await stop.wait()
            logger.info("stopping")
            await _end(shards)
            await client.keeper.hand_over()  # all goes on meanwhile
        # Who talks to Discord ends before the connection does; what a talker had begun is taken up at the next start.
        await _end(*talkers)
        await client.close()  # no more intake
        await loops.dispatcher.drain(settings.limits.stop_limit_s)
        await _end(gateway, submits)


def _listening(
    client: EaselBot,
    engines: Engines,
    callbacks: CallbackLinks,
    books: Sequence[RelayBooks],
    *,
    loops: Sequence[asyncio.Task[None]],
    stop: asyncio.Event,
) -> AbstractAsyncContextManager[None]:
    """Answer over HTTP; nothing where the owner set no port for it."""
    settings = client.services.settings
    if settings.web.port is None and settings.metrics.port is None:
        return contextlib.nullcontext()
    from bot.listening import Behind, listening  # noqa: PLC0415 - loaded by those who have set a port alone

    return listening(Behind(client, engines, callbacks, books, loops, stop))


def _start_talkers(group: asyncio.TaskGroup, client: EaselBot, loops: JobLoops) -> list[asyncio.Task[None]]:
    """Start the loops that may talk to Discord, or that go on until the connection to it ends."""
    services, jobs, presenter = client.services, client.services.jobs, client.presenter
    database, messages = services.store.database, _owner_messages(client)
    guilds = ListedGuilds(client, services.clock)
    stock_keeper = StockKeeper(services.pictures.stock, services.clock, presenter, database.machine)
    talkers = [
        group.create_task(loops.poller.run(), name="poller"),
        group.create_task(loops.delivery_worker.run(), name="deliveries"),
        group.create_task(jobs.groups.run(), name="groups"),
        group.create_task(loops.orphan_finder.run(), name="orphans"),
        group.create_task(presenter.editor.run(database.answers_first), name="editor"),
        group.create_task(_alerts(client, messages), name="alerts"),
        group.create_task(_digest(client, messages).run(), name="digest"),
        group.create_task(_watch(client).run(), name="watch"),
        group.create_task(jobs.inputs.run(), name="inputs"),
        group.create_task(keep_durations(jobs.live.durations, services.store.notes, services.clock), name="durations"),
        group.create_task(stock_keeper.run(), name="stock"),
        group.create_task(Walls(client, services).run(), name="walls"),
        group.create_task(ReviewPosts(client, services).run(), name="reviews"),
        group.create_task(LibraryKeeper(services.store.library, services.clock).run(), name="library"),
        group.create_task(_eraser(services, guilds).run(), name="eraser"),
        group.create_task(_left_guilds(services, guilds).run(), name="guilds"),
        group.create_task(BanKeeper(jobs.bans, guilds, services.store, services.clock).run(), name="bans"),
        group.create_task(measure_lag(), name="lag"),
        group.create_task(AuditMirror(client, services.store, jobs.rulebook).run(), name="audit"),
    ]
    if (sweeper := _sweeper(services)).is_needed:
        talkers.append(group.create_task(sweeper.run(), name="sweeper"))
    if database.is_shared:
        talkers += [
            group.create_task(database.listen(), name="announcements"),
            group.create_task(loops.claims.run(), name="claims"),
            group.create_task(loops.changes_elsewhere.run(), name="changes"),
        ]
    return talkers


async def _alerts(client: EaselBot, messages: OwnerMessages) -> None:
    """Tell the owner what there is to tell, until cancelled."""
    services = client.services
    await client.presenter.alerts.run(OpenAlerts(services.store.notes, services.clock), messages)


def _owner_messages(client: EaselBot) -> OwnerMessages:
    services = client.services
    messages = OwnerMessages(client, services.settings.alerts, post_to_webhook)
    services.reloading.subscribe(messages.on_settings_changed)
    return messages


def _digest(client: EaselBot, messages: OwnerMessages) -> WeeklyDigest:
    services = client.services
    return WeeklyDigest(services.store, services.settings, messages, services.clock)


def _watch(client: EaselBot) -> Watch:
    services, jobs = client.services, client.services.jobs
    return Watch(
        services.store.database,
        jobs.live,
        jobs.moderation,
        jobs.inputs,
        lambda: client.gateway_state().up,
        client.presenter,
        services.clock,
    )


def _relay_books(client: EaselBot) -> list[RelayBooks]:
    """The books of each key; what several relays are called, the only one's host is."""
    services = client.services
    return [
        RelayBooks(balance_access(relay), services.store, services.clock, client.presenter, name=relay.name)
        for relay in services.settings.relay.all
    ]


def _eraser(services: Services, guilds: ListedGuilds) -> Eraser:
    data, moderation = services.personal_data, services.jobs.moderation
    return Eraser(services.store, services.pictures, data, moderation, services.pseudonyms, guilds, services.clock)


def _left_guilds(services: Services, guilds: ListedGuilds) -> LeftGuilds:
    days = services.settings.storage.keep_guild_days
    return LeftGuilds(services.store, services.jobs.controls, guilds, services.clock, days)


def _sweeper(services: Services) -> Sweeper:
    return Sweeper(services.store, services.pictures, services.settings.storage, services.clock, services.pseudonyms)


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks until they have ended: libraries lose a cancellation that comes as what they wait for is there."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _done, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)


def prepared_data_dir(settings: Settings) -> Path:
    """The data folder, made where it is missing, with all in it for its owner alone.

    Raises:
        SettingsError: it cannot be made or written.
    """
    try:
        settings.storage.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SettingsError(f"DATA_DIR {settings.storage.data_dir} cannot be created: {exc.strerror}.") from exc
    keep_private(settings.storage.data_dir, file_of(settings.storage.database))
    return settings.storage.data_dir


def _keys(settings: Settings) -> tuple[str, Sequence[str]]:
    """The secret key, and those before it.

    Raises:
        SettingsError: the data folder cannot be written.
    """
    configured, folder = settings.storage.secret_key.get_secret_value(), prepared_data_dir(settings)
    try:
        key = secret_key(configured, folder)
    except OSError as exc:
        raise SettingsError(f"DATA_DIR {folder} cannot be read or written: {exc.strerror}.") from exc
    return key, [*settings.storage.older_secret_keys(), *older_keys(configured, folder)]


def _original_addresses(settings: Settings, key: str, older: Sequence[str], clock: Clock) -> OriginalAddresses:
    """Where originals are found: at our web side, where browsers reach it."""
    public_url = settings.web.public_url
    links = None if public_url is None else OriginalLinks(key, str(public_url), clock, older)
    return OriginalAddresses(settings.origins_nearby(), links)


def _gallery_links(settings: Settings, key: str, older: Sequence[str], clock: Clock) -> GalleryLinks | None:
    """Where members' galleries are found, where browsers reach our web side."""
    public_url = settings.web.public_url
    return None if public_url is None else GalleryLinks(key, str(public_url), clock, older)


def _owner_links(settings: Settings, key: str, older: Sequence[str], clock: Clock) -> OwnerLinks | None:
    """Where the owner's page is found, where browsers reach our web side."""
    public_url = settings.web.public_url
    return None if public_url is None else OwnerLinks(key, str(public_url), clock, older)


@asynccontextmanager
async def _pictures(
    settings: Settings, fetcher: PictureFetcher, store: JobStore, clock: Clock
) -> AsyncIterator[Pictures]:
    stock = await opened_stock(settings, store.kept_pictures, clock)
    workers = Workers()
    try:
        yield Pictures(
            stock,
            fetcher,
            workers,
            relay_limit=settings.relay.max_image_bytes,
            relays=roots_of(settings),
        )
    finally:
        workers.close()
