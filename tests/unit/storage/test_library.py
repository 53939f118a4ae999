"""Members' libraries: what is found, by words, kinds, engines and stars, a page at a time, and by which index."""

# ruff: noqa: RUF001

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Failure, FailureKind, Job, JobStatus
from bot.domain.library import LibraryKind
from bot.domain.requests import Animate, EngineRequest, Imagine
from bot.domain.rules import without_words
from bot.storage.jobs import JobStore
from bot.storage.library import Page, Search, page_query, unlisted_query
from bot.storage.rows import row_of_job
from bot.storage.schema import jobs, library
from tests.support.makers import ANA, BEN, PICK_2, START, make_action, make_job, make_result

pytestmark = pytest.mark.both_databases


async def kept(store: JobStore, *made: Job) -> None:
    async with store.database.transaction() as connection:
        await connection.execute(insert(jobs), [row_of_job(job, store.database.process) for job in made])


def done(prompt: str = "a fox", minutes: float = 0, **changes: Any) -> Job:
    known: dict[str, Any] = {
        "request": Imagine(prompt=prompt),
        "result": make_result(),
        "created_at": START + timedelta(minutes=minutes),
        "token": None,
    }
    return make_job(JobStatus.DONE, **known).with_(**changes)


def prompts(page: Page) -> list[str]:
    return [entry.job.prompt for entry in page.entries]


async def found(store: JobStore, words: str = "", **wanted: Any) -> list[str]:
    return prompts(await store.library.find(ANA.id, Search(words, **wanted), count=50))


async def test_newest_come_first_and_those_of_others_never(store: JobStore) -> None:
    await kept(store, done("old"), done("new", 2), done("middle", 1), done("of Ben", 3, actor=BEN))

    assert await found(store) == ["new", "middle", "old"]


async def test_what_is_not_over_is_not_listed_until_it_is(store: JobStore) -> None:
    job = make_job(JobStatus.POSTING, request=Imagine(prompt="soon"), result=make_result(), token=None)
    await kept(store, job)
    assert await found(store) == []

    await store.move(job.with_(owner=store.database.process), [JobStatus.POSTING], JobStatus.DONE)

    assert await found(store) == ["soon"]


@pytest.mark.parametrize("words", ["fox", "FOX", "fo", "red snow", "snow red", "café", "cafe", "Ｆｏｘ"])
async def test_words_are_found_complete_or_begun_in_any_order(words: str, store: JobStore) -> None:
    await kept(store, done("A red fox in the snow, at the café"), done("a blue whale"))

    assert await found(store, words) == ["A red fox in the snow, at the café"]


@pytest.mark.parametrize("words", ["狐狸", "狐", "雪中的狐狸", "水彩 狐狸", "狐狸 fox"])
async def test_chinese_is_found_by_any_part(words: str, store: JobStore) -> None:
    await kept(store, done("雪中的狐狸，水彩 fox"), done("雪中的狸猫，狐"))

    assert "雪中的狐狸，水彩 fox" in await found(store, words)
    assert await found(store, "狐狸") == ["雪中的狐狸，水彩 fox"]


async def test_japanese_and_korean_are_found_by_any_part(store: JobStore) -> None:
    await kept(store, done("ガラスの城"), done("유리성에서", 1))

    assert (await found(store, "ラス"), await found(store, "리성")) == (["ガラスの城"], ["유리성에서"])


@pytest.mark.parametrize("words", ["ox", "fox whale", "m901x", "狐"])
async def test_other_words_find_nothing(words: str, store: JobStore) -> None:
    await kept(store, done("a red fox"), done("a whale"))

    assert await found(store, words) == []


@pytest.mark.parametrize("words", ['" OR "m902', "m902", "m902 | m901", "a* OR b", "':* & !", "NEAR(a b)"])
async def test_no_search_reaches_somebody_else(words: str, store: JobStore) -> None:
    await kept(store, done("a b or near m902", actor=BEN))

    assert await found(store, words) == []


