"""Packages of which only a part is loaded, such as SQLAlchemy's connections without its ORM."""

import subprocess
import sys

import pytest

from tests.support.imports import ROOT

BEGIN = "import sys, bot.storage; from sqlalchemy.ext.asyncio import AsyncConnection; "
ORM = "print('sqlalchemy.orm' in sys.modules); "


def told(program: str) -> list[str]:
    """What a program of its own prints, word by word."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.split()


@pytest.mark.process
def test_connections_come_without_the_orm_and_all_else_of_their_package_when_it_is_asked_for() -> None:
    whole = (
        "from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker; import sqlalchemy.ext.asyncio as now; "
    )
    same = (
        "print(now.AsyncConnection is AsyncConnection, AsyncSession(bind=None).sync_session is not None, now.__name__)"
    )

    assert told(BEGIN + ORM + whole + ORM + same) == ["False", "True", "True", "True", "sqlalchemy.ext.asyncio"]


@pytest.mark.process
def test_what_the_package_does_not_have_is_missed_as_ever() -> None:
    asked = "import sqlalchemy.ext.asyncio as package; print(hasattr(package, 'nothing'), hasattr(package, 'session'))"

    assert told(BEGIN + asked) == ["False", "True"]


@pytest.mark.process
def test_a_package_that_somebody_loaded_before_is_left_as_it_is() -> None:
    program = "from sqlalchemy.ext.asyncio import AsyncSession as before; import sqlalchemy.ext.asyncio as package; "
    after = "print(package.AsyncSession is before, '__getattr__' in vars(package))"

    assert told(program + BEGIN + after) == ["True", "False"]


@pytest.mark.process
def test_counting_comes_without_serving_which_comes_when_it_is_asked_for() -> None:
    count = "import sys; from bot.metrics import JOBS_ENDED, REGISTRY; "
    serving = "print('prometheus_client.exposition' in sys.modules, 'http.server' in sys.modules); "
    write = "from prometheus_client import generate_latest; JOBS_ENDED.labels('a', 'b', 'c').inc(); "
    line = 'easel_jobs_ended_total{engine="a",operation="b",outcome="c"} 1.0'
    written = f"print({line!r} in generate_latest(REGISTRY).decode())"

    assert told(count + serving + write + written) == ["False", "False", "True"]
