"""Edits of running cards: spaced, coalesced, the newest state wins, the last edit comes last."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import aiohttp
import discord

from bot.domain.job import Job
from bot.domain.outcomes import Working
from bot.fairness import HELD_BACK_S, AnswersFirst
from bot.ui.delivery.card_editor import EDITS_AT_ONCE, SETTLING_S, SPACING_S, CardEditor
from tests.support.makers import make_job, make_place
from tests.support.virtual_time import LoopClock, in_virtual_time

Edit = tuple[float, str, int | None]


class Canvas:
    """Shows a job as its percentage and remembers when what was shown."""

    def __init__(self) -> None:
        self.edits: list[Edit] = []
        self.slow_s = 0.0
        self.trouble: list[Exception] = []
        self.answers = AnswersFirst()
        self.editor = CardEditor(LoopClock(), lambda _job, working: working.percent, self.edit)

    async def edit(self, job: Job, working: Working) -> None:
        self.edits.append((asyncio.get_running_loop().time(), job.id, working.percent))
        await asyncio.sleep(self.slow_s)
        if self.trouble:
            raise self.trouble.pop(0)

    @property
    def shown(self) -> list[int | None]:
        return [percent for _at, _job_id, percent in self.edits]

    def gaps(self, job: Job) -> list[float]:
        """Seconds between the edits of one card."""
        moments = [at for at, job_id, _percent in self.edits if job_id == job.id]
        return [later - earlier for earlier, later in itertools.pairwise(moments)]

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        loop = asyncio.create_task(self.editor.run(self.answers), name="editor")
        try:
            yield
        finally:
            loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await loop


def gone() -> discord.NotFound:
    response = cast(aiohttp.ClientResponse, SimpleNamespace(status=404, reason="Not Found"))
    return discord.NotFound(response, {"code": 10008, "message": "Unknown Message"})


def test_edits_of_one_card_are_never_closer_than_two_seconds() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()
        async with canvas.at_work():
            for percent in range(100):
                canvas.editor.offer(job, Working(percent))
                await asyncio.sleep(0.1)

        assert min(canvas.gaps(job)) >= SPACING_S
        assert len(canvas.edits) == 5

    in_virtual_time(scenario())


def test_edits_come_after_the_answers_that_others_wait_for() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()
        async with canvas.at_work():
            with canvas.answers.answering():
                canvas.editor.offer(job, Working(1))
                await asyncio.sleep(SETTLING_S + HELD_BACK_S / 2)
                canvas.editor.offer(job, Working(2))
            await asyncio.sleep(SPACING_S)

        assert canvas.edits == [(SETTLING_S + HELD_BACK_S / 2, job.id, 2)]

    in_virtual_time(scenario())


def test_newest_state_wins() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()
        async with canvas.at_work():
            for percent in (1, 2, 3):
                canvas.editor.offer(job, Working(percent))
            await asyncio.sleep(SETTLING_S + 0.5)
            for percent in (10, 20, 30):
                canvas.editor.offer(job, Working(percent))
            await asyncio.sleep(5)

        assert canvas.shown == [3, 30]

    in_virtual_time(scenario())


def test_nothing_is_edited_when_nothing_has_changed() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()
        async with canvas.at_work():
            for _second in range(30):
                canvas.editor.offer(job, Working(31))
                await asyncio.sleep(1)

        assert canvas.shown == [31]

    in_virtual_time(scenario())


def test_cards_do_not_wait_for_each_other() -> None:
    async def scenario() -> None:
        canvas, jobs = Canvas(), [make_job() for _number in range(20)]
        canvas.slow_s = 1.0
        async with canvas.at_work():
            for job in jobs:
                canvas.editor.offer(job, Working(1))
            await asyncio.sleep(SETTLING_S + 0.5)
            assert len(canvas.edits) == EDITS_AT_ONCE
            await asyncio.sleep(3)

        assert {job_id for _at, job_id, _percent in canvas.edits} == {job.id for job in jobs}

    in_virtual_time(scenario())


def test_waiting_cards_cost_no_tasks() -> None:
    async def scenario() -> None:
        canvas = Canvas()
        canvas.slow_s = 60.0
        async with canvas.at_work():
            for job in [make_job() for _number in range(100)]:
                canvas.editor.offer(job, Working(1))
            await asyncio.sleep(SETTLING_S + 0.5)
            assert len([task for task in asyncio.all_tasks() if task.get_name().startswith("lane-")]) == EDITS_AT_ONCE

    in_virtual_time(scenario())


def test_busy_channels_edits_hold_up_no_other_channel() -> None:
    async def scenario() -> None:
        canvas = Canvas()
        canvas.slow_s = 60.0
        quiet = make_job(place=make_place(channel_id=999))
        async with canvas.at_work():
            for job in [*(make_job() for _number in range(50)), quiet]:
                canvas.editor.offer(job, Working(1))
            await asyncio.sleep(SETTLING_S + 0.1)

        assert quiet.id in [job_id for _at, job_id, _percent in canvas.edits]

    in_virtual_time(scenario())


def test_what_is_offered_during_the_last_edit_comes_after_it() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()

        async def last() -> None:
            await canvas.edit(job, Working(100))
            canvas.editor.offer(job, Working(7))
            await asyncio.sleep(5)

        async with canvas.at_work():
            await canvas.editor.finish(job.id, last)
            await asyncio.sleep(3)

        assert canvas.shown == [100, 7]

    in_virtual_time(scenario())


def test_spacing_holds_when_discord_is_slow() -> None:
    async def scenario() -> None:
        canvas, jobs = Canvas(), [make_job() for _number in range(EDITS_AT_ONCE + 4)]
        canvas.slow_s = 1.5
        async with canvas.at_work():
            for percent in range(80):
                for job in jobs:
                    canvas.editor.offer(job, Working(percent))
                await asyncio.sleep(0.25)

        assert min(gap for job in jobs for gap in canvas.gaps(job)) >= SPACING_S

    in_virtual_time(scenario())


def test_lost_edit_is_made_good_by_the_next() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()
        canvas.trouble = [TimeoutError()]
        async with canvas.at_work():
            for _second in range(6):
                canvas.editor.offer(job, Working(31))
                await asyncio.sleep(1)

        assert canvas.shown == [31, 31]

    in_virtual_time(scenario())


def test_deleted_card_is_left_alone() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()
        canvas.trouble = [gone()]
        async with canvas.at_work():
            for percent in range(10):
                canvas.editor.offer(job, Working(percent))
                await asyncio.sleep(1)

        assert len(canvas.edits) == 1

    in_virtual_time(scenario())


def test_last_edit_keeps_its_distance_and_comes_last() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()

        async def last() -> None:
            await canvas.edit(job, Working(100))

        async with canvas.at_work():
            canvas.editor.offer(job, Working(62))
            await asyncio.sleep(SETTLING_S + 0.5)
            canvas.editor.offer(job, Working(93))
            await canvas.editor.finish(job.id, last)
            await asyncio.sleep(10)

        assert canvas.shown == [62, 100]
        assert canvas.gaps(job) == [SPACING_S]

    in_virtual_time(scenario())


def test_last_edit_waits_for_the_one_on_its_way() -> None:
    async def scenario() -> None:
        canvas, job, ended = Canvas(), make_job(), []
        canvas.slow_s = 5.0

        async def last() -> None:
            ended.append(asyncio.get_running_loop().time())

        async with canvas.at_work():
            canvas.editor.offer(job, Working(62))
            await asyncio.sleep(SETTLING_S + 0.1)
            await canvas.editor.finish(job.id, last)

        assert ended == [SETTLING_S + canvas.slow_s + SPACING_S]

    in_virtual_time(scenario())


def test_last_edit_of_a_card_that_was_never_edited_is_made_at_once() -> None:
    async def scenario() -> None:
        canvas = Canvas()

        async def last() -> None:
            canvas.edits.append((asyncio.get_running_loop().time(), "job", 100))

        await canvas.editor.finish("job", last)

        assert canvas.edits == [(0.0, "job", 100)]

    in_virtual_time(scenario())


def test_a_last_edit_that_was_long_on_its_way_counts_from_its_end() -> None:
    async def scenario() -> None:
        canvas, moments = Canvas(), list[tuple[float, float]]()

        async def slow() -> None:
            begun = asyncio.get_running_loop().time()
            await asyncio.sleep(1.5)
            moments.append((begun, asyncio.get_running_loop().time()))

        await canvas.editor.finish("job", slow)
        await canvas.editor.finish("job", slow)

        assert moments[1][0] - moments[0][1] == SPACING_S

    in_virtual_time(scenario())


def test_dropped_progress_is_not_shown() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()
        async with canvas.at_work():
            await asyncio.sleep(0.1)
            canvas.editor.offer(job, Working(1))
            canvas.editor.drop_progress(job.id)
            canvas.editor.drop_progress("nobody")
            await asyncio.sleep(3)

        assert canvas.edits == []

    in_virtual_time(scenario())


def test_forgotten_card_starts_anew() -> None:
    async def scenario() -> None:
        canvas, job = Canvas(), make_job()
        async with canvas.at_work():
            for _time in range(2):
                canvas.editor.offer(job, Working(31))
                await asyncio.sleep(SETTLING_S + 0.5)
                canvas.editor.forget(job.id)

        assert canvas.shown == [31, 31]

    in_virtual_time(scenario())
