"""What systemd hears: ready, alive and stopping, by its own protocol over a socket of its own."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.service_manager import ALIVE, READY, STOPPING, ServiceManager, supervised
from bot.settings import service_manager
from tests.support.virtual_time import in_virtual_time

OURS = str(os.getpid())
ADDRESSES = ["file", "@easel-test-{}"]


@pytest.fixture(params=ADDRESSES)
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A service manager's socket and its address; one kind is a file, the other only a name."""
    address = str(tmp_path / "notify") if request.param == "file" else request.param.format(os.getpid())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as opened:
        opened.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        opened.setblocking(False)
        yield opened, address


def heard(listening: socket.socket) -> list[str]:
    words = []
    while True:
        try:
            words.append(listening.recv(100).decode())
        except BlockingIOError:
            return words


async def test_it_hears_of_the_start_and_of_the_stop(listener: tuple[socket.socket, str]) -> None:
    listening, address = listener

    async with supervised(ServiceManager(address)):
        assert heard(listening) == [READY]
    assert heard(listening) == [STOPPING]


def test_it_hears_twice_a_period_that_the_loop_turns(listener: tuple[socket.socket, str]) -> None:
    listening, address = listener

    async def live_for_a_minute() -> None:
        async with supervised(ServiceManager(address, watchdog_s=20)):
            await asyncio.sleep(59)

    in_virtual_time(live_for_a_minute())

    assert heard(listening) == [READY, *[ALIVE] * 6, STOPPING]


async def test_without_one_nothing_is_told_and_nothing_fails(tmp_path: Path) -> None:
    for manager in (ServiceManager(), ServiceManager(str(tmp_path / "gone"), watchdog_s=1)):
        async with supervised(manager):
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ServiceManager()),
        ({"NOTIFY_SOCKET": "/run/notify"}, ServiceManager("/run/notify")),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "60000000"}, ServiceManager("@n", 60.0)),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, ServiceManager("@n")),
        ({"NOTIFY_SOCKET": "@n", "WATCHDOG_USEC": "500000", "WATCHDOG_PID": OURS}, ServiceManager("@n", 0.5)),
    ],
)
def test_it_is_found_where_the_environment_says(
    given: dict[str, str], expected: ServiceManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert service_manager() == expected
