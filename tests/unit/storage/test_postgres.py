"""PostgreSQL's own: who is let in, and what an owner reads when nobody is; lost connections, deadlocks, its limits."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import make_url, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job, JobStatus
from bot.domain.requests import Imagine
from bot.errors import SettingsError
from bot.storage import database as opening
from bot.storage import postgres as backend
from bot.storage.conflicts import TRIES, retried
from bot.storage.connections import Connections
from bot.storage.inspection import Survey, survey
from bot.storage.jobs import JobStore
from bot.storage.notifications import Changed
from bot.storage.schema import notes
from tests.support.makers import ANA, DAY, NO_LIMITS
from tests.support.postgres import Server
from tests.support.stored import admitted, received

pytestmark = [pytest.mark.process, pytest.mark.postgres_only]

PASSWORD = "correct-horse:battery@staple"
WRITTEN_PASSWORD = "correct-horse%3Abattery%40staple"


@pytest.fixture
def name(database: str) -> str:
    """What the database is called."""
    return make_url(database).database or ""


async def _hear_nobody(_heard: Callable[[str], None]) -> None:
    await asyncio.Event().wait()


async def refusal(url: str) -> str:
    """What the owner reads where a database does not open."""
    with pytest.raises(SettingsError) as caught:
        async with JobStore.opened(url):
            pytest.fail("opened")
    return str(caught.value)


async def value_of(store: JobStore, name: str, *, is_urgent: bool = False) -> str:
    async with store.database.transaction(is_urgent=is_urgent) as connection:
        return str((await connection.execute(text(f"SHOW {name}"))).scalar_one())


async def test_tables_of_a_newer_program_are_left_alone(postgres: Server) -> None:
    name = postgres.new_database()
    postgres.sql("UPDATE alembic_version SET version_num = '9999'", name)

    assert (await refusal(postgres.url(name))).startswith("The database of DATABASE_URL has tables of version 9999,")


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+asyncpg"])
async def test_address_is_taken_in_both_spellings(scheme: str, database: str) -> None:
    async with JobStore.opened(database.replace("postgresql", scheme, 1)) as store:
        assert await store.unfinished() == []


@pytest.mark.parametrize("password", ["wrong-word", WRITTEN_PASSWORD])
async def test_password_decides_and_is_never_told(password: str, name: str, postgres: Server) -> None:
    postgres.sql(f"DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
    url = postgres.url(name, "stranger", password)

    if password == WRITTEN_PASSWORD:
        async with JobStore.opened(url) as store:
            assert await store.unfinished() == []
    else:
        sentence = await refusal(url)
        assert sentence.endswith("refuses the user stranger; check DATABASE_URL.")
        assert password not in sentence


async def test_server_that_is_not_there_is_told_in_a_sentence(closed_port: int) -> None:
    sentence = await refusal(f"postgresql://easel:secret-word@127.0.0.1:{closed_port}/easel")

    assert sentence == (
        f"The database server at 127.0.0.1:{closed_port} cannot be reached; check DATABASE_URL and whether it runs."
    )


async def test_database_that_is_not_there_is_told_in_a_sentence(postgres: Server) -> None:
    assert (await refusal(postgres.url("nothing"))).startswith("There is no database nothing at ")


async def test_user_who_may_make_no_tables_is_told_in_a_sentence(postgres: Server) -> None:
    postgres.sql("DROP DATABASE IF EXISTS bare")
    postgres.sql("CREATE DATABASE bare")
    postgres.sql("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN")

    assert await refusal(postgres.url("bare", "guest")) == (
        "The user guest may not make tables in bare; make it the database's owner."
    )


async def test_server_that_is_too_old_is_told_in_a_sentence(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "OLDEST", 99)

    assert (await refusal(database)).endswith("Easel needs 99 or newer.")


async def test_admissions_alone_do_not_wait_for_the_disk(store: JobStore) -> None:
    assert await value_of(store, "synchronous_commit", is_urgent=True) == "off"
    assert await value_of(store, "synchronous_commit") == "on"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("transaction_isolation", "read committed"),
        ("statement_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "30s"),
    ],
)
async def test_sessions_have_their_limits(setting: str, value: str, store: JobStore) -> None:
    assert await value_of(store, setting) == value


async def listening(store: JobStore) -> tuple["asyncio.Task[None]", "asyncio.Queue[str | None]"]:
    """Listen for notes that other processes write; what is heard first is that anything may have been missed."""
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    store.database.notifications.subscribe(Changed.NOTE, heard.put_nowait)
    listener = asyncio.create_task(store.database.listen())
    assert await heard.get() is None
    return listener, heard


async def test_connections_that_the_server_closed_are_made_anew(store: JobStore, name: str, postgres: Server) -> None:
    job = await admitted(store)
    listener, heard = await listening(store)

    postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    assert await heard.get() is None
    assert await store.get(job.id) == await admitted_as(store, job)
    await store.notes.set("draft:901", "a cat")
    assert await heard.get() == "draft:901"
    listener.cancel()


async def admitted_as(store: JobStore, job: Job) -> Job:
    """The same job, as a later process reads it."""
    return replace(job, owner=store.database.process)


async def test_server_that_crashed_and_came_back_has_what_was_marked(store: JobStore, postgres: Server) -> None:
    marked = await store.move(await admitted(store), [JobStatus.RECEIVED], JobStatus.SUBMITTING)
    listener, heard = await listening(store)

    postgres.stop()
    postgres.start()

    assert marked is not None
    assert await store.get(marked.id) == marked
    await admitted(store)
    assert await heard.get() is None
    listener.cancel()


async def test_processes_that_start_together_make_the_tables_once(postgres: Server) -> None:
    postgres.sql("DROP DATABASE IF EXISTS fresh")
    postgres.sql("CREATE DATABASE fresh")
    url = make_url(postgres.url("fresh"))

    async def start() -> None:
        engine = backend._engine(url)
        connections = Connections(
            process="one",
            durable=engine,
            hasty=engine,
            reading=engine,
            streaming=engine,
            background=1,
            migrating=lambda connection: backend._one_migration(connection, url),
            lease_s=20.0,
            listen=_hear_nobody,
        )
        async with engine.connect() as connection:
            await connection.run_sync(opening._migrate, connections)
        await engine.dispose()

    await asyncio.gather(*[start() for _ in range(4)])

    assert await survey(postgres.url("fresh")) == Survey(is_current=True, is_newer=False, unfinished=0)


async def test_look_at_a_database_tells_what_is_there_also_while_it_is_used(store: JobStore, database: str) -> None:
    await admitted(store)

    assert await survey(database) == Survey(is_current=True, is_newer=False, unfinished=1)


async def test_look_at_an_empty_database_finds_nothing(postgres: Server) -> None:
    assert await survey(postgres.url("postgres")) is None


async def test_look_at_a_server_that_is_not_there_is_a_sentence(closed_port: int) -> None:
    with pytest.raises(SettingsError, match="cannot be reached"):
        await survey(f"postgresql://easel@127.0.0.1:{closed_port}/easel")


async def test_transaction_that_is_taken_back_again_and_again_is_made_in_the_end(store: JobStore) -> None:
    for note in ("a", "b"):
        await store.notes.set(note, "0")
    tries: list[int] = []
    both, over = asyncio.Barrier(2), asyncio.Event()
    over.set()

    async def set_to(connection: AsyncConnection, value: str, name: str) -> None:
        await connection.execute(update(notes).where(notes.c.name == name).values(value=value))

    @retried
    async def change() -> None:
        await over.wait()
        tries.append(1)
        async with store.database.engine.begin() as connection:
            await set_to(connection, "changed", "b")
            if len(tries) < TRIES:
                await both.wait()
            await set_to(connection, "changed", "a")

    async def stand_in_the_way() -> None:
        async with store.database.engine.begin() as connection:
            await connection.execute(text("SET LOCAL deadlock_timeout = '1h'"))  # so the other one is taken back
            await set_to(connection, "in the way", "a")
            await both.wait()
            over.clear()
            await set_to(connection, "in the way", "b")
        over.set()

    async def stand_in_the_way_again_and_again() -> None:
        for _ in range(TRIES - 1):
            await stand_in_the_way()

    await asyncio.gather(change(), stand_in_the_way_again_and_again())

    assert len(tries) == TRIES
    async with store.database.reading() as connection:
        assert set(await connection.scalars(select(notes.c.value))) == {"changed"}


async def test_transaction_that_failed_for_another_reason_is_not_made_again(store: JobStore) -> None:
    tries = []

    @retried
    async def wrong() -> None:
        tries.append(1)
        async with store.database.reading() as connection:
            await connection.execute(select(text("1/0")))

    with pytest.raises(DBAPIError):
        await wrong()

    assert tries == [1]


async def test_texts_that_a_column_of_a_server_cannot_hold_do_no_harm(store: JobStore) -> None:
    await admitted(store, received(request=Imagine(prompt="a \0 cat"), once_key="x" * 600))
    await admitted(store, received(request=Imagine(prompt="a dog"), once_key="y\0"))
    await store.notes.set("n", "a\0b")

    assert await store.prompts_of(ANA.id, 5, 100) == ["a dog"]
    assert await store.notes.get("n") is not None


async def test_more_units_than_a_small_number_holds_are_booked(store: JobStore) -> None:
    dear = 3_000_000_000
    for _ in range(2):
        await store.admissions.admit(received(units=dear), replace(NO_LIMITS, units_per_day=10**12), DAY)

    assert await store.spent(ANA, DAY) == (2 * dear, 2 * dear)
