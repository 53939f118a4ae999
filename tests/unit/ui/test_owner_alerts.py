"""What the owner must know reaches the owner where they chose, each once, and holds nobody up."""

import sqlite3
from collections.abc import Callable
from typing import Any

import discord
import pytest
from sqlalchemy.exc import OperationalError

from bot.domain.alerts import Alert, AlertKind, Level
from bot.errors import RelayNotReachedError
from bot.language import Sentence
from bot.operation.open_alerts import UNTOLD_FOR_S, OpenAlerts
from bot.settings.alerts import AlertSettings
from bot.storage.jobs import JobStore
from bot.ui.delivery.owner_alerts import OwnerAlerts
from bot.ui.delivery.owner_messages import OwnerMessages
from tests.support.discord_bench import DiscordBench
from tests.support.ports import at_work, until
from tests.support.refusals import refusals

HOOK = "https://hooks.example/1/secret"


class Hook:
    """The owner's webhook."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.is_away = False

    async def post(self, address: str, text: str) -> bool:
        assert address == HOOK
        if self.is_away:
            raise RelayNotReachedError("ClientConnectorError")
        self.said.append(text)
        return True


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
def opened(store: JobStore, bench: DiscordBench) -> OpenAlerts:
    return OpenAlerts(store.notes, bench.clock)


def alert(text: str, level: Level = Level.CRITICAL, subject: str = "", **more: Any) -> Alert:
    return Alert(AlertKind.KEY, level, Sentence(text), subject or text, **more)


def messages(bench: DiscordBench, hook: Hook, **settings: Any) -> OwnerMessages:
    return OwnerMessages(bench.client, AlertSettings(**settings), hook.post)


def said(bench: DiscordBench, channel: str = "dm-ana") -> list[str]:
    return [message.content for message in bench.messages(channel)]


def everywhere(bench: DiscordBench) -> dict[str, Any]:
    return {"channel": bench.channel("studio").id, "webhook": HOOK}


async def tell(alerts: OwnerAlerts, opened: OpenAlerts, to: OwnerMessages, holds: Callable[[], object]) -> None:
    async with at_work(alerts.run(opened, to)):
        await until(holds)
        await alerts.waiting.join()


async def test_the_owner_is_told_once_and_in_order(bench: DiscordBench, opened: OpenAlerts, hook: Hook) -> None:
    alerts = OwnerAlerts()
    for text in ("first", "first", "second"):
        alerts.put(alert(text))

    await tell(alerts, opened, messages(bench, hook), lambda: len(said(bench)) == 2)

    assert said(bench) == ["🔴 **Critical**: first", "🔴 **Critical**: second"]


async def test_the_end_of_a_trouble_is_told_and_in_the_owners_language(
    bench: DiscordBench, opened: OpenAlerts, hook: Hook
) -> None:
    alerts = OwnerAlerts()
    alerts.put(alert("wrong key", subject="fal"))
    alerts.resolve(AlertKind.KEY, "fal")

    await tell(alerts, opened, messages(bench, hook, language="zh-CN"), lambda: len(said(bench)) == 2)

    told, over = said(bench)
    assert told == "🔴 **严重**: wrong key"
    assert over.startswith("🟢 **已恢复")
    assert f"<t:{int(bench.clock.now().timestamp())}:R>" in over


async def test_what_never_was_has_no_end(bench: DiscordBench, opened: OpenAlerts, hook: Hook) -> None:
    alerts = OwnerAlerts()
    alerts.resolve(AlertKind.KEY, "fal")
    alerts.put(alert("told"))

    await tell(alerts, opened, messages(bench, hook), lambda: said(bench))

    assert said(bench) == ["🔴 **Critical**: told"]


# Where they go.


@pytest.mark.parametrize(
    ("level", "directly", "in_channel", "at_webhook"),
    [(Level.INFO, False, False, True), (Level.WARNING, False, True, True), (Level.CRITICAL, True, True, True)],
)
async def test_each_destination_has_its_least_level(
    level: Level,
    directly: bool,
    in_channel: bool,
    at_webhook: bool,
    bench: DiscordBench,
    opened: OpenAlerts,
    hook: Hook,
) -> None:
    alerts, levels = OwnerAlerts(), {"dm_level": "critical", "channel_level": "warning", "webhook_level": "info"}
    alerts.put(alert("x", level))

    def told() -> tuple[bool, bool, bool]:
        return bool(said(bench)), bool(said(bench, "studio")), bool(hook.said)

    expected = (directly, in_channel, at_webhook)
    await tell(alerts, opened, messages(bench, hook, **everywhere(bench), **levels), lambda: told() == expected)

    assert told() == expected


async def test_nothing_goes_where_the_owner_switched_it_off(
    bench: DiscordBench, opened: OpenAlerts, hook: Hook
) -> None:
    alerts = OwnerAlerts()
    alerts.put(alert("x"))

    await tell(alerts, opened, messages(bench, hook, webhook=HOOK, dm_level="off"), lambda: hook.said)

    assert said(bench) == []


async def test_a_closed_mailbox_leaves_it_to_the_channel_whatever_its_level(
    bench: DiscordBench, opened: OpenAlerts, hook: Hook
) -> None:
    alerts = OwnerAlerts()
    bench.refuse("POST", f"/channels/{dm_of(bench)}/messages", 403, 50007)
    alerts.put(alert("x", Level.INFO))

    settings = everywhere(bench) | {"webhook": "", "channel_level": "critical"}
    await tell(alerts, opened, messages(bench, hook, **settings), lambda: said(bench, "studio"))

    assert said(bench, "studio") == ["🔵 **For your information**: x"]


def dm_of(bench: DiscordBench) -> int:
    found = bench.loopback.state.channel("dm-ana")
    return found.id if found else 0


@pytest.mark.parametrize(("status", "code"), [(403, 50007), (400, 50035)])
async def test_an_alert_that_discord_refuses_holds_up_no_other(
    status: int, code: int, bench: DiscordBench, opened: OpenAlerts, hook: Hook
) -> None:
    alerts = OwnerAlerts()
    bench.refuse("POST", "/channels/*/messages", status, code, times=1)
    for text in ("lost", "told"):
        alerts.put(alert(text))

    await tell(alerts, opened, messages(bench, hook), lambda: said(bench))

    assert said(bench) == ["🔴 **Critical**: told"]


async def test_of_a_team_its_owner_is_told(bench: DiscordBench, opened: OpenAlerts, hook: Hook) -> None:
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
    alerts = OwnerAlerts()
    alerts.put(alert("hello"))

    await tell(alerts, opened, messages(bench, hook), lambda: said(bench, "dm-ben"))

    assert said(bench) == []


# What does not come off.


async def test_before_the_login_an_alert_is_logged_and_waits(
    bench: DiscordBench, opened: OpenAlerts, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    application, bench.client._application = bench.client._application, None
    alerts = OwnerAlerts()
    alerts.put(alert("nobody there"))

    async with at_work(alerts.run(opened, messages(bench, hook))):
        await alerts.waiting.join()

    assert "owner alert: nobody there" in caplog.text
    assert bench.calls == []
    bench.client._application = application
    bench.clock.pass_by(UNTOLD_FOR_S)
    await OwnerAlerts().look_once(opened, messages(bench, hook))
    assert said(bench) == ["🔴 **Critical**: nobody there"]


async def test_what_reached_nobody_is_told_by_whoever_looks_next(
    bench: DiscordBench, opened: OpenAlerts, store: JobStore, hook: Hook
) -> None:
    hook.is_away = True
    alerts, to = OwnerAlerts(), messages(bench, hook, webhook=HOOK, dm_level="off")
    alerts.put(alert("x"))
    async with at_work(alerts.run(opened, to)):
        await alerts.waiting.join()
    hook.is_away = False
    bench.clock.pass_by(UNTOLD_FOR_S)

    await OwnerAlerts().look_once(OpenAlerts(store.notes, bench.clock), to)

    assert hook.said == ["🔴 **Critical**: x"]


async def test_an_alert_that_another_process_told_is_not_told_again(
    bench: DiscordBench, opened: OpenAlerts, hook: Hook
) -> None:
    first, second = alert("told by another"), alert("told")
    assert await opened.claim(first, "told by another") is not None
    await opened.note_told(first.key)
    alerts = OwnerAlerts()
    for one in (first, second):
        alerts.put(one)

    await tell(alerts, opened, messages(bench, hook), lambda: said(bench))

    assert said(bench) == ["🔴 **Critical**: told"]


async def test_a_silent_database_hides_nothing_and_each_trouble_is_told_once(
    bench: DiscordBench, opened: OpenAlerts, store: JobStore, hook: Hook
) -> None:
    alerts, to = OwnerAlerts(), messages(bench, hook)
    with refusals(store) as refused:
        refused.moment = refuse_all  # type: ignore[method-assign]
        async with at_work(alerts.run(opened, to)):
            alerts.put(alert("silent", subject="db"))
            await until(lambda: said(bench))
            alerts.put(alert("silent", subject="db"))
            alerts.put(alert("another"))
            await until(lambda: len(said(bench)) == 2)
            alerts.resolve(AlertKind.KEY, "db")
            await until(lambda: len(said(bench)) == 3)

    assert [line.partition(":")[2].split(":")[-1].strip() for line in said(bench)] == ["silent", "another", "silent"]
    assert said(bench)[-1].startswith("🟢")


def refuse_all() -> None:
    raise OperationalError("refused", {}, sqlite3.OperationalError("disk I/O error"))
