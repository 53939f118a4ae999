"""Usage and acts on the command line: true to the ledger, of any length, also while the bot works."""

import csv
import io
import tracemalloc
from typing import Any

import pytest
from sqlalchemy import text
from typing_extensions import override

from bot.errors import SettingsError
from bot.jobs.moderation import Moderation
from bot.operation.books import write_audit, write_usage
from bot.settings import Settings
from bot.storage.audit import Act, ActKind, audit_line
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, make_settings
from tests.support.stored import received

pytestmark = pytest.mark.both_databases


@pytest.fixture
def settings(database: str) -> Settings:
    return make_settings(database_url=database, secret_key="k" * 32)


async def usage(settings: Settings, **how: Any) -> str:
    out = io.StringIO()
    await write_usage(settings, out, **({"first": None, "last": None, "by": None, "as_csv": True} | how))
    return out.getvalue()


async def test_each_line_of_the_ledger_is_a_line_of_csv(store: JobStore, settings: Settings) -> None:
    job = received(units=2)
    await store.admissions.admit(job, NO_LIMITS, DAY)

    (line,) = csv.DictReader(io.StringIO(await usage(settings)))

    assert (line["job_id"], line["kind"], line["units"], line["member"]) == (job.id, "reserve", "2", str(ANA.id))
    assert (line["day"], line["at"], line["guild_id"]) == (DAY, "2026-11-22T12:00:00+00:00", "201")


async def test_sums_are_told_as_a_table_or_as_csv(store: JobStore, settings: Settings) -> None:
    for actor in (ANA, ANA, BEN):
        await store.admissions.admit(received(actor=actor), NO_LIMITS, DAY)

    assert await usage(settings, by="member") == "member,jobs,units\n901,2,2\n902,1,1\n"
    assert await usage(settings, by="member", as_csv=False) == "member  jobs  units\n901     2     2\n902     1     1\n"
    assert await usage(settings, as_csv=False) == "engine      jobs  units\nmidjourney  3     3\n"


@pytest.mark.parametrize("how", [{"by": "weather"}, {"first": "yesterday"}, {"last": "20261101"}])
async def test_what_is_no_day_and_no_word_is_a_sentence(how: dict[str, str], settings: Settings) -> None:
    with pytest.raises(SettingsError):
        await usage(settings, **how)


async def test_a_hundred_thousand_lines_take_no_more_memory_than_ten_thousand(
    store: JobStore, settings: Settings
) -> None:
    class Nowhere(io.StringIO):
        lines = 0

        @override
        def write(self, line: str, /) -> int:
            self.lines += 1
            return len(line)

    async def filled(count: int) -> None:
        series = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
            " INSERT INTO ledger (at, day, kind, job_id, member, roles, engine, operation, mode, units, accounts)"
            f" SELECT '2026-11-22 12:00:00', '{DAY}', 'reserve', 'j', '901', '', 'fal', 'fal.generate', '', 1, ''"
            " FROM n"
        )
        series = series.replace("SELECT '2026-11-22 12:00:00'", "SELECT CAST('2026-11-22 12:00:00+00' AS timestamptz)")
        if not store.database.is_shared:
            series = series.replace("CAST('2026-11-22 12:00:00+00' AS timestamptz)", "'2026-11-22 12:00:00.000000'")
        async with store.database.transaction() as connection:
            await connection.execute(text(series), {"count": count})

    peaks = []
    for count, written in ((10_000, 10_001), (90_000, 100_001)):
        await filled(count)
        out = Nowhere()
        tracemalloc.start()
        await write_usage(settings, out, first=None, last=None, by=None, as_csv=True)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert out.lines == written

    assert peaks[1] < 1.5 * peaks[0]


async def test_acts_are_told_with_how_it_was_and_no_formula(store: JobStore, settings: Settings) -> None:
    async with store.database.transaction() as connection:
        await connection.execute(audit_line(Act(ANA.id, 201, ActKind.SET, "words", "1", "=cmd()", "why")))
    out = io.StringIO()

    await write_audit(settings, out, first="2020-01-01", last=None, as_csv=True)

    (line,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert (line["actor"], line["act"], line["target"]) == (str(ANA.id), "set", "words")
    assert (line["before"], line["after"], line["reason"]) == ("1", "'=cmd()", "why")


async def test_moderators_acts_are_written_with_what_they_change(store: JobStore, settings: Settings) -> None:
    moderation = Moderation(store)
    await moderation.block(201, BEN.id, ANA.id)
    await moderation.unblock(201, BEN.id, ANA.id)
    await moderation.pause(201, ANA.id)
    out = io.StringIO()

    await write_audit(settings, out, first=None, last=None, as_csv=True)

    acts = [(line["act"], line["target"], line["guild_id"]) for line in csv.DictReader(io.StringIO(out.getvalue()))]
    assert acts == [("block", "902", "201"), ("unblock", "902", "201"), ("pause", "", "201")]
