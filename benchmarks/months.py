"""`python -m benchmarks.months [DAYS] [JOBS]`: months of a bot in minutes with retention on; what it takes levels off.

The real jobs side over a real SQLite file, a real folder and real picture workers; Discord, the relay and the clock are
stood in for. Each simulated day members ask for pictures, some are removed, now and then somebody is erased or a
server left. What is measured must not grow once the longest of the keeping times has passed.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from benchmarks.table import Figure, show
from bot.crypto import Pseudonyms
from bot.domain.job import Actor, Job, JobStatus
from bot.domain.outcomes import Delivery, Succeeded
from bot.domain.requests import Imagine
from bot.operation.eraser import Eraser
from bot.operation.left_guilds import LeftGuilds
from bot.operation.sweeper import DAY_S
from bot.pictures.folder import Pictures
from bot.pictures.stock import Stock
from bot.pictures.workers import Workers
from bot.services import Services
from bot.storage.jobs import JobStore
from tests.support.loops import make_sweeper
from tests.support.makers import make_place, make_result, make_settings, make_token, picture
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine, ShelfFetcher, ToldGuilds
from tests.support.rows import rows
from tests.support.services import make_services
from tests.support.walk import work_off

DAYS, JOBS = 90, 25
KEPT = {"keep_pictures_days": 10, "keep_prompts_days": 20, "keep_jobs_days": 30, "max_pictures_mb": 15}
PICTURE_SIDE = 300  # of noise: some 220 KB each
GUILDS = (201, 202, 203)
MB = 1_000_000
BOOKS = "name LIKE '%ledger%'"
GROWTH = 1.1  # of the last third over the one before: rows and pages come in lumps


@dataclass(frozen=True, slots=True)
class Day:
    """How it stands at the end of a day."""

    number: int
    memory_mb: float
    database_mb: float  # without the books, of which no line is ever deleted
    books_mb: float
    log_mb: float
    pictures: int
    pictures_mb: float
    jobs: int
    with_words: int


class Quiet(RecordingPresenter):
    """Posts everything and remembers nothing: months of it would be what grows."""

    @override
    async def post(self, job: Job, attempt: int) -> Delivery:
        """Post, and forget about it."""
        answer = await super().post(job, attempt)
        self.posted.clear()
        self.shown.clear()
        return answer


class Months:
    """The days, one after the other."""

    def __init__(self, folder: Path, services: Services, store: JobStore, pictures: Pictures) -> None:
        self._folder = folder
        self._services = services
        self._store = store
        self._clock: ManualClock = services.clock  # type: ignore[assignment]  # it is the one that was handed over
        self._guilds = ToldGuilds(*GUILDS)
        self._left = LeftGuilds(store, services.jobs.controls, self._guilds, self._clock, 5)
        self._sweeper = make_sweeper(store, pictures, self._clock, **KEPT)
        data, moderation = services.personal_data, services.jobs.moderation
        self._eraser = Eraser(store, pictures, data, moderation, Pseudonyms("key"), self._guilds, self._clock)
        self._chance = random.Random(17)

    async def live(self, number: int, jobs: int) -> Day:
        """Let a day go by, and tell how it ends."""
        made = [await self._picture(number, each) for each in range(jobs)]
        await work_off(self._services)
        for job_id in self._chance.sample(made, max(1, jobs // 20)):
            job = await self._store.get(job_id)
            if job is not None and job.status is JobStatus.DONE:
                await self._services.jobs.controls.remove(job)
        if number % 10 == 0:
            await self._services.personal_data.erase(Actor(900 + number % 7))
        self._guilds.listed = set(GUILDS) - ({GUILDS[2]} if 40 <= number < 50 else set())
        await self._left.look()
        self._clock.pass_by(DAY_S)
        await self._store.library.list_some()
        await self._sweeper.sweep_once()
        await self._sweeper.make_room()
        await self._eraser.erase_due()
        return self._measured(number)

    async def _picture(self, number: int, each: int) -> str:
        services = self._services
        actor, guild_id = Actor(900 + each % 7), self._chance.choice(sorted(self._guilds.listed))
        request = Imagine(prompt=f"a {self._chance.choice(['red', 'blue', 'grey'])} boat of day {number}, {each}")
        job = await services.jobs.admission.request(
            actor, make_place(guild_id=guild_id), request, mode=None, token=make_token(10**7)
        )
        await services.jobs.intake.card_shown(job, 401)
        await services.jobs.submission.submit(job.id)
        await services.jobs.tracking.advance(services.jobs.live.running[job.id], Succeeded(make_result()))
        return job.id

    def _measured(self, number: int) -> Day:
        database = self._folder / "easel.db"
        sizes = [file.stat().st_size for file in (self._folder / "pictures").iterdir()]
        counted = rows(database, "SELECT count(*) AS jobs, count(result) AS words FROM jobs")[0]
        books_mb = (rows(database, f"SELECT sum(pgsize) AS bytes FROM dbstat WHERE {BOOKS}")[0]["bytes"] or 0) / MB
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return Day(
            number,
            pages * os.sysconf("SC_PAGE_SIZE") / MB,
            database.stat().st_size / MB - books_mb,
            books_mb,
            _size(database.with_name("easel.db-wal")) / MB,
            len(sizes),
            sum(sizes) / MB,
            counted["jobs"],
            counted["words"],
        )


async def live(folder: Path, days: int, jobs: int) -> list[Day]:
    """Let all days go by; returns how each ended."""
    clock, fetcher, workers = ManualClock(), ShelfFetcher(), Workers()
    fetcher.shelf = dict.fromkeys(fetcher.shelf, picture((PICTURE_SIDE, PICTURE_SIDE), noise=True))
    engine, settings = ScriptedEngine(), make_settings(DATA_DIR=str(folder), **KEPT)
    found = []
    try:
        async with JobStore.opened(settings.storage.database) as store:
            pictures = Pictures(
                Stock(folder / "pictures", store.kept_pictures, clock), fetcher, workers, relay_limit=MB
            )
            services = make_services(
                store=store,
                engines={engine.name: engine},
                pictures=pictures,
                presenter=Quiet(),
                settings=settings,
                clock=clock,
            )
            months = Months(folder, services, store, pictures)
            for number in range(days):
                found.append(await months.live(number, jobs))
                for remembered in (engine.submitted, engine.looked, fetcher.fetched, clock.slept):
                    remembered.clear()
                if number % 10 == 9:
                    print(_line(found[-1]), flush=True)
    finally:
        workers.close()
    return found


def figures(found: list[Day]) -> list[Figure]:
    """How much more there is at most in the last third of the days than in the third before."""
    third = len(found) // 3
    before, last = found[third : 2 * third], found[2 * third :]
    names = ("memory_mb", "database_mb", "pictures_mb", "jobs")
    return [
        Figure(f"{name}: last third over the one before", _most(last, name) / _most(before, name), "", GROWTH)
        for name in names
    ]


def _most(days: list[Day], name: str) -> float:
    return max(float(getattr(day, name)) for day in days)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _line(day: Day) -> str:
    return (
        f"day {day.number + 1:4}: memory {day.memory_mb:5.0f} MB, database {day.database_mb:5.2f} MB, books"
        f" {day.books_mb:5.2f} MB, log {day.log_mb:4.1f} MB, {day.pictures:5} pictures"
        f" {day.pictures_mb:5.1f} MB, {day.jobs:5} jobs, {day.with_words:5} with words"
    )


if __name__ == "__main__":
    wanted = [int(text) for text in sys.argv[1:]]
    begun = time.process_time()
    with tempfile.TemporaryDirectory(prefix="easel-months-") as name:
        lived = asyncio.run(live(Path(name), *(wanted + [DAYS, JOBS][len(wanted) :])))
    print(f"{time.process_time() - begun:.0f} s of one core")
    sys.exit(0 if show(figures(lived)) else 1)
