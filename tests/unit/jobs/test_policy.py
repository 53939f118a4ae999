"""Whose affair a job or a group is: pure rules about the author and who may manage messages."""

from collections.abc import Callable

import pytest

from bot.domain.job import Group, GroupKind, new_job_id
from bot.errors import UserError
from bot.jobs import policy
from tests.support.makers import ANA, BEN, START, make_job, make_place

JOB = make_job(actor=ANA)
GROUP = Group(new_job_id(), GroupKind.COMPARISON, ANA, make_place(), "a cat", START)


@pytest.mark.parametrize(
    ("check", "about"), [(policy.check_author, JOB), (policy.check_group_author, GROUP)], ids=["job", "group"]
)
def test_only_the_author_and_who_manages_messages_may(check: Callable[..., None], about: object) -> None:
    check(ANA, about)
    with pytest.raises(UserError, match="Only the person who started this job"):
        check(BEN, about)
    check(BEN, about, manages_messages=True)
