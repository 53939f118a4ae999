"""Fixtures for the tests of single modules."""

import pytest

from bot.settings import PATHS
from bot.settings.secret_files import CREDENTIALS, FILED, SUFFIX
from tests.support.environment import REQUIRED


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The three required names and nothing else of ours."""
    for name in (*PATHS, *(setting + SUFFIX for setting in FILED), CREDENTIALS):
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in (REQUIRED | {"ENV_FILE": ""}).items():
        monkeypatch.setenv(name, value)
    return monkeypatch
