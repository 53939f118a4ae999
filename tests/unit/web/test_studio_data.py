"""What the owner's page is told: whole, bounded, and nothing that is not for its reader."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.alerts import Alert, AlertKind, Level
from bot.domain.job import Failure, FailureKind, Job, JobStatus, Subject
from bot.language import Sentence
from bot.operation.open_alerts import OpenAlerts
from bot.operation.relay_books import Books, Reading
from bot.services import Services
from bot.web.studio import AT_ONCE
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, make_job
from tests.support.ports import ManualClock
from tests.unit.web.owned import SERVER, Owned

S = JobStatus


async def stored(services: Services, status: JobStatus, **changes: Any) -> Job:
    job = make_job(status, **changes)
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    return job


@pytest.mark.both_databases
async def test_jobs_are_listed_by_how_they_stand_a_page_at_a_time(owned: Owned) -> None:
    for _number in range(AT_ONCE + 3):
        await stored(owned.services, S.UNCERTAIN)
    done = await stored(owned.services, S.DONE)
    lonely = await stored(owned.services, S.UNDELIVERABLE)
    await stored(owned.services, S.UNDELIVERABLE, stopped=True)
    await stored(owned.services, S.UNDELIVERABLE, in_review=True)

    _status, first = await owned.ask("jobs?list=uncertain")
    _status, second = await owned.ask(f"jobs?list=uncertain&before={first['more'].replace('+', '%2B')}")
    _status, recent = await owned.ask("jobs?list=recent")
    _status, glance = await owned.ask("overview")

    assert (len(first["jobs"]), len(second["jobs"]), second["more"]) == (AT_ONCE, 3, "")
    assert len({job["id"] for job in (*first["jobs"], *second["jobs"])}) == AT_ONCE + 3
    assert first["jobs"][0]["acts"] == ["look", "give_up"]
    assert [job["id"] for job in recent["jobs"]] == [done.id]
    assert [job["id"] for job in (await owned.ask("jobs?list=undeliverable"))[1]["jobs"]] == [lonely.id]
    assert glance["counts"] == {"running": 0, "waiting": 0, "uncertain": AT_ONCE + 3, "undeliverable": 1}


@pytest.mark.both_databases
async def test_recent_jobs_go_on_where_the_page_before_ended(owned: Owned) -> None:
    known = [(await stored(owned.services, S.DONE)).id for _number in range(AT_ONCE + 2)]

    _status, first = await owned.ask("jobs?list=recent")
    _status, second = await owned.ask(f"jobs?list=recent&before={first['more']}")

    assert [job["id"] for job in (*first["jobs"], *second["jobs"])] == known[::-1]


async def test_a_private_job_shows_that_it_is_there_and_not_what_it_is(owned: Owned) -> None:
    await stored(owned.services, S.UNDELIVERABLE, is_private=True, card_id=5)

    [told] = (await owned.ask("jobs?list=undeliverable"))[1]["jobs"]

    assert "cat in the rain" not in str(told)
    assert (told["message"], told["title"]) == ("", "Private: for its author's eyes alone")


@pytest.mark.parametrize("kind", [FailureKind.BANNED, FailureKind.INVALID, FailureKind.RELAY, FailureKind.RULE])
@pytest.mark.parametrize("is_private", [True, False])
async def test_a_reason_that_quotes_a_private_prompt_is_not_told(
    owned: Owned, kind: FailureKind, is_private: bool
) -> None:
    failure = Failure(kind=kind, detail="We cannot paint cat in the rain.")
    await stored(owned.services, S.FAILED, is_private=is_private, failure=failure)

    [told] = (await owned.ask("jobs?list=recent"))[1]["jobs"]

    assert ("cat in the rain" in told["why"]) is not is_private
    assert told["why"]


async def test_what_a_relay_said_of_a_private_job_of_unknown_outcome_is_not_told(owned: Owned) -> None:
    failure = Failure(kind=FailureKind.STRANGE, detail="cat in the rain?")
    await stored(owned.services, S.UNCERTAIN, is_private=True, failure=failure)

    [told] = (await owned.ask("jobs?list=uncertain"))[1]["jobs"]

    assert "cat in the rain" not in told["why"]


async def test_what_is_left_is_told_of_the_relays_that_there_are(owned: Owned, clock: ManualClock) -> None:
    notes = owned.services.store.notes
    then, now = (clock.now() - timedelta(days=days) for days in (2, 0))
    readings = Reading(at=then, left=30, used=10), Reading(at=now, left=20, used=20)
    for name in ("127.0.0.1", "gone.example"):
        await notes.set(f"relay_books:{name}", Books(readings=readings, drift=0.1).model_dump_json())

    [told] = (await owned.ask("overview"))[1]["relays"]

    assert (told["relay"], told["left"], told["used"], told["days_left"], told["drift"]) == (
        "127.0.0.1",
        20,
        20,
        4,
        0.1,
    )


async def test_troubles_that_last_are_told_the_gravest_first(owned: Owned, clock: ManualClock) -> None:
    alerts = OpenAlerts(owned.services.store.notes, clock)
    low = Alert(AlertKind.BALANCE, Level.WARNING, Sentence("little is left"))
    wrong = Alert(AlertKind.KEY, Level.CRITICAL, Sentence("the key is wrong"))
    event = Alert(AlertKind.UNDELIVERABLE, Level.WARNING, Sentence("not posted"), again_s=60)
    for one in (low, wrong, event):
        await alerts.claim(one, str(one.sentence))

    told = (await owned.ask("overview"))[1]["alerts"]
    await alerts.resolve(wrong.key)

    assert [(one["text"], one["level"]) for one in told] == [
        ("the key is wrong", "critical"),
        ("little is left", "warning"),
    ]
    assert [one["text"] for one in (await owned.ask("overview"))[1]["alerts"]] == ["little is left"]


@pytest.mark.both_databases
async def test_units_add_up_by_day_engine_member_and_server(owned: Owned) -> None:
    for actor, units, engine in ((ANA, 2, "midjourney"), (BEN, 5, "fal"), (BEN, 1, "midjourney")):
        await stored(owned.services, S.DONE, actor=actor, units=units, engine=engine)

    _status, told = await owned.ask("units?days=7")

    assert (len(told["days"]), told["days"][-1]) == (7, DAY)
    assert {one["name"]: one["units"][-1] for one in told["series"]} == {"fal": 5, "Midjourney": 3}
    assert [(row["name"], row["units"]) for row in told["by"]["member"]["rows"]] == [(str(BEN.id), 6), (str(ANA.id), 2)]
    assert [(row["name"], row["units"]) for row in told["by"]["server"]["rows"]] == [(str(SERVER), 8)]
    assert (await owned.ask("overview"))[1]["units_today"] == 8


async def test_settings_are_told_without_secrets(owned: Owned) -> None:
    _status, told = await owned.ask("settings")
    settings = {one["name"]: one for one in told["settings"]}

    assert settings["RELAY_API_KEY"]["value"] == "[secret]"
    assert settings["PRESS"]["differs"] is False
    assert settings["RELAY_BASE_URL"]["differs"] is True


async def test_names_are_asked_for_once_and_as_many_as_one_answer_takes(owned: Owned) -> None:
    ana = owned.owner.id
    guild = next(iter(owned.bench.loopback.state.guilds))
    strangers = ",".join(str(number) for number in range(1, 3 * AT_ONCE))
    query = f"names?people={ana},1&servers={guild}"
    first, second = await owned.ask(query), await owned.ask(query)
    asked = [call for call in owned.bench.calls if call == f"GET /users/{ana}"]

    assert first == second
    assert first[1] == {"people": {str(ana): "Ana"}, "servers": {str(guild): "Easel Studio"}}
    assert len(asked) == 1
    await owned.ask(f"names?people={strangers}&servers=")
    assert len([call for call in owned.bench.calls if call.startswith("GET /users/")]) <= AT_ONCE + 2


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "path",
    [
        "jobs?list=recent&before=99999999999999999999999",
        "jobs?list=running&before=2026-01-01 x",
        "jobs?list=nothing",
        "jobs",
        "audit?before=-1",
        "units?days=99999999999999",
        "units?days=x",
        "names?people=x,,9999999999999999999&servers=",
    ],
)
async def test_nonsense_is_answered_like_nothing(owned: Owned, path: str) -> None:
    assert (await owned.ask(path))[0] == 200


async def test_a_ban_is_told_by_its_end(owned: Owned, clock: ManualClock) -> None:
    controls = owned.services.jobs.controls
    await controls.ban(Subject.MEMBER, BEN.id, ANA.id, reason="spam", until=clock.now() + timedelta(days=3))
    await controls.ban(Subject.MEMBER, BEN.id, ANA.id, reason="again", until=None)

    _status, found = await owned.ask("audit")

    ends = [(act["before"], act["after"], act["reason"]) for act in found["acts"][:2]]
    until = (clock.now() + timedelta(days=3)).isoformat(sep=" ", timespec="minutes")
    assert ends == [(until, "∞", "again"), ("", until, "spam")]
