"""What the owner must know reaches the owner, each once, and holds nobody up."""

import asyncio

import discord
import pytest

from bot.language import Sentence
from bot.ui.delivery.owner_alerts import OwnerAlerts
from tests.support.discord_bench import DiscordBench
from tests.support.ports import alone, at_work, until


def said(bench: DiscordBench, channel: str = "dm-ana") -> list[str]:
    return [message.content for message in bench.messages(channel)]


async def test_the_owner_is_told_once_and_in_order(bench: DiscordBench) -> None:
    alerts = OwnerAlerts(bench.client)
    for text in ("first", "second"):
        alerts.put(Sentence(text))

    async with at_work(alerts.run(alone)):
        await until(lambda: len(said(bench)) == 2)

    assert said(bench) == ["first", "second"]


@pytest.mark.parametrize(("status", "code"), [(403, 50007), (400, 50035)])
async def test_an_alert_that_discord_refuses_holds_up_no_other(status: int, code: int, bench: DiscordBench) -> None:
    alerts = OwnerAlerts(bench.client)
    bench.refuse("POST", "/channels/*/messages", status, code, times=1)
    for text in ("lost", "told"):
        alerts.put(Sentence(text))

    async with at_work(alerts.run(alone)):
        await until(lambda: said(bench))

    assert said(bench) == ["told"]


async def test_of_a_team_its_owner_is_told(bench: DiscordBench) -> None:
    assert bench.client.application is not None
    ben = bench.loopback.state.user("ben")
    assert ben is not None
    member = {
        "user": {"id": str(ben.id), "username": "ben", "discriminator": "0", "avatar": None},
        "membership_state": 2,
        "role": "admin",
    }
    team = {"id": "1", "name": "x", "icon": None, "owner_user_id": str(ben.id), "members": [member]}
    bench.client.application.team = discord.Team(bench.client._connection, team)  # type: ignore[arg-type]
    alerts = OwnerAlerts(bench.client)
    alerts.put(Sentence("hello"))

    async with at_work(alerts.run(alone)):
        await until(lambda: said(bench, "dm-ben"))

    assert said(bench) == []


async def test_before_the_login_an_alert_is_only_logged(bench: DiscordBench, caplog: pytest.LogCaptureFixture) -> None:
    bench.client._application = None
    alerts = OwnerAlerts(bench.client)
    alerts.put(Sentence("nobody there"))

    async with at_work(alerts.run(alone)):
        await asyncio.sleep(0)

    assert "owner alert: nobody there" in caplog.text
    assert bench.calls == []


async def test_sentence_at_which_another_process_had_its_turn_is_not_told_again(bench: DiscordBench) -> None:
    alerts, asked = OwnerAlerts(bench.client), dict[str, float]()

    async def take_turn(name: str, for_s: float) -> bool:
        asked[name] = for_s
        return len(asked) > 1

    for text in ("told by another", "told"):
        alerts.put(Sentence(text))
    async with at_work(alerts.run(take_turn)):
        await until(lambda: said(bench))

    assert said(bench) == ["told"]
    assert len(asked) == 2