async def test_kinds_and_engines_part_them(store: JobStore) -> None:
    paint = EngineRequest(engine="ideogram", kind="generate", prompt="painted")
    pick = make_action(PICK_2.custom_id, "U2").with_(status=JobStatus.DONE, result=make_result(), token=None)
    film = done(request=Animate(prompt="moves"))
    refused = done("never", status=JobStatus.REFUSED, result=None, failure=Failure(kind=FailureKind.BANNED))
    await kept(store, done("grid"), done(request=paint, engine="ideogram"), pick, film, refused)

    assert await found(store, engine="ideogram") == ["painted"]
    assert await found(store, kind=LibraryKind.SINGLE) == [pick.prompt]
    assert await found(store, kind=LibraryKind.FILM) == ["moves"]
    assert await found(store, kind=LibraryKind.FAILED) == ["never"]
    assert "never" not in await found(store)
    assert await found(store, "grid", kind=LibraryKind.PICTURE, engine="midjourney") == ["grid"]


async def test_pages_turn_both_ways_without_a_gap_also_within_one_moment(store: JobStore) -> None:
    await kept(store, *(done(str(number), number // 3) for number in range(7)))

    first = await store.library.find(ANA.id, count=3)
    second = await store.library.find(ANA.id, count=3, before=first.entries[-1].spot)
    third = await store.library.find(ANA.id, count=3, before=second.entries[-1].spot)
    back = await store.library.find(ANA.id, count=3, after=third.entries[0].spot)
    newest = await store.library.find(ANA.id, count=3, after=back.entries[0].spot)

    assert [page.has_more for page in (first, second, third, back, newest)] == [True, True, False, True, False]
    assert sorted(prompts(first) + prompts(second) + prompts(third)) == list("0123456")
    assert (back.entries, newest.entries) == (second.entries, first.entries)


async def test_a_job_that_ends_otherwise_later_is_listed_anew(store: JobStore) -> None:
    late = done("late", status=JobStatus.EXPIRED, result=None, failure=Failure(kind=FailureKind.EXPIRED))
    await kept(store, late)
    assert await found(store, kind=LibraryKind.FAILED) == ["late"]

    mine = late.with_(owner=store.database.process)
    await store.move(mine, [JobStatus.EXPIRED], JobStatus.DONE, result=make_result(), failure=None)

    assert (await found(store, kind=LibraryKind.FAILED), await found(store, "late")) == ([], ["late"])


async def test_a_removed_job_is_gone_at_once_with_its_words(store: JobStore) -> None:
    job = done("secret")
    await kept(store, job)
    assert await found(store, "secret") == ["secret"]

    removed = await store.move(job.with_(owner=store.database.process), [JobStatus.DONE], JobStatus.REMOVED)
    assert removed is not None
    assert await found(store, "secret") == []
    await store.erasure.blank(job.id, without_words(job.request))

    assert await listed(store) == []
    assert await store.library.list_some() is False


async def test_erased_jobs_and_stars_are_gone_from_everywhere(store: JobStore) -> None:
    mine, of_ben = done("secret"), done("other", actor=BEN)
    await kept(store, mine, of_ben)
    await store.library.star(ANA.id, of_ben.id, START)
    await store.library.star(BEN.id, mine.id, START)
    assert await found(store, "secret") == ["secret"]

    await store.erasure.erase(ANA.id, "2026-11-22", START)

    assert (await listed(store), await store.library.stars_of(of_ben.id)) == ([], 0)
    assert (await store.library.find(BEN.id, Search("other"), count=1)).entries[0].job.id == of_ben.id


@pytest.mark.parametrize("status", [JobStatus.DONE, JobStatus.REFUSED])
async def test_an_emptied_job_is_gone_with_words_and_stars(status: JobStatus, store: JobStore) -> None:
    job = done("secret", status=status)
    await kept(store, job)
    await store.library.catch_up(ANA.id)
    await store.library.star(BEN.id, job.id, START)

    await store.emptying.empty_before(START + timedelta(days=1), lambda _member_id: -5)

    assert (await listed(store), await store.library.stars_of(job.id)) == ([], 0)
    assert await store.library.list_some() is False


async def test_stars_are_kept_once_for_each_member_and_found(store: JobStore) -> None:
    job = done("loved")
    await kept(store, job, done("not", 1))

    assert [await store.library.star(member, job.id, START) for member in (ANA.id, ANA.id, BEN.id)] == [
        True,
        False,
        True,
    ]
    assert await store.library.stars_of(job.id) == 2
    assert await found(store, favourites=True) == ["loved"]
    assert [entry.is_favourite for entry in (await store.library.find(ANA.id, count=9)).entries] == [False, True]

    assert [await store.library.unstar(ANA.id, job.id) for _ in range(2)] == [True, False]
    assert await found(store, favourites=True) == []


async def test_a_long_history_is_listed_bit_by_bit(store: JobStore) -> None:
    await kept(store, *(done(str(number), number) for number in range(450)))

    assert await found(store, "449") == ["449"]
    assert await found(store, "3") != []
    while await store.library.list_some():
        pass

    assert await found(store, "0") == ["0"]
    assert len(await listed(store)) == 450


async def listed(store: JobStore) -> list[str]:
    async with store.database.reading() as connection:
        return list((await connection.execute(select(library.c.job_id))).scalars())


# By which index.

SEARCHES = {
    "ix_library_author_id_created_at_job_id": Search(),
    "ix_library_author_id_kind_created_at_job_id": Search(kind=LibraryKind.FILM),
    "ix_library_author_id_engine_created_at_job_id": Search(engine="kling"),
    "library_words": Search("castle"),
    "favourites": Search(favourites=True),
}


async def test_each_search_goes_by_an_index(store: JobStore) -> None:
    await fill(store)

    async with store.database.engine.connect() as connection:
        name = connection.dialect.name
        plans = {index: await plan_of(connection, page_query(name, ANA.id, SEARCHES[index], 5)) for index in SEARCHES}
        plans["ix_jobs_unlisted"] = await plan_of(connection, unlisted_query(ANA.id).limit(1))
        chinese = await plan_of(connection, page_query(name, ANA.id, Search("城堡"), 5))

    assert [index for index, plan in plans.items() if index not in plan] == []
    assert "library_words" in chinese
    if name == "sqlite":  # the words first, and not once for each row
        assert "library USING INTEGER PRIMARY KEY" in chinese
    assert [plan for plan in [*plans.values(), chinese] if "SCAN library\n" in plan or "Seq Scan" in plan] == []


async def fill(store: JobStore) -> None:
    """Thousands of jobs of two members, a few of them of rare kinds, so that a plan is worth something."""
    rare = {500: "castle", 501: "城堡"}
    made = [done(f"{rare.get(number, 'tree')} {number}", number) for number in range(1500)]
    rest = [job.with_(id=f"{number:016x}", actor=BEN) for number, job in enumerate(made)]
    films = [done(f"film {number}", number, request=Animate(prompt="film"), engine="kling") for number in range(5)]
    await kept(store, *made, *rest, *films)
    while await store.library.list_some():
        pass
    for job in made[:10]:
        await store.library.star(ANA.id, job.id, START)
    async with store.database.transaction() as connection:
        await connection.execute(text("ANALYZE"))


async def plan_of(connection: AsyncConnection, query: Any) -> str:
    dialect = connection.dialect
    compiled = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    how = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    if dialect.name == "postgresql":  # of the ten stars it reads all otherwise
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = (await connection.exec_driver_sql(f"{how} {compiled}")).all()
    return "\n".join(str(row[-1]) for row in rows) + "\n"
