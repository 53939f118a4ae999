"""Fixtures for the tests of single modules."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import Clock
from bot.pictures.vault import Patience, Vault
from bot.settings import PATHS
from bot.settings.secret_files import CREDENTIALS, FILED, SUFFIX
from tests.support.buckets import Doorway
from tests.support.environment import REQUIRED
from tests.support.makers import make_settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The three required names and nothing else of ours."""
    for name in (*PATHS, *(setting + SUFFIX for setting in FILED), CREDENTIALS):
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in (REQUIRED | {"ENV_FILE": ""}).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def door(bucket_settings: dict[str, str]) -> Doorway:
    """What stands in front of a real S3 server, and may shut."""
    return Doorway(bucket_settings["AWS_ENDPOINT_URL"])


@pytest.fixture
async def vault(door: Doorway, bucket_settings: dict[str, str]) -> AsyncIterator[Vault]:
    """An empty place in its bucket, behind that door; a failure is followed by the next try at once."""
    async with door.opened() as endpoint:
        named = {name.lower(): value for name, value in (bucket_settings | {"AWS_ENDPOINT_URL": endpoint}).items()}
        yield Vault.in_bucket(make_settings(**named).bucket, Clock(), Patience(retries=0, pause_s=0))
