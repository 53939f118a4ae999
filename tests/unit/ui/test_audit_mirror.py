"""What moderators did is told in the channel that they chose, once."""

from typing import Any

import pytest
from discord.http import HTTPClient

from bot.domain.server_rules import Key
from bot.services import Services
from bot.ui.delivery.audit_mirror import AuditMirror
from tests.support.hands import Hands, ListeningBot
from tests.support.makers import BEN

MODERATOR = 77


class _Channel:
    def __init__(self, channel_id: int, said: list[tuple[int, str]]) -> None:
        self._id = channel_id
        self._said = said

    async def send(self, text: str, *, allowed_mentions: Any) -> None:
        assert allowed_mentions.to_dict() == {"parse": []}
        self._said.append((self._id, text))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    async def get_channel(_http: HTTPClient, channel_id: int) -> dict[str, str]:
        return {"id": str(channel_id), "guild_id": "201"}

    told: list[tuple[int, str]] = []
    monkeypatch.setattr(HTTPClient, "get_channel", get_channel)
    monkeypatch.setattr(ListeningBot, "get_partial_messageable", lambda _bot, one, **_more: _Channel(one, told))
    return told


@pytest.fixture
async def mirror(services: Services) -> AuditMirror:
    mirror = AuditMirror((await Hands.of(services)).bot, services.store, services.jobs.rulebook)
    await mirror.tell_once()  # what was done before is not told
    return mirror


async def test_acts_are_told_once_in_the_log_channel(
    mirror: AuditMirror, said: list[tuple[int, str]], services: Services
) -> None:
    await services.jobs.rulebook.set(201, {Key("server", "log"): 333}, MODERATOR)
    await services.jobs.moderation.block(201, BEN.id, MODERATOR)
    await services.jobs.moderation.pause(202, MODERATOR)  # a server without a log channel

    await mirror.tell_once()
    await mirror.tell_once()

    ((channel, text),) = said
    assert channel == 333
    assert "<@77> **block** <@902>" in text
    assert "pause" not in text
